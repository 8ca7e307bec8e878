package dev.turnout.flags.testing;

import dev.turnout.flags.Flags;
import dev.turnout.flags.rule.FlagType;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Gives each test of JUnit 5 its own {@link TestFlags}, with the flags that {@link WithFlag} sets. {@code WithFlag}
 * brings it along.
 */
public final class FlagsExtension implements BeforeEachCallback, AfterEachCallback, ParameterResolver {
    private static final Pattern BOOLEAN = Pattern.compile("true|false|on|off");
    private static final Pattern WHOLE = Pattern.compile("-?(0|[1-9]\\d{0,17})");
    private static final Pattern REAL = Pattern.compile("-?(0|[1-9]\\d*)\\.(0|\\d*[1-9])");
    private static final Pattern AMBIGUOUS = Pattern.compile(
            "\\s*((?i:true|false|on|off|nan|[-+]?infinity)|[-+]?(\\d[\\d_]*\\.?[\\d_]*|\\.\\d+)([eE][-+]?\\d+)?[dDfFlL]?)\\s*");
    private static final Namespace OURS = Namespace.create(FlagsExtension.class);

    /** Made by JUnit. */
    public FlagsExtension() {}

    @Override
    public void beforeEach(ExtensionContext test) {
        var unused = flagsOf(test); // so a wrong annotation fails the test, also if it has no parameter
    }

    @Override
    public void afterEach(ExtensionContext test) {
        TestFlags flags = test.getStore(OURS).remove(TestFlags.class, TestFlags.class);
        if (flags != null) {
            flags.close();
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext test) {
        Class<?> type = parameter.getParameter().getType();
        return test.getTestMethod().isPresent() && (type == Flags.class || type == TestFlags.class);
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext test) {
        TestFlags flags = flagsOf(test);
        return parameter.getParameter().getType() == Flags.class ? flags.flags() : flags;
    }

    private static TestFlags flagsOf(ExtensionContext test) {
        return test.getStore(OURS).getOrComputeIfAbsent(TestFlags.class, type -> create(test), TestFlags.class);
    }

    private static TestFlags create(ExtensionContext test) {
        TestFlags flags = TestFlags.create();
        Deque<ExtensionContext> fromOutside = new ArrayDeque<>();
        for (Optional<ExtensionContext> at = Optional.of(test);
                at.isPresent();
                at = at.get().getParent()) {
            fromOutside.addFirst(at.get());
        }
        for (ExtensionContext context : fromOutside) {
            context.getElement()
                    .ifPresent(element -> AnnotationSupport.findRepeatableAnnotations(element, WithFlag.class)
                            .forEach(wanted -> set(flags, wanted)));
        }
        return flags;
    }

    static void set(TestFlags flags, WithFlag wanted) {
        String text = wanted.value();
        switch (typeOf(wanted)) {
            case BOOLEAN -> flags.set(wanted.key(), bool(wanted));
            case STRING -> flags.set(wanted.key(), text);
            case INTEGER -> flags.set(wanted.key(), FlagsExtension.<Long>number(wanted, Long::parseLong));
            case FLOAT -> flags.set(wanted.key(), FlagsExtension.<Double>number(wanted, Double::parseDouble));
            case OBJECT ->
                throw new IllegalArgumentException("@WithFlag cannot set object flag '" + wanted.key()
                        + "'. Take a parameter of type TestFlags and set it there.");
        }
    }

    private static FlagType typeOf(WithFlag wanted) {
        if (wanted.type().length > 0) {
            return wanted.type()[0];
        }
        String value = wanted.value();
        if (BOOLEAN.matcher(value).matches()) {
            return FlagType.BOOLEAN;
        }
        if (WHOLE.matcher(value).matches()) {
            return FlagType.INTEGER;
        }
        if (REAL.matcher(value).matches()) {
            return FlagType.FLOAT;
        }
        if (AMBIGUOUS.matcher(value).matches()) {
            throw new IllegalArgumentException("@WithFlag of flag '" + wanted.key() + "' has the value '" + value
                    + "', which may be text or not. Add its type, such as type = FlagType.STRING.");
        }
        return FlagType.STRING;
    }

    private static <N extends Number> N number(WithFlag wanted, Function<String, N> parse) {
        try {
            return parse.apply(wanted.value());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "@WithFlag of flag '" + wanted.key() + "' of type " + typeOf(wanted)
                            + " must have a number as its value, but had '" + wanted.value() + "'.",
                    e);
        }
    }

    private static boolean bool(WithFlag wanted) {
        return switch (wanted.value()) {
            case "true", "on" -> true;
            case "false", "off" -> false;
            default ->
                throw new IllegalArgumentException("@WithFlag of boolean flag '" + wanted.key()
                        + "' must have the value on, off, true or false, but had '" + wanted.value() + "'.");
        };
    }
}

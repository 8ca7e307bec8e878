package dev.turnout.flags.testing;

import dev.turnout.flags.rule.FlagType;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Sets a flag for a test of JUnit 5, or for all tests of a class, whose methods may have a parameter of type {@code Flags} or
 * {@link TestFlags}. What a method sets goes before what its class sets. Each test has flags of its own, so tests may
 * run in parallel.
 *
 * <pre>{@code
 * @Test
 * @WithFlag(key = "new-checkout", value = "on")
 * void pays_with_the_new_checkout(Flags flags) { ... }
 * }</pre>
 */
@Documented
@Inherited
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Repeatable(WithFlag.Several.class)
@ExtendWith(FlagsExtension.class)
public @interface WithFlag {
    /** The flag's key. */
    String key();

    /** What it answers to everyone: text, a number, or {@code true}, {@code false}, {@code on} or {@code off}. */
    String value();

    /**
     * The flag's type. By default boolean for {@code true}, {@code false}, {@code on} and {@code off}, integer for whole numbers, float for numbers such as
     * {@code 0.5}, and string for other text. What may be either, such as {@code 1.10} or {@code 007}, is refused without a type.
     */
    FlagType[] type() default {};

    /** More than one of them. */
    @Documented
    @Inherited
    @Retention(RetentionPolicy.RUNTIME)
    @Target({ElementType.METHOD, ElementType.TYPE, ElementType.ANNOTATION_TYPE})
    @ExtendWith(FlagsExtension.class)
    @interface Several {
        /** All of them. */
        WithFlag[] value();
    }
}

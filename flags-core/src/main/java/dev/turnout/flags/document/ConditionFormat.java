package dev.turnout.flags.document;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Condition.Bound;
import dev.turnout.flags.rule.Condition.TextOperator;
import dev.turnout.flags.rule.Scale;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** How a condition stands in a document: {@code {attribute: plan, equals: pro}}, {@code {not: ...}}, {@code {cohort: beta}}. */
final class ConditionFormat {
    private static final Map<String, BiFunction<String, Located, Condition>> ON_ATTRIBUTE = onAttribute();
    private static final Map<String, Function<Located, Condition>> COMPOUND = compound();

    private ConditionFormat() {}

    private static Map<String, BiFunction<String, Located, Condition>> onAttribute() {
        Map<String, BiFunction<String, Located, Condition>> operators = new LinkedHashMap<>();
        operators.put("equals", (attribute, value) -> new Condition.Equals(attribute, value.comparable()));
        operators.put(
                "in", (attribute, values) -> new Condition.In(attribute, each(values.items(), Located::comparable)));
        for (TextOperator operator : TextOperator.values()) {
            operators.put(
                    operator.word(),
                    (attribute, texts) ->
                            new Condition.Text(attribute, operator, each(texts.oneOrMore(), Located::text)));
        }
        for (Scale scale : Scale.values()) {
            operators.put(scale.word(), (attribute, bounds) -> range(attribute, scale, bounds));
        }
        operators.put(
                "cidr",
                (attribute, networks) -> new Condition.Cidr(attribute, each(networks.oneOrMore(), Located::text)));
        operators.put("matches", (attribute, pattern) -> new Condition.Matches(attribute, pattern.text()));
        operators.put("present", (attribute, present) -> new Condition.Present(attribute, present.bool()));
        return operators;
    }

    private static Map<String, Function<Located, Condition>> compound() {
        Map<String, Function<Located, Condition>> operators = new LinkedHashMap<>();
        operators.put("all", parts -> new Condition.All(read(parts)));
        operators.put("any", parts -> new Condition.Any(read(parts)));
        operators.put("not", part -> new Condition.Not(part.into(ConditionFormat::one)));
        operators.put("cohort", name -> new Condition.InCohort(name.text()));
        return operators;
    }

    /** A list of conditions. */
    static List<Condition> read(Located list) {
        List<Condition> conditions = new ArrayList<>();
        list.items().forEach(item -> conditions.add(item.into(ConditionFormat::one)));
        return conditions;
    }

    private static Condition one(Located located) {
        Optional<Located> attribute = located.optional("attribute");
        List<Condition> said = new ArrayList<>();
        if (attribute.isPresent()) {
            String name = attribute.get().text();
            ON_ATTRIBUTE.forEach((word, make) ->
                    located.optional(word).ifPresent(value -> said.add(value.into(any -> make.apply(name, any)))));
        } else {
            COMPOUND.forEach((word, make) -> located.optional(word).ifPresent(value -> said.add(value.into(make))));
        }
        located.nothingElse();
        if (said.size() != 1) {
            throw located.problem("a condition has one attribute and exactly one of "
                    + String.join(", ", ON_ATTRIBUTE.keySet()) + "; or it is one of "
                    + String.join(", ", COMPOUND.keySet()));
        }
        return said.get(0);
    }

    private static <T> Set<T> each(List<Located> items, Function<Located, T> make) {
        Set<T> values = new LinkedHashSet<>();
        items.forEach(item -> values.add(make.apply(item)));
        return values;
    }

    private static Condition range(String attribute, Scale scale, Located bounds) {
        Bound lower = bound(scale, bounds, "above", "atLeast");
        Bound upper = bound(scale, bounds, "below", "atMost");
        bounds.nothingElse();
        return new Condition.Range(attribute, scale, lower, upper);
    }

    private static @Nullable Bound bound(Scale scale, Located bounds, String exclusive, String inclusive) {
        Optional<Located> outside = bounds.optional(exclusive);
        Optional<Located> inside = bounds.optional(inclusive);
        if (outside.isPresent() && inside.isPresent()) {
            throw bounds.problem("either '" + exclusive + "' or '" + inclusive + "' can be given, not both");
        }
        return outside.or(() -> inside)
                .map(value -> new Bound(scale == Scale.NUMBER ? value.number() : value.text(), inside.isPresent()))
                .orElse(null);
    }

    static void write(ArrayNode list, Collection<Condition> conditions) {
        conditions.forEach(condition -> write(list.addObject(), condition));
    }

    private static void write(ObjectNode node, Condition condition) {
        if (condition instanceof Condition.Equals equals) {
            node.put("attribute", equals.attribute()).putPOJO("equals", equals.value());
        } else if (condition instanceof Condition.In in) {
            ArrayNode values = node.put("attribute", in.attribute()).putArray("in");
            in.values().forEach(values::addPOJO);
        } else if (condition instanceof Condition.Text text) {
            ArrayNode texts = node.put("attribute", text.attribute())
                    .putArray(text.operator().word());
            text.texts().forEach(texts::add);
        } else if (condition instanceof Condition.Range range) {
            ObjectNode bounds = node.put("attribute", range.attribute())
                    .putObject(range.scale().word());
            write(bounds, range.lower(), "above", "atLeast");
            write(bounds, range.upper(), "below", "atMost");
        } else if (condition instanceof Condition.Cidr cidr) {
            ArrayNode networks = node.put("attribute", cidr.attribute()).putArray("cidr");
            cidr.networks().forEach(networks::add);
        } else if (condition instanceof Condition.Matches matches) {
            node.put("attribute", matches.attribute()).put("matches", matches.pattern());
        } else if (condition instanceof Condition.Present present) {
            node.put("attribute", present.attribute()).put("present", present.present());
        } else if (condition instanceof Condition.All all) {
            write(node.putArray("all"), all.parts());
        } else if (condition instanceof Condition.Any any) {
            write(node.putArray("any"), any.parts());
        } else if (condition instanceof Condition.Not not) {
            write(node.putObject("not"), not.part());
        } else if (condition instanceof Condition.InCohort in) {
            node.put("cohort", in.cohort());
        }
    }

    private static void write(ObjectNode bounds, @Nullable Bound bound, String exclusive, String inclusive) {
        if (bound != null) {
            Object value = bound.value() instanceof Number
                    ? bound.value()
                    : bound.value().toString();
            bounds.putPOJO(bound.inclusive() ? inclusive : exclusive, value);
        }
    }
}

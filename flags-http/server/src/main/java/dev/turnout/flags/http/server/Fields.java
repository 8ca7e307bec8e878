package dev.turnout.flags.http.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The members of a JSON object that a caller has sent. What is missing, unknown or of another type becomes a {@link Problem}. */
final class Fields {
    private static final int LONGEST_TEXT = 1_000;

    private final JsonNode node;
    private final String pointer;
    private final Set<String> known = new LinkedHashSet<>();

    private Fields(JsonNode node, String pointer) {
        this.node = node;
        this.pointer = pointer;
    }

    static Fields of(JsonNode node, String pointer) {
        if (!node.isObject()) {
            throw Problem.invalid(pointer, "an object was expected, but was " + described(node));
        }
        return new Fields(node, pointer);
    }

    String pointer(String name) {
        return pointer + "/" + name;
    }

    Optional<JsonNode> optional(String name) {
        known.add(name);
        return Optional.ofNullable(node.get(name));
    }

    JsonNode required(String name) {
        return optional(name).orElseThrow(() -> Problem.invalid(pointer(name), "'" + name + "' is missing"));
    }

    Optional<String> optionalText(String name) {
        return optional(name).map(value -> text(name, value));
    }

    /** Text with content: not blank, at most 1,000 characters. */
    String text(String name) {
        return text(name, required(name));
    }

    private String text(String name, JsonNode value) {
        String text = value.isTextual() ? value.textValue().strip() : "";
        if (text.isEmpty() || text.length() > LONGEST_TEXT) {
            throw Problem.invalid(
                    pointer(name),
                    "text of 1 to " + LONGEST_TEXT + " characters was expected, but was " + described(value));
        }
        return text;
    }

    long wholeNumber(String name, long min, long max) {
        JsonNode value = required(name);
        boolean fits = value.isIntegralNumber() && value.canConvertToLong();
        if (!fits || value.longValue() < min || value.longValue() > max) {
            throw Problem.invalid(
                    pointer(name),
                    "a whole number from " + min + " to " + max + " was expected, but was " + described(value));
        }
        return value.longValue();
    }

    <E extends Enum<E>> E oneOf(String name, Class<E> type) {
        return oneOf(pointer(name), required(name), type);
    }

    private static <E extends Enum<E>> E oneOf(String pointer, JsonNode value, Class<E> type) {
        return Arrays.stream(type.getEnumConstants())
                .filter(constant -> value.isTextual() && constant.name().equals(value.textValue()))
                .findFirst()
                .orElseThrow(() -> Problem.invalid(
                        pointer,
                        "one of " + Arrays.toString(type.getEnumConstants()) + " was expected, but was "
                                + described(value)));
    }

    /** An object whose members are all constants of {@code type}; empty if it is missing. */
    <E extends Enum<E>> Map<String, E> mapOf(String name, Class<E> type) {
        Map<String, E> map = new LinkedHashMap<>();
        optional(name)
                .ifPresent(value -> Fields.of(value, pointer(name))
                        .node
                        .properties()
                        .forEach(entry -> map.put(
                                entry.getKey(), oneOf(pointer(name) + "/" + entry.getKey(), entry.getValue(), type))));
        return map;
    }

    /** The objects of an array. */
    List<Fields> objects(String name) {
        JsonNode array = required(name);
        if (!array.isArray()) {
            throw Problem.invalid(pointer(name), "an array was expected, but was " + described(array));
        }
        List<Fields> objects = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            objects.add(Fields.of(array.get(i), pointer(name) + "/" + i));
        }
        return objects;
    }

    /** A misspelt member must not be ignored: the caller would believe that it was obeyed. */
    void nothingElse() {
        node.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                throw Problem.invalid(pointer(name), "'" + name + "' is not known here; known are " + known);
            }
        });
    }

    private static String described(JsonNode value) {
        String text = value.toString();
        return text.length() <= 60 ? text : text.substring(0, 60) + "...";
    }
}

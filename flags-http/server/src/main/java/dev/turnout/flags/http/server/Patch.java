package dev.turnout.flags.http.server;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.EntryKey;
import java.util.ArrayList;
import java.util.List;

/** An entry some of whose values are replaced, each of them where one stands already: nothing comes or goes, and the order stays. */
final class Patch {
    private final JsonNode entry;
    private final List<String> replaced = new ArrayList<>();

    Patch(String entryAsJson) {
        entry = Json.embedded(entryAsJson);
    }

    /** Replaces a value; the edit is {@code {pointer, value}}. */
    void replace(Fields edit) {
        String text = edit.required("pointer").asText();
        JsonNode value = edit.required("value");
        edit.nothingElse();
        JsonPointer place = pointer(edit, text);
        JsonNode parent = place.head() == null ? null : entry.at(place.head());
        if (parent == null || entry.at(place).isMissingNode()) {
            throw Problem.invalid(
                    edit.pointer("pointer"), "there is no value at '" + text + "' that could be replaced");
        }
        if (parent instanceof ObjectNode object) {
            object.set(place.last().getMatchingProperty(), value);
        } else if (parent instanceof ArrayNode array) {
            array.set(place.last().getMatchingIndex(), value);
        }
        replaced.add(text);
    }

    private static JsonPointer pointer(Fields edit, String text) {
        try {
            return JsonPointer.compile(text);
        } catch (IllegalArgumentException e) {
            throw Problem.invalid(edit.pointer("pointer"), "a JSON pointer such as /rules/0/share was expected");
        }
    }

    String result() {
        return Json.write(entry);
    }

    /** What is wrong with the result, at the edit that caused it if it was one alone. */
    Problem problem(DocumentException e, EntryKey key) {
        for (int i = 0; i < replaced.size(); i++) {
            String place = key.pointer() + replaced.get(i);
            if (e.pointer().equals(place) || e.pointer().startsWith(place + "/")) {
                return Problem.invalid(e, place, "/edits/" + i + "/value");
            }
        }
        return Problem.invalid(e, e.pointer(), "/edits");
    }
}

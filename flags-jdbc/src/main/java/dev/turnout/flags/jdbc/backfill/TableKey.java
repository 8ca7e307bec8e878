package dev.turnout.flags.jdbc.backfill;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The key of a row, as the texts that the source's database makes of its columns and takes for them. Its order is known to that database alone.
 *
 * @param parts one for each column
 */
record TableKey(List<String> parts) {
    TableKey {
        parts = List.copyOf(parts);
    }

    /** For the table of progress: each part behind its length, so no character needs to be escaped. */
    String toText() {
        StringBuilder text = new StringBuilder();
        parts.forEach(part -> text.append(part.length()).append(':').append(part));
        return text.toString();
    }

    static TableKey fromText(String text) {
        List<String> parts = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            int colon = text.indexOf(':', at);
            int end = colon + 1 + Integer.parseInt(text.substring(at, colon));
            parts.add(text.substring(colon + 1, end));
            at = end;
        }
        return new TableKey(parts);
    }

    static @Nullable TableKey orNull(@Nullable String text) {
        return text == null ? null : fromText(text);
    }

    @Override
    public String toString() {
        return parts.size() == 1 ? parts.get(0) : parts.toString();
    }
}

package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.SchemaTables;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An index that the target gets when its rows are there, by a statement of the user's.
 *
 * @param sql the statement
 * @param name of the index, as it is written there
 * @param table as it is written there, perhaps with a schema
 */
record IndexAfter(String sql, String name, String table) {
    private static final String WORD = "(?:[\\p{L}_][\\p{L}\\p{N}_$]*|\"(?:[^\"]|\"\")+\"|`(?:[^`]|``)+`)";
    private static final Pattern CREATE = Pattern.compile(
            "CREATE\\s+(?:(?:FULLTEXT|SPATIAL)\\s+)?INDEX\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?(" + WORD + ")\\s+ON\\s+((?:"
                    + WORD + "\\s*\\.\\s*)?" + WORD + ")\\s*(?:\\(|USING\\b).*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /**
     * Reads its names.
     *
     * @throws IllegalArgumentException if it is no statement that creates one index which is not unique
     */
    static IndexAfter of(String statement) {
        String sql = statement.strip().replaceFirst(";$", "");
        Matcher create = CREATE.matcher(sql);
        if (!create.matches() || sql.indexOf(';') >= 0) {
            throw new IllegalArgumentException(
                    "An index is given as one statement, CREATE INDEX name ON table (columns), but was '" + statement
                            + "'. Unique indexes and those of constraints belong to the table before it is filled; one that is to be created CONCURRENTLY,"
                            + " create manually.");
        }
        return new IndexAfter(sql, create.group(1), create.group(2));
    }

    static List<IndexAfter> all(String... statements) {
        return Arrays.stream(statements).map(IndexAfter::of).toList();
    }

    /** The index's name as the catalog has it. */
    String storedName(Names names) {
        return stored(names, name);
    }

    /** The table as the catalog has it. */
    SchemaTables.Id storedTable(Names names, String current) {
        Matcher words = Pattern.compile(WORD).matcher(table);
        List<String> found =
                words.results().map(word -> stored(names, word.group())).toList();
        return new SchemaTables.Id(found.size() > 1 ? found.get(0) : current, found.get(found.size() - 1));
    }

    private static String stored(Names names, String word) {
        String quote = word.substring(0, 1);
        if (quote.equals("\"") || quote.equals("`")) {
            return word.substring(1, word.length() - 1).replace(quote + quote, quote);
        }
        return names.isUpperCase()
                ? word.toUpperCase(Locale.ROOT)
                : names.dialect() == Dialect.POSTGRES ? word.toLowerCase(Locale.ROOT) : word;
    }
}

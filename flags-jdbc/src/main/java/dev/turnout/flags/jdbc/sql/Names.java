package dev.turnout.flags.jdbc.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Makes identifiers of names, as one database writes them.
 *
 * @param dialect of the database
 * @param quote what identifiers stand between
 * @param isUpperCase whether an identifier without quotes means capitals
 */
public record Names(Dialect dialect, String quote, boolean isUpperCase) {
    private static final Pattern PLAIN = Pattern.compile("[a-z_][a-z0-9_]*");

    /** Those of the database at the other end. */
    public static Names of(Connection connection) throws SQLException {
        return new Names(
                Dialect.of(connection),
                connection.getMetaData().getIdentifierQuoteString(),
                connection.getMetaData().storesUpperCaseIdentifiers());
    }

    /**
     * The name as the database's catalog has it: one of small letters, digits and {@code _} alone is as if unquoted, any other one is to the letter,
     * and so is what stands between double quotes.
     */
    public String stored(String name) {
        if (name.length() > 2 && name.startsWith("\"") && name.endsWith("\"")) {
            return name.substring(1, name.length() - 1).replace("\"\"", "\"");
        }
        return isUpperCase && PLAIN.matcher(name).matches() ? name.toUpperCase(Locale.ROOT) : name;
    }

    /** A name that the catalog has, as a mapping has it: what {@link #stored} makes it of. */
    public String spelled(String stored) {
        return Stream.of(stored.toLowerCase(Locale.ROOT), stored)
                .filter(name -> stored(name).equals(stored))
                .findFirst()
                .orElseGet(() -> "\"" + stored.replace("\"", "\"\"") + "\"");
    }

    /** The identifier of a column. */
    public String quote(String name) {
        return quote + stored(name).replace(quote, quote + quote) + quote;
    }

    /** The identifier of a table that is given as {@code name} or {@code schema.name}. */
    public String table(String name) {
        return Stream.of(name.split("\\.", -1)).map(this::quote).collect(Collectors.joining("."));
    }
}

package dev.turnout.flags.jdbc;

import dev.turnout.flags.jdbc.sql.Component;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Home;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Prints the statements that create this library's own tables, for those whose applications may create none: {@code java -cp ...
 * dev.turnout.flags.jdbc.Ddl postgres turnout}, with the database's kind and, if it is not the session's, the schema.
 */
public final class Ddl {
    private Ddl() {}

    /** Prints them; ends with 2 if the arguments are wrong. */
    public static void main(String[] arguments) {
        try {
            System.out.print(statements(arguments));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
        }
    }

    /**
     * The statements, each with a semicolon.
     *
     * @param arguments one of {@code postgres}, {@code mariadb}, {@code mysql} and {@code h2}; and a schema, or nothing
     * @throws IllegalArgumentException if they are others
     */
    public static String statements(String... arguments) {
        if (arguments.length < 1 || arguments.length > 2) {
            throw new IllegalArgumentException(
                    "Give the kind of the database, " + kinds() + ", and a schema or nothing.");
        }
        Dialect dialect = Arrays.stream(Dialect.values())
                .filter(one -> one.name().equals(arguments[0].toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "The kind of the database is one of " + kinds() + ", but was '" + arguments[0] + "'."));
        return Component.ddl(dialect, arguments.length == 1 ? null : Home.checkedSchema(arguments[1]));
    }

    private static String kinds() {
        return Arrays.stream(Dialect.values())
                .map(dialect -> dialect.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }
}

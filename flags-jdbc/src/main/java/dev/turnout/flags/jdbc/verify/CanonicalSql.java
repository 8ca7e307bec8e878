package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.type.ColumnType;
import dev.turnout.flags.jdbc.type.ValueKind;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Lets a database write the {@link CanonicalForm} of its own rows, and hash it, in a session of {@code Transactions.runExact}. */
sealed interface CanonicalSql permits PostgresForm, MariaDbForm {
    /** That of a database; empty if it has none, or is set up in a way that is not known to give the same bytes. */
    static Optional<CanonicalSql> of(Connection connection, List<Part> parts) throws SQLException {
        // None of them writes a binary fraction in decimal digits without rounding it.
        boolean isRounded = parts.stream()
                .anyMatch(part -> part.kind() == ValueKind.NUMBER && part.type().isFloating());
        if (parts.isEmpty() || isRounded) {
            return Optional.empty();
        }
        return switch (parts.get(0).type().dialect()) {
            case POSTGRES -> PostgresForm.of(connection).map(form -> form);
            case MARIADB -> MariaDbForm.of(parts).map(form -> form);
            // H2 runs in this process, so streaming its rows is as fast; with MySQL, nothing could be tested.
            case H2, MYSQL -> Optional.empty();
        };
    }

    /**
     * What is selected for a column.
     *
     * @param sql that selects it
     * @param kind what it is compared as
     */
    record Part(String sql, ColumnType type, ValueKind kind) {}

    /** The canonical form of these, one after the other, as an expression. */
    String form(List<Part> parts);

    /** The hash of a text, in which {@link #high} and {@link #low} are found. */
    String hash(String form);

    /** The first 64 bits of a hash, as a number of any sign. */
    String high(String hash);

    /** The last 64 bits of a hash. */
    String low(String hash);

    /** Keeps the planner from computing what a subquery selects more than once; goes to its end. */
    String fence();
}

package dev.turnout.flags.jdbc.sql;

import java.sql.SQLException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientException;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What a database's failure means for the next attempt, and its description without the values of rows. */
public enum SqlFailure {
    /** The database has rolled back, to end a deadlock or a conflict. */
    CONFLICT(true, "the database ended a deadlock or a conflict"),
    /** Another transaction had a lock for too long. */
    LOCK_TIMEOUT(true, "it waited too long for a lock"),
    /** A statement took longer than it may, or was cancelled. */
    TIMEOUT(true, "a statement took longer than it may, or was cancelled"),
    /** The connection is gone, or there is none; what was asked last may have been done. */
    CONNECTION(true, "the connection was lost, or refused"),
    /** The server ends sessions, or has too many. */
    SERVER(true, "the server is starting, is shutting down, or has too many connections"),
    /** A constraint or a trigger of a table. */
    CONSTRAINT(
            false,
            "a row does not fit a constraint of the table",
            "Change the row, the mapping or the constraint first; the database's own words, which may have values, are in the cause"),
    /** A value that a type does not take. */
    DATA(
            false,
            "a value of a row does not fit its column",
            "Change the row, the mapping or the column's type first; the database's own words, which may have values, are in the cause"),
    /** A row, or a statement, that is larger than the server takes. */
    TOO_LARGE(
            false,
            "a row is larger than the server takes in one message",
            "Raise max_allowed_packet of the server, and of its driver if it has one, above twice the largest row"),
    /** What the user may not do. */
    RIGHTS(false, "the user may not do that, or cannot log in", "Change the rights or the password first"),
    /** A disk, or memory. */
    RESOURCES(false, "the database has run out of room", "Make room first: on its disk, or in its memory"),
    /** What is not there, or is of another kind. */
    SCHEMA(
            false,
            "a table or a column is not there, or is another one",
            "Look at the names, the types and the mapping first"),
    /** Everything else. */
    OTHER(false, "the database refused it", "Look at the cause first");

    private static final Set<String> CONFLICTS = Set.of("40001", "40P01");
    // 55P03 of PostgreSQL, HYT00 of H2.
    private static final Set<String> LOCK_TIMEOUTS = Set.of("55P03", "HYT00");
    private static final String QUERY_CANCELED = "57014"; // of PostgreSQL and H2
    private static final Set<String> ENDS = Set.of("57P01", "57P02", "57P03", "53300");
    // Of MariaDB and MySQL, whose states say less.
    private static final int LOCK_WAIT_TIMEOUT = 1205;
    private static final int DEADLOCK = 1213;
    private static final Set<Integer> TIMEOUTS = Set.of(1317, 1969, 3024);
    private static final Set<Integer> TOO_MANY_CONNECTIONS = Set.of(1040, 1203, 1226);
    private static final Set<Integer> SERVER_ENDS = Set.of(1053, 1927, 2006, 2013);
    private static final Set<Integer> DISK_FULL = Set.of(1021, 1041, 1037, 1038, 1114);
    private static final Set<Integer> TOO_LARGE_PACKETS = Set.of(1153, 1162, 1301, 1118);
    private static final Set<Integer> DATA_ERRORS = Set.of(1264, 1265, 1292, 1366, 1406, 3140);
    private static final Set<Integer> CONSTRAINTS =
            Set.of(1048, 1062, 1169, 1216, 1217, 1364, 1451, 1452, 1644, 3819, 4025);
    private static final Set<Integer> DENIED = Set.of(1044, 1045, 1142, 1143, 1227, 1698);
    // Of H2: a closed database or a broken connection, its disk, its memory.
    private static final Set<Integer> H2_CONNECTION = Set.of(90007, 90067, 90098, 90121);
    private static final Set<Integer> H2_RESOURCES = Set.of(90031, 90062, 90108);
    private static final int H2_DENIED = 90096;
    private static final int H2_TRIGGER = 90044;
    // Of MariaDB and MySQL, and of H2.
    private static final Pattern COLUMN_WITHOUT_NULL =
            Pattern.compile("(?:Column '|NULL not allowed for column \")([^'\"]+)(?:' cannot be null|\")");

    private final boolean isTransient;
    private final String text;
    private final String advice;

    SqlFailure(boolean isTransient, String text) {
        this(isTransient, text, "");
    }

    SqlFailure(boolean isTransient, String text, String advice) {
        this.isTransient = isTransient;
        this.text = text;
        this.advice = advice;
    }

    /** Of which kind it is, by its SQL state and, where that is less exact, its vendor's code. */
    public static SqlFailure of(SQLException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException known) {
                SqlFailure kind = one(known);
                if (kind != OTHER) {
                    return kind;
                }
            }
        }
        return OTHER;
    }

    private static SqlFailure one(SQLException failure) {
        String state = String.valueOf(failure.getSQLState());
        int code = failure.getErrorCode();
        if (isTooLarge(failure)) {
            return TOO_LARGE;
        }
        // Before conflicts: MySQL's driver gives it the state of one.
        if (LOCK_TIMEOUTS.contains(state) || code == LOCK_WAIT_TIMEOUT) {
            return LOCK_TIMEOUT;
        }
        if (CONFLICTS.contains(state) || code == DEADLOCK) {
            return CONFLICT;
        }
        if (state.equals(QUERY_CANCELED) || TIMEOUTS.contains(code) || failure instanceof SQLTimeoutException) {
            return TIMEOUT;
        }
        if (ENDS.contains(state) || TOO_MANY_CONNECTIONS.contains(code)) {
            return SERVER;
        }
        if (DISK_FULL.contains(code) || H2_RESOURCES.contains(code)) {
            return RESOURCES;
        }
        if (DENIED.contains(code) || code == H2_DENIED || state.equals("42501") || state.startsWith("28")) {
            return RIGHTS;
        }
        if (SERVER_ENDS.contains(code) || H2_CONNECTION.contains(code) || state.startsWith("08")) {
            return CONNECTION;
        }
        if (CONSTRAINTS.contains(code) || code == H2_TRIGGER || state.startsWith("23") || state.equals("P0001")) {
            return CONSTRAINT;
        }
        if (DATA_ERRORS.contains(code) || state.startsWith("22")) {
            return DATA;
        }
        if (state.startsWith("53") || state.startsWith("54") || state.startsWith("58")) {
            return RESOURCES;
        }
        if (state.startsWith("42")) {
            return SCHEMA;
        }
        return failure instanceof SQLTransientException || failure instanceof SQLRecoverableException
                ? CONNECTION
                : OTHER;
    }

    /** Also where a driver refuses it by itself. */
    private static boolean isTooLarge(SQLException failure) {
        return TOO_LARGE_PACKETS.contains(failure.getErrorCode())
                || failure.getClass().getSimpleName().equals("PacketTooBigException")
                || String.valueOf(failure.getMessage()).contains("max_allowed_packet");
    }

    /** Whether it may pass by itself. */
    public boolean isTransient() {
        return isTransient;
    }

    /** What has happened, and whether to run it again; without the values of a row, which a database's own message may have. */
    public static String describe(SQLException failure) {
        SqlFailure kind = of(failure);
        return kind.isTransient
                ? summary(failure)
                        + ". This may pass by itself, and was tried again for a while. Run it again: it continues where it stopped."
                : describeLasting(failure);
    }

    /** The same for a single call, which was not tried again unless the database ended a conflict. */
    public static String describeCall(SQLException failure) {
        return of(failure).isTransient
                ? summary(failure) + ". This may pass by itself. Try again later."
                : describeLasting(failure);
    }

    private static String describeLasting(SQLException failure) {
        return summary(failure) + ". This does not pass by itself. " + of(failure).advice + ".";
    }

    private static String summary(SQLException failure) {
        SqlFailure kind = of(failure);
        return kind.text + named(failure).map(name -> ", " + name).orElse("") + " (SQL state "
                + failure.getSQLState() + (failure.getErrorCode() == 0 ? "" : ", code " + failure.getErrorCode()) + ")"
                + kind.words(failure).map(words -> ": " + words).orElse("");
    }

    /** What has no values in it: names, and what the database reports of itself. */
    private Optional<String> words(SQLException failure) {
        if (this == CONSTRAINT || this == DATA || this == TOO_LARGE || this == OTHER) {
            return Optional.empty();
        }
        ServerErrorMessage postgres = ofPostgres(failure);
        String words = postgres == null ? failure.getMessage() : postgres.getMessage();
        // H2 adds the statement to it, on a line of its own or not.
        return Optional.ofNullable(words)
                .map(all -> all.replaceFirst("(?s);\\s*SQL statement:.*", "")
                        .lines()
                        .findFirst()
                        .orElse(""))
                .map(line -> line.endsWith(".") ? line.substring(0, line.length() - 1) : line)
                .filter(line -> !line.isBlank());
    }

    private static Optional<String> named(SQLException failure) {
        ServerErrorMessage message = ofPostgres(failure);
        if (message == null || message.getTable() == null) {
            Matcher column = COLUMN_WITHOUT_NULL.matcher(String.valueOf(failure.getMessage()));
            return column.find() ? Optional.of("column " + column.group(1) + " takes no NULL") : Optional.empty();
        }
        return Optional.of("table " + message.getTable()
                + (message.getColumn() == null ? "" : ", column " + message.getColumn())
                + (message.getConstraint() == null ? "" : ", constraint " + message.getConstraint()));
    }

    private static @Nullable ServerErrorMessage ofPostgres(SQLException failure) {
        try {
            return failure instanceof PSQLException postgres ? postgres.getServerErrorMessage() : null;
        } catch (NoClassDefFoundError e) {
            return null; // another database's driver, and this one is not on the class path
        }
    }
}

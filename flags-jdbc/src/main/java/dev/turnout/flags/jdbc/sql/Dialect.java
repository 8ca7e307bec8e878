package dev.turnout.flags.jdbc.sql;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.postgresql.core.BaseConnection;
import org.postgresql.core.TransactionState;

/**
 * Where the databases' SQL differs. All other SQL of this module is such that each of them understands it; unless
 * stated otherwise, that of PostgreSQL is translated.
 */
public enum Dialect {
    /** H2, in its regular mode. */
    H2,
    /** PostgreSQL, and what reports itself as PostgreSQL. */
    POSTGRES,
    /** MariaDB, by its own driver or by MySQL's. */
    MARIADB,
    /** MySQL, 8.0.17 or later. */
    MYSQL;

    /** Whether it is one of those two that speak alike. */
    public boolean isMySql() {
        return this == MARIADB || this == MYSQL;
    }

    /** Selects a number such that no digit of it is lost before the driver. */
    public String exactly(String sql, int jdbcType) {
        // As text, a FLOAT has six digits only; added to 0, a -0 would be lost.
        boolean isFloat = isMySql() && (jdbcType == Types.REAL || jdbcType == Types.FLOAT);
        return isFloat ? "(" + sql + " * 1E0)" : sql;
    }

    /** That of the database at the other end; costs no round trip. */
    public static Dialect of(Connection connection) throws SQLException {
        DatabaseMetaData database = connection.getMetaData();
        String product = database.getDatabaseProductName();
        return switch (product) {
            case "H2" -> H2;
            case "PostgreSQL" -> POSTGRES;
            case "MariaDB" -> MARIADB;
            // MySQL's driver takes every server for a MySQL.
            case "MySQL" -> database.getDatabaseProductVersion().contains("MariaDB") ? MARIADB : MYSQL;
            default ->
                throw new SQLFeatureNotSupportedException(
                        "Only PostgreSQL, MariaDB, MySQL and H2 can be used, but this is '" + product + "'.");
        };
    }

    /**
     * A statement that creates a table, from PostgreSQL's. Texts are compared byte by byte, a trailing space included, so keys that are
     * different stay so; a {@code VARCHAR} may be a key up to 768 characters, a {@code TEXT} cannot be one.
     */
    String create(String statement) {
        return switch (this) {
            case H2, POSTGRES -> statement;
            case MARIADB -> innoDb(statement, "utf8mb4_nopad_bin");
            case MYSQL -> innoDb(statement, "utf8mb4_0900_bin");
        };
    }

    // Whatever the server's defaults are: an engine with transactions; all of Unicode; no collation that takes 'a' for
    // 'A' or, as utf8mb4_bin does, for 'a '. A TEXT would end at 64 KB, a TIMESTAMP in 2038 and after whole seconds.
    private static String innoDb(String statement, String collation) {
        if (!statement.startsWith("CREATE TABLE")) {
            return statement;
        }
        return statement.replaceAll("\\bTEXT\\b", "LONGTEXT").replace("TIMESTAMP WITH TIME ZONE", "DATETIME(6)")
                + " ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE " + collation;
    }

    /**
     * Inserts a row, or sets all columns of the one that has its key. How many rows it counts depends on the database; with H2, two that insert
     * one key at once may both try, and one fail.
     *
     * @param columns those that are given, in the order of the parameters
     * @param key those of them that are the primary key; the table must have no other unique ones
     */
    public String upsert(String table, List<String> columns, List<String> key) {
        String into = table + " (" + String.join(", ", columns) + ")";
        String values = "VALUES (" + columns.stream().map(column -> "?").collect(Collectors.joining(", ")) + ")";
        String keys = "(" + String.join(", ", key) + ")";
        return switch (this) {
            case H2 -> "MERGE INTO " + into + " KEY " + keys + " " + values;
            case POSTGRES ->
                "INSERT INTO " + into + " " + values + " ON CONFLICT " + keys + " DO UPDATE SET "
                        + assignments("%1$s = excluded.%1$s", columns, key);
            case MARIADB, MYSQL ->
                "INSERT INTO " + into + " " + values + " ON DUPLICATE KEY UPDATE "
                        + assignments("%1$s = VALUES(%1$s)", columns, key);
        };
    }

    /**
     * Whether a transaction is open on this connection, which does not commit by itself. Costs a round trip at most, and none with PostgreSQL;
     * {@code false} also where it is unknown, as with MySQL.
     */
    boolean isInTransaction(Connection connection) throws SQLException {
        return switch (this) {
            case H2 -> isTrue(connection, "SELECT TRANSACTION_ID() IS NOT NULL");
            case POSTGRES -> isInPostgresTransaction(connection);
            case MARIADB -> isTrue(connection, "SELECT @@in_transaction");
            case MYSQL -> false;
        };
    }

    private static boolean isTrue(Connection connection, String question) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(question)) {
            row.next();
            return row.getBoolean(1);
        }
    }

    private static boolean isInPostgresTransaction(Connection connection) throws SQLException {
        try {
            return connection.isWrapperFor(BaseConnection.class)
                    && connection.unwrap(BaseConnection.class).getTransactionState() != TransactionState.IDLE;
        } catch (NoClassDefFoundError e) {
            return false; // another driver than PostgreSQL's own
        }
    }

    /**
     * What makes the next transaction of a connection, or the one that it has not asked anything in yet, see with each statement what was committed
     * before; empty with H2, where only the session can be set. The session stays as it is: behind a pooler it may be another one's next.
     */
    Optional<String> readCommitted() {
        return this == H2 ? Optional.empty() : Optional.of("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
    }

    /** The database's time in milliseconds since 1970, as an expression. */
    public String nowMillis() {
        return switch (this) {
            case H2 -> "CAST(EXTRACT(EPOCH FROM CURRENT_TIMESTAMP) * 1000 AS BIGINT)";
            case POSTGRES -> "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
            case MARIADB, MYSQL -> "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)";
        };
    }

    /**
     * Inserts rows, and passes over those whose key is there already, also where another transaction inserts it at the
     * same time; with H2 that is an error.
     *
     * @param rows what follows {@code INSERT}
     */
    public String insertMissing(String rows) {
        return switch (this) {
            case H2 -> "INSERT " + rows;
            case POSTGRES -> "INSERT " + rows + " ON CONFLICT DO NOTHING";
            case MARIADB, MYSQL -> "INSERT IGNORE " + rows;
        };
    }

    /** What a number is cast to that has the range of a {@code BIGINT}. */
    public String bigint() {
        return isMySql() ? "SIGNED" : "BIGINT";
    }

    /**
     * The end of a query whose rows no other transaction may change before this one ends. Others may lock them in the same way, except with H2, where
     * they take turns.
     */
    public String sharedLock() {
        return switch (this) {
            case H2 -> " FOR UPDATE";
            case POSTGRES -> " FOR SHARE";
            case MARIADB, MYSQL -> " LOCK IN SHARE MODE";
        };
    }

    private static String assignments(String each, List<String> columns, List<String> key) {
        return columns.stream()
                .filter(column -> !key.contains(column))
                .map(each::formatted)
                .collect(Collectors.joining(", "));
    }

    /** For {@link java.sql.PreparedStatement#setObject(int, Object)}; kept to the microsecond, and rounded by some databases. */
    public Object parameter(Instant instant) {
        return switch (this) {
            case H2, POSTGRES -> instant.atOffset(ZoneOffset.UTC);
            case MARIADB, MYSQL -> LocalDateTime.ofInstant(instant, ZoneOffset.UTC);
        };
    }

    /** What was stored as a {@link #parameter}. */
    public Instant instant(ResultSet row, int column) throws SQLException {
        return switch (this) {
            case H2, POSTGRES -> row.getObject(column, OffsetDateTime.class).toInstant();
            // Without a time zone, drivers have nothing to convert: not to the machine's, nor to the session's.
            case MARIADB, MYSQL -> row.getObject(column, LocalDateTime.class).toInstant(ZoneOffset.UTC);
        };
    }
}

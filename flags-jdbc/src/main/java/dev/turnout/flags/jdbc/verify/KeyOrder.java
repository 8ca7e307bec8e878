package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.type.ColumnType;
import dev.turnout.flags.jdbc.type.ValueKind;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * The order in which a database has the values of a key, to cut both tables into ranges in the same one. Numbers, dates and timestamps
 * are in the same order everywhere; texts, and UUIDs in some databases, are in that of a collation. Where the two sides' may not be the same, both
 * are asked to compare the bytes of the texts in UTF-8, at the price of the index where a collation does anything else.
 */
final class KeyOrder {
    private static final String BYTES = "bytes";
    private static final String UNKNOWN = "unknown";
    private static final int REGCOLLATION_SINCE = 13;
    // The parts of a collation that decide on the order, by whatever names this version of PostgreSQL has them.
    private static final String POSTGRES_COLLATION = """
            SELECT CASE WHEN is_default THEN coalesce(d ->> 'datlocprovider', 'c') ELSE c ->> 'collprovider' END,
                CASE WHEN NOT is_default THEN coalesce(c ->> 'colllocale', c ->> 'colliculocale', c ->> 'collcollate')
                    WHEN coalesce(d ->> 'datlocprovider', 'c') = 'c' THEN d ->> 'datcollate'
                    ELSE coalesce(d ->> 'datlocale', d ->> 'daticulocale') END,
                CASE WHEN is_default THEN concat(d ->> 'datcollversion', ' ', d ->> 'daticurules')
                    ELSE concat(c ->> 'collversion', ' ', c ->> 'collicurules') END
            FROM (SELECT to_jsonb(c) AS c, to_jsonb(d) AS d, c.collprovider = 'd' AS is_default FROM pg_collation c, pg_database d
                WHERE d.datname = current_database()
                    AND c.oid = CAST(pg_collation_for((SELECT %s FROM %s LIMIT 0)) AS regcollation)) k""";

    private KeyOrder() {}

    /** Whether a side of that order has to compare bytes, as the other side's is another one, or may be. */
    static boolean mustCompareBytes(String order, String other) {
        return !order.equals(BYTES) && (!order.equals(other) || order.equals(UNKNOWN));
    }

    /** A name of the order that a side has by itself. */
    static String of(Connection connection, String table, String sql, ColumnType type, ValueKind kind)
            throws SQLException {
        boolean isUuid = type.name().equals("uuid");
        if (kind != ValueKind.TEXT && kind != ValueKind.UUID) {
            return BYTES;
        }
        return switch (type.dialect()) {
            case POSTGRES -> isUuid ? BYTES : postgres(connection, table, sql, type);
            case H2 -> isUuid ? BYTES : h2(connection, table, sql, type);
            case MARIADB, MYSQL -> isUuid ? type.dialect() + " uuid" : mySql(connection, table, sql, type.dialect());
        };
    }

    private static String postgres(Connection connection, String table, String sql, ColumnType type)
            throws SQLException {
        boolean isText = type.name().equals("text")
                || type.name().equals("varchar")
                || type.name().equals("bpchar");
        if (!isText || connection.getMetaData().getDatabaseMajorVersion() < REGCOLLATION_SINCE) {
            return UNKNOWN; // an enum's is that of its declaration
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(POSTGRES_COLLATION.formatted(sql, table))) {
            if (!row.next()) {
                return UNKNOWN;
            }
            String provider = row.getString(1);
            String locale = row.getString(2);
            boolean isBytes =
                    "b".equals(provider) || ("c".equals(provider) && ("C".equals(locale) || "POSIX".equals(locale)));
            return isBytes ? BYTES : "PostgreSQL " + provider + " " + locale + " " + row.getString(3);
        }
    }

    private static String h2(Connection connection, String table, String sql, ColumnType type) throws SQLException {
        if (type.name().contains("ignorecase") || type.name().startsWith("enum")) {
            return UNKNOWN; // an enum's is that of its declaration
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT COLLATION_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE COLLATION_NAME IS NOT NULL FETCH FIRST ROW ONLY")) {
            if (!row.next() || !"OFF".equals(row.getString(1))) {
                return UNKNOWN;
            }
        }
        // It orders UTF-16, which is in the order of the bytes where no key has a surrogate or what is above them.
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT 1 FROM " + table + " WHERE REGEXP_LIKE(" + sql
                        + ", '[^\\x{0}-\\x{D7FF}]') FETCH FIRST ROW ONLY")) {
            return row.next() ? "UTF-16" : BYTES;
        }
    }

    private static String mySql(Connection connection, String table, String sql, Dialect dialect) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row =
                        statement.executeQuery("SELECT COLLATION((SELECT " + sql + " FROM " + table + " LIMIT 0))")) {
            String collation = row.next() ? row.getString(1) : UNKNOWN;
            return byteOrder(dialect).equals(collation) ? BYTES : dialect + " " + collation;
        }
    }

    private static String byteOrder(Dialect dialect) {
        return dialect == Dialect.MARIADB ? "utf8mb4_nopad_bin" : "utf8mb4_0900_bin";
    }

    /** What a key is ordered by to be in the order of its bytes. */
    static String byBytes(String sql, ColumnType type) {
        return switch (type.dialect()) {
            case POSTGRES -> {
                boolean isText = type.name().equals("text") || type.name().equals("varchar");
                yield "(" + (isText ? sql : "CAST(" + sql + " AS text)") + " COLLATE \"C\")";
            }
            case H2 -> "STRINGTOUTF8(" + sql + ")";
            case MARIADB, MYSQL ->
                "(CONVERT(CAST(" + sql + " AS CHAR) USING utf8mb4) COLLATE " + byteOrder(type.dialect()) + ")";
        };
    }

    /** The parameter that is compared with it. */
    static String parameterByBytes(Dialect dialect) {
        return dialect == Dialect.H2 ? "STRINGTOUTF8(?)" : "?";
    }
}

package dev.turnout.benchmarks.backfill;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** The tables that rows go from and to: about 200 bytes a row, keys with gaps. */
final class Tables {
    static final String COLUMNS = "id, version, writer, deleted, name, street, city, population, changed_at";

    /** Of texts in no order, of two columns, and of times that only ever grow. */
    static final List<String> INDEXES = List.of(
            "CREATE INDEX place_v2_street ON place_v2 (street)",
            "CREATE INDEX place_v2_city ON place_v2 (city, population DESC)",
            "CREATE INDEX place_v2_changed ON place_v2 (changed_at)");

    private static final String CREATE = """
            CREATE TABLE %s (
              id BIGINT PRIMARY KEY,
              version BIGINT NOT NULL,
              writer BIGINT NOT NULL,
              deleted BOOLEAN NOT NULL,
              name TEXT NOT NULL,
              street TEXT NOT NULL,
              city TEXT,
              population INT NOT NULL,
              changed_at TIMESTAMP WITH TIME ZONE NOT NULL)""";
    private static final String FILL = """
            INSERT INTO %s SELECT
              i * 1000 + (i / 1000) * 1000000000, %d, hashint8(i), i %% 100 = 0,
              'place number ' || i || ' ' || md5(i::text), md5((i + 1)::text) || md5((i + 2)::text),
              CASE WHEN i %% 7 > 0 THEN 'city ' || i %% 10000 END, i %% 1000000, '2026-01-01Z'::timestamptz + i * interval '1 second'
            FROM generate_series(%d::bigint, %d, %d) i""";

    private Tables() {}

    /** In a database of its own. */
    static void fill(String url, long rows) throws SQLException {
        execute(
                url,
                CREATE.formatted("place"),
                FILL.formatted("place", 1, 1, rows, 1),
                "VACUUM ANALYZE place",
                "CHECKPOINT");
    }

    /** An empty target, and nothing of an earlier run. */
    static void empty(String url) throws SQLException {
        execute(
                url,
                "DROP TABLE IF EXISTS place_v2",
                "DROP TABLE IF EXISTS turnout_backfill",
                "DROP TABLE IF EXISTS turnout_backfill_range",
                CREATE.formatted("place_v2"),
                "CHECKPOINT");
    }

    /** Gives the target an older version of each thousandth row. */
    static void addOldRows(String url, long rows) throws SQLException {
        execute(url, FILL.formatted("place_v2", 0, 500, rows, 1_000), "VACUUM ANALYZE place_v2", "CHECKPOINT");
    }

    /** How many indexes the target has beside its key, all of them complete. */
    static int indexes(String url) throws SQLException {
        String sql =
                "SELECT count(*) FROM pg_index WHERE indrelid = 'place_v2'::regclass AND indisvalid AND NOT indisprimary";
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getInt(1);
        }
    }

    static void execute(String url, String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** How many rows a table has, and a sum over the whole of each, which shows whether two tables are the same. */
    static String checksum(String url, String table, long upTo) throws SQLException {
        String sql = "SELECT count(*) || ':' || coalesce(sum(hashtextextended(r::text, 0)), 0) FROM (SELECT " + COLUMNS
                + " FROM " + table + " ORDER BY id LIMIT " + upTo + ") r";
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    /** Mean bytes of a row in the text of {@code COPY}, about. */
    static long rowBytes(String url) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_relation_size('place') / count(*) FROM place")) {
            row.next();
            return row.getLong(1);
        }
    }
}

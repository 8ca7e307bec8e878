package dev.turnout.benchmarks.verify;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** A table of narrow rows in a database of its own, behind a pool as services have one. */
final class Customers implements AutoCloseable {
    private static final String CREATE = """
            CREATE TABLE customer (id BIGINT PRIMARY KEY, account BIGINT NOT NULL, name TEXT NOT NULL, status VARCHAR(20),
              balance NUMERIC(12, 2), changed TIMESTAMP WITH TIME ZONE NOT NULL, note TEXT)""";
    private static final String FILL = """
            INSERT INTO customer SELECT n, n * 7919 %% 100003, 'customer number ' || n, 'status' || n %% 5, n / 100.0,
              TIMESTAMP WITH TIME ZONE '2020-01-01 00:00:00+00' + n * INTERVAL '1.5 seconds',
              CASE WHEN n %% 10 > 0 THEN repeat('x', CAST(70 + n %% 40 AS integer)) || n END
            FROM generate_series(CAST(1 AS bigint), %d) n""";
    private static final String CANONICAL = """
            concat('n', id, ';n', account, ';s', octet_length(name), ':', name, 's', octet_length(status), ':', status,
              'n', trim_scale(balance), ';i', changed, ';s', octet_length(note), ':', note)""";
    private static final String FIRST = "CAST(substr(h, 1, 8) AS bigint)";
    private static final String LAST = "CAST(substr(h, 9, 8) AS bigint)";

    private final HikariDataSource pool;

    Customers(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(4);
        pool = new HikariDataSource(config);
    }

    HikariDataSource pool() {
        return pool;
    }

    void fill(long rows) throws SQLException {
        execute(CREATE, FILL.formatted(rows), "VACUUM ANALYZE customer", "CHECKPOINT");
    }

    /** Makes a table of the first rows, with a text as key in that order. */
    void copyCoded(String table, String collation, long rows) throws SQLException {
        execute(
                "CREATE TABLE " + table + " (LIKE customer, code TEXT COLLATE \"" + collation + "\" PRIMARY KEY)",
                "INSERT INTO " + table + " SELECT c.*, md5(CAST(id AS text)) FROM customer c WHERE id <= " + rows,
                "VACUUM ANALYZE " + table);
    }

    void execute(String... statements) throws SQLException {
        try (Connection connection = pool.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    /** The sums of the hashes of all rows in one statement, each hash computed once. */
    void sumOnce() throws SQLException {
        sum("SELECT count(*), sum(" + FIRST + "), sum(" + LAST + ") FROM (SELECT " + hash()
                + " AS h FROM customer OFFSET 0) r");
    }

    /** The same in a form that the database can give to several workers, and may compute twice. */
    void sumInParallel() throws SQLException {
        sum("SELECT count(*), sum(" + FIRST + "), sum(" + LAST + ") FROM (SELECT " + hash() + " AS h FROM customer) r");
    }

    private static String hash() {
        return "decode(md5(" + CANONICAL + "), 'hex')";
    }

    private void sum(String sql) throws SQLException {
        execute("SET TimeZone = 'UTC'", sql);
    }

    @Override
    public void close() {
        pool.close();
    }
}

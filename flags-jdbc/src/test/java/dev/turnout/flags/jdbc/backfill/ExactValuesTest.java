package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.SplittableRandom;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every value arrives as it is, or is refused; no row is left out. */
@OnEachDatabase
@Timeout(300)
class ExactValuesTest {
    private final Database kind;
    private final DataSource source;
    private final DataSource target;

    ExactValuesTest(Database kind) {
        this.kind = kind;
        source = kind.create();
        target = kind.create();
    }

    private boolean isMySql() {
        return kind == Database.MARIADB || kind == Database.MARIADB_AS_MYSQL;
    }

    private void both(String statement) {
        Database.execute(source, statement);
        Database.execute(target, statement);
    }

    private void copy(String... columns) {
        TableMapping.Builder mapping = TableMapping.from("item").into("item").key("id");
        for (String column : columns) {
            mapping.column(column);
        }
        Backfill.from(source, mapping.build())
                .into(target)
                .named("items")
                .workers(1)
                .chunkSize(50)
                .build()
                .run("1");
    }

    private static List<String> rows(DataSource database, String query) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Statements.query(connection, row -> String.valueOf(row.getString(1)), query);
        }
    }

    private void assertEqual(String query) throws SQLException {
        assertThat(rows(target, query)).isEqualTo(rows(source, query)).isNotEmpty();
    }

    @Test
    void keys_of_bytes_that_are_no_text_arrive() throws SQLException {
        String type = kind == Database.POSTGRES ? "BYTEA" : kind == Database.H2 ? "VARBINARY(16)" : "BINARY(16)";
        both("CREATE TABLE item (id " + type + " PRIMARY KEY, name INTEGER)");
        SplittableRandom random = new SplittableRandom(1);
        try (Connection connection = source.getConnection();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO item VALUES (?, ?)")) {
            for (int i = 0; i < 700; i++) {
                byte[] key = new byte[16];
                random.nextBytes(key);
                insert.setBytes(1, key);
                insert.setInt(2, i);
                insert.addBatch();
            }
            insert.executeBatch();
        }

        copy("name");

        assertThat(rows(target, "SELECT count(*) FROM item")).containsExactly("700");
        assertEqual("SELECT name FROM item ORDER BY id");
    }

    @Test
    void large_rows_after_small_ones_arrive_in_bounded_chunks() throws SQLException {
        String text = isMySql() ? "LONGTEXT" : kind == Database.H2 ? "VARCHAR(1000000)" : "TEXT";
        both("CREATE TABLE item (id INTEGER PRIMARY KEY, name " + text + ")");
        try (Connection connection = source.getConnection();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO item VALUES (?, ?)")) {
            for (int i = 0; i < 260; i++) {
                insert.setInt(1, i);
                insert.setString(2, "x".repeat(i < 200 ? 10 : 300_000));
                insert.executeUpdate();
            }
        }

        copy("name");

        assertThat(rows(target, "SELECT count(*) FROM item")).containsExactly("260");
        assertEqual("SELECT sum(length(name)) FROM item");
    }

    @Test
    void rows_that_a_policy_hides_are_not_left_out_in_silence() throws SQLException {
        assumeTrue(kind == Database.POSTGRES);
        both("CREATE TABLE item (id BIGINT PRIMARY KEY, name INTEGER)");
        Database.execute(source, "INSERT INTO item SELECT i, i % 3 FROM generate_series(1, 300) i");
        String reader = "reader" + System.nanoTime();
        String schema = rows(source, "SELECT current_schema()").get(0);
        Database.execute(source, "CREATE ROLE " + reader);
        Database.execute(source, "GRANT USAGE ON SCHEMA " + schema + " TO " + reader);
        Database.execute(source, "GRANT SELECT ON item TO " + reader);
        Database.execute(source, "ALTER TABLE item ENABLE ROW LEVEL SECURITY");
        Database.execute(source, "CREATE POLICY visible ON item USING (name = 1)");

        assertThatThrownBy(() -> Transactions.runExact(source, connection -> {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("SET LOCAL ROLE " + reader);
                        return statement.executeQuery("SELECT * FROM item");
                    }
                }))
                .hasMessageContaining("row-level security");
    }

    @Test
    void an_interval_is_the_same_whatever_style_a_database_writes_it_in() throws SQLException {
        assumeTrue(kind == Database.POSTGRES);
        both("CREATE TABLE item (id INTEGER PRIMARY KEY, name INTERVAL)");
        Database.execute(source, "INSERT INTO item VALUES (1, '-1 day -2 hours')");

        Database.execute(source, "SET IntervalStyle = 'sql_standard'"); // of the session that the pool gives again
        copy("name");

        assertEqual("SELECT extract(epoch FROM name) FROM item");
    }

    @Test
    void half_a_surrogate_pair_in_a_key_is_refused() throws SQLException {
        assumeTrue(kind == Database.H2);
        both("CREATE TABLE item (id VARCHAR(9) PRIMARY KEY, name VARCHAR(9))");
        try (Connection connection = source.getConnection();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO item VALUES (?, 'v')")) {
            insert.setString(1, "x\uD83D");
            insert.execute();
        }

        assertThatThrownBy(() -> copy("name"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("half a surrogate pair", "id");
    }

    @Test
    void what_java_has_no_type_for_arrives_from_mariadb() throws SQLException {
        assumeTrue(isMySql());
        both("CREATE TABLE item (id INTEGER PRIMARY KEY, a TIME, b FLOAT, c TINYINT(1), d TIMESTAMP NULL)");
        Database.execute(
                source,
                "INSERT INTO item VALUES (1, '-05:30:00', 16777216, 2, '2025-06-26 00:30:00'), (2, '838:59:59', 123456.789, -1, NULL),"
                        + " (3, '10:00:00', 0.1, 127, '2025-10-26 00:30:00')");

        copy("a", "b", "c", "d");

        assertEqual("SELECT CONCAT_WS('|', id, a, b * 1E0, c, UNIX_TIMESTAMP(d)) FROM item ORDER BY id");
    }

    @Test
    void a_date_that_is_none_is_refused_and_not_made_null() {
        assumeTrue(isMySql());
        both("CREATE TABLE item (id INTEGER PRIMARY KEY, name DATE)");
        Database.execute(source, "SET STATEMENT sql_mode = '' FOR INSERT INTO item VALUES (1, '0000-00-00')");

        assertThatThrownBy(() -> copy("name"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll(
                        "key '1'", kind == Database.MARIADB ? "0000-00-00" : "a value that the driver cannot read");
    }

    @Test
    void a_key_of_zero_stays_zero_where_rows_are_numbered() throws SQLException {
        assumeTrue(isMySql());
        Database.execute(source, "CREATE TABLE item (id INTEGER PRIMARY KEY, name VARCHAR(9))");
        Database.execute(target, "CREATE TABLE item (id INTEGER AUTO_INCREMENT PRIMARY KEY, name VARCHAR(9))");
        Database.execute(source, "INSERT INTO item VALUES (0, 'zero'), (1, 'one'), (2, 'two')");

        copy("name");

        assertEqual("SELECT CONCAT(id, name) FROM item ORDER BY id");
    }

    @Test
    void a_session_goes_back_as_it_came() throws SQLException {
        String settings = isMySql()
                ? "SELECT CONCAT(@@SESSION.time_zone, @@SESSION.sql_mode)"
                : kind == Database.POSTGRES
                        ? "SELECT current_setting('TimeZone') || current_setting('IntervalStyle') || current_setting('row_security')"
                        : "SELECT 1";
        both("CREATE TABLE item (id INTEGER PRIMARY KEY, name VARCHAR(9))");
        Database.execute(source, "INSERT INTO item VALUES (1, 'one')");
        List<String> before = rows(source, settings);

        copy("name");

        assertThat(rows(source, settings)).isEqualTo(before);
        assertThat(rows(target, settings)).isEqualTo(before);
    }
}

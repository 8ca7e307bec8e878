package dev.turnout.flags.jdbc.soak;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import javax.sql.DataSource;

/** A PostgreSQL server with the old database and the new one, one for flags and fleet, and one for the journal where it is not with them. */
final class Databases implements AutoCloseable {
    /** Which. */
    enum Name {
        OLD,
        NEW,
        CONTROL,
        JOURNAL
    }

    /** What is stored of a record: its value, or nothing, and its version. */
    record Stored(long value, boolean deleted, long counter, long writer) {}

    // Timeouts as a reader of the documentation would set them: a call that hangs is ended, and a lock is not waited
    // for long.
    private static final String NODE_OPTIONS =
            "?user=postgres&sslmode=disable&gssEncMode=disable&connectTimeout=2&socketTimeout=2&options=-c%20lock_timeout=1000";

    // Without versions nothing refuses a call that comes too late but what the server was configured with: see
    // PlainItemPath.
    private static final String PLAIN_OPTIONS =
            NODE_OPTIONS + "%20-c%20statement_timeout=1000%20-c%20idle_in_transaction_session_timeout=1000";

    private final EmbeddedPostgres server;
    private final Map<Name, HikariDataSource> direct = new ConcurrentHashMap<>();

    Databases() throws IOException, SQLException {
        // Nothing here survives the machine's crash, which is not what is tried out; it would cost most of the
        // operations.
        server = EmbeddedPostgres.builder()
                .setServerConfig("fsync", "off")
                .setServerConfig("synchronous_commit", "off")
                .setServerConfig("full_page_writes", "off")
                .setServerConfig("jit", "off")
                .setPGStartupWait(Duration.ofMinutes(1))
                .start();
        for (Name name : Name.values()) {
            execute("postgres", "CREATE DATABASE " + database(name));
        }
        execute(database(Name.OLD), ItemRows.CREATE);
        execute(database(Name.NEW), ItemRows.CREATE);
    }

    private static String database(Name name) {
        return "soak_" + name.name().toLowerCase(java.util.Locale.ROOT);
    }

    int port() {
        return server.getPort();
    }

    /** As a node reaches it, through a proxy. */
    static String url(Name name, int port, NodeSettings.Paths paths) {
        boolean plain = paths == NodeSettings.Paths.PLAIN && (name == Name.OLD || name == Name.NEW);
        return "jdbc:postgresql://localhost:" + port + "/" + database(name) + (plain ? PLAIN_OPTIONS : NODE_OPTIONS);
    }

    /** Without a proxy. */
    DataSource direct(Name name) {
        return direct.computeIfAbsent(name, key -> {
            HikariConfig config = new HikariConfig();
            config.setJdbcUrl("jdbc:postgresql://localhost:" + port() + "/" + database(name) + "?user=postgres");
            config.setMaximumPoolSize(5);
            config.setMinimumIdle(0);
            return new HikariDataSource(config);
        });
    }

    private void execute(String database, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        "jdbc:postgresql://localhost:" + port() + "/" + database + "?user=postgres");
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Records from before the migration, in the old database, and the operations that wrote them. */
    List<Op> fill(Name name, int count) throws SQLException {
        List<Op> ops = new ArrayList<>();
        try (Connection connection = direct(name).getConnection();
                PreparedStatement insert = connection.prepareStatement("INSERT INTO item VALUES (?, ?, false, 0, 0)")) {
            for (int key = 0; key < count; key++) {
                insert.setLong(1, key);
                insert.setString(2, String.valueOf(key + 1));
                insert.executeUpdate();
                ops.add(Op.put(key, BEFORE_ALL, BEFORE_ALL, key + 1));
            }
        }
        return ops;
    }

    private static final long BEFORE_ALL = Long.MIN_VALUE + 1;

    /** Lets everybody wait for a table, until what is returned is closed. */
    Connection lock(Name name) throws SQLException {
        Connection connection = direct(name).getConnection();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute("LOCK TABLE item IN ACCESS EXCLUSIVE MODE");
        }
        return connection;
    }

    Map<Long, Stored> stored(Name name) throws SQLException {
        Map<Long, Stored> all = new TreeMap<>();
        try (Connection connection = direct(name).getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT id, value, deleted, counter, writer FROM item")) {
            while (row.next()) {
                boolean deleted = row.getBoolean(3);
                long value = deleted ? Op.NOTHING : Long.parseLong(row.getString(2));
                all.put(row.getLong(1), new Stored(value, deleted, row.getLong(4), row.getLong(5)));
            }
        }
        return all;
    }

    @Override
    public void close() throws IOException {
        direct.values().forEach(HikariDataSource::close);
        server.close();
    }
}

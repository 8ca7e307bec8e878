package dev.turnout.benchmarks.stages;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;

/**
 * A PostgreSQL server with the database of each path, and one for flags and the fleet. Each database can die, and each node can lose the way to
 * the last one: connections are ended, and further ones refused, until it is over.
 */
final class Server implements AutoCloseable {
    /** Which database. */
    enum Name {
        OLD,
        NEW,
        CONTROL;

        private String database() {
            return "bench_" + name().toLowerCase(Locale.ROOT);
        }
    }

    private static final String EVERYBODY = "postgres";
    private static final int CONNECT_MILLIS = 500;

    private final EmbeddedPostgres server;

    Server(int nodes) throws IOException, SQLException {
        server = EmbeddedPostgres.builder()
                .setServerConfig("fsync", "off") // a disk's flush would hide what is measured
                .setServerConfig("max_connections", "200")
                .setPGStartupWait(Duration.ofMinutes(1))
                .start();
        for (Name name : Name.values()) {
            execute("CREATE DATABASE " + name.database());
        }
        for (int node = 0; node < nodes; node++) {
            execute("CREATE ROLE " + role(node) + " SUPERUSER LOGIN");
        }
    }

    private static String role(int node) {
        return "bench_node_" + node;
    }

    /** Connections of a node to flags and fleet. */
    HikariDataSource control(int node, int connections) {
        return pool(Name.CONTROL, role(node), connections);
    }

    HikariDataSource pool(Name name, int connections) {
        return pool(name, EVERYBODY, connections);
    }

    private HikariDataSource pool(Name name, String role, int connections) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url(name.database(), role));
        config.setMaximumPoolSize(connections);
        config.setConnectionTimeout(CONNECT_MILLIS);
        config.setValidationTimeout(CONNECT_MILLIS - 100);
        return new HikariDataSource(config);
    }

    private String url(String database, String role) {
        return "jdbc:postgresql://localhost:" + server.getPort() + "/" + database + "?user=" + role
                + "&sslmode=disable&gssEncMode=disable&connectTimeout=2&socketTimeout=5";
    }

    void kill(Name name) {
        execute(
                "ALTER DATABASE " + name.database() + " ALLOW_CONNECTIONS false",
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + name.database() + "'");
    }

    void revive(Name name) {
        execute("ALTER DATABASE " + name.database() + " ALLOW_CONNECTIONS true");
    }

    /** Takes the way to flags and fleet from a node. */
    void cutOff(int node) {
        execute(
                "ALTER ROLE " + role(node) + " NOLOGIN",
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '" + role(node) + "'");
    }

    void reconnect(int node) {
        execute("ALTER ROLE " + role(node) + " LOGIN");
    }

    private void execute(String... statements) {
        try (Connection connection = DriverManager.getConnection(url("postgres", EVERYBODY));
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}

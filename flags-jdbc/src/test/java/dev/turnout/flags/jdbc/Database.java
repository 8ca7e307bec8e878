package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/** The databases that tests run against. Where PostgreSQL can't start, its tests fail and say why. */
public enum Database {
    H2 {
        @Override
        public DataSource create() {
            return at("jdbc:h2:mem:test" + NEXT.incrementAndGet() + ";DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=10000");
        }
    },
    POSTGRES {
        @Override
        public DataSource create() {
            String url = Server.get().getJdbcUrl("postgres", "postgres");
            String schema = "test" + NEXT.incrementAndGet();
            execute(at(url), "CREATE SCHEMA " + schema);
            return at(url + "&currentSchema=" + schema);
        }
    };

    private static final AtomicInteger NEXT = new AtomicInteger();

    /** An empty database, or one that looks so. */
    public abstract DataSource create();

    /** With a pool, as connections are slow to open; each has to come back as it was given. */
    private static DataSource at(String url) {
        Queue<Connection> idle = new ConcurrentLinkedQueue<>();
        return Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            if (!method.getName().equals("getConnection")) {
                throw new UnsupportedOperationException(method.getName());
            }
            Connection next = idle.poll();
            return pooled(next == null ? DriverManager.getConnection(url) : next, idle);
        });
    }

    private static Connection pooled(Connection connection, Queue<Connection> idle) {
        AtomicBoolean closed = new AtomicBoolean();
        return Faults.proxy(Connection.class, (proxy, method, arguments) -> {
            if (!method.getName().equals("close")) {
                if (closed.get()) {
                    throw new SQLException("The connection is closed.", "08003");
                }
                return Faults.call(connection, method, arguments);
            }
            if (!closed.getAndSet(true)) {
                assertThat(connection.getAutoCommit())
                        .as("commits by itself again")
                        .isTrue();
                assertThat(connection.getTransactionIsolation()).isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
                idle.add(connection);
            }
            return null;
        });
    }

    public static void execute(DataSource database, String... statements) {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e.getMessage(), e);
        }
    }

    /** One for all tests of a run; ends with the process. */
    private static final class Server {
        private static EmbeddedPostgres running;

        static synchronized EmbeddedPostgres get() {
            if (running == null) {
                try {
                    running = EmbeddedPostgres.builder()
                            .setServerConfig("fsync", "off")
                            .setPGStartupWait(Duration.ofMinutes(1)) // for a machine that is busy
                            .start();
                } catch (IOException | RuntimeException e) {
                    throw new IllegalStateException(
                            "PostgreSQL can't start here, so nothing is known of it. As root it needs user namespaces (try 'unshare -U true');"
                                    + " otherwise run the build as another user.",
                            e);
                }
            }
            return running;
        }
    }
}

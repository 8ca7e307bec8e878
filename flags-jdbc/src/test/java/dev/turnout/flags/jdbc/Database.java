package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.params.provider.Arguments;

/**
 * The databases that tests run against: those that the property {@code databases} names, which the build sets and prints. Where one of them cannot
 * start, its tests fail and say why.
 */
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
            String url = Postgres.get().getJdbcUrl("postgres", "postgres");
            String schema = "test" + NEXT.incrementAndGet();
            execute(at(url), "CREATE SCHEMA " + schema);
            return at(url + "&currentSchema=" + schema);
        }
    },
    /** With its own driver. */
    MARIADB {
        @Override
        public DataSource create() {
            return MariaDb.create("jdbc:mariadb:");
        }
    },
    /** MariaDB with MySQL's driver, as there is no MySQL that a build could start. */
    MARIADB_AS_MYSQL {
        @Override
        public DataSource create() {
            return MariaDb.create("jdbc:mysql:");
        }
    };

    private static final AtomicInteger NEXT = new AtomicInteger();
    private static final Set<Database> OF_THIS_BUILD = named("databases", "H2,POSTGRES");
    private static final Set<Database> TRIED = named("databases.tried", "");

    static {
        Set<Database> others = EnumSet.allOf(Database.class);
        others.removeAll(OF_THIS_BUILD);
        System.out.println("Databases of these tests: " + OF_THIS_BUILD
                + (others.isEmpty() ? "." : "; not run: " + others + ", which are in the profile mariadb."));
    }

    private static Set<Database> named(String property, String byDefault) {
        return Arrays.stream(System.getProperty(property, byDefault).split(","))
                .filter(name -> !name.isBlank())
                .map(Database::valueOf)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Database.class)));
    }

    /** Those that tests may use. */
    public static Set<Database> ofThisBuild() {
        return OF_THIS_BUILD;
    }

    /** Those on which tests are to run: all but those that {@code -Ddatabases.tried} names, which another run has tried. */
    public static Stream<Database> each() {
        return OF_THIS_BUILD.stream().filter(database -> !TRIED.contains(database));
    }

    /** Those of {@link #each} with one driver each: for long tests of what a database does, and not of what a driver makes of a value. */
    public static Stream<Database> products() {
        return each().filter(database -> database != MARIADB_AS_MYSQL);
    }

    /** Those of {@link #pairs} with one driver each. */
    public static Stream<Arguments> pairsOfProducts() {
        return pairs().filter(pair -> !Arrays.asList(pair.get()).contains(MARIADB_AS_MYSQL));
    }

    /** Each with itself and with each other one, but for pairs that another run has tried. */
    public static Stream<Arguments> pairs() {
        return OF_THIS_BUILD.stream()
                .flatMap(one -> OF_THIS_BUILD.stream()
                        .filter(other -> !TRIED.containsAll(EnumSet.of(one, other)))
                        .map(other -> Arguments.of(one, other)));
    }

    /** An empty database, or one that looks so. */
    public abstract DataSource create();

    /** With a pool, as connections are slow to open; each has to come back as it was given. */
    private static DataSource at(String url) {
        return Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            if (!method.getName().equals("getConnection")) {
                throw new UnsupportedOperationException(method.getName());
            }
            Connection next = IdleConnections.take(url);
            return pooled(next == null ? DriverManager.getConnection(url) : next, url);
        });
    }

    /**
     * Those that are open and not in use, of all databases. Few, as each test has databases of its own, which are not asked for again when it has
     * ended, and a server has only so many clients.
     */
    private static final class IdleConnections {
        private static final int MOST = 64;
        private static final Deque<Idle> ALL = new ArrayDeque<>();

        private record Idle(String url, Connection connection) {}

        static synchronized Connection take(String url) {
            for (Iterator<Idle> each = ALL.iterator(); each.hasNext(); ) {
                Idle idle = each.next();
                if (idle.url.equals(url)) {
                    each.remove();
                    return idle.connection;
                }
            }
            return null;
        }

        static synchronized void giveBack(String url, Connection connection) throws SQLException {
            ALL.addLast(new Idle(url, connection));
            if (ALL.size() > MOST) {
                ALL.removeFirst().connection.close();
            }
        }
    }

    private static Connection pooled(Connection connection, String url) throws SQLException {
        AtomicBoolean closed = new AtomicBoolean();
        int isolation = connection.getTransactionIsolation();
        return Faults.proxy(Connection.class, (proxy, method, arguments) -> {
            if (method.getName().equals("close")) {
                if (!closed.getAndSet(true)) {
                    assertThat(connection.getAutoCommit())
                            .as("commits by itself again")
                            .isTrue();
                    assertThat(connection.getTransactionIsolation()).isEqualTo(isolation);
                    IdleConnections.giveBack(url, connection);
                }
                return null;
            }
            if (closed.get()) {
                throw new SQLException("The connection is closed.", "08003");
            }
            if (method.getName().equals("abort")) {
                closed.set(true);
                try {
                    if (!connection.getAutoCommit()) {
                        connection.rollback(); // what the database does when it loses a client
                    }
                    connection.close();
                } catch (SQLException e) {
                    connection.abort(Runnable::run); // a driver that is given rows can do nothing else
                }
                return null;
            }
            return Faults.call(connection, method, arguments);
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
    private static final class MariaDb {
        private static int port;

        static DataSource create(String protocol) {
            String server = protocol + "//127.0.0.1:" + port() + "/";
            String name = "test" + NEXT.incrementAndGet();
            execute(at(server + "?user=root"), "CREATE DATABASE " + name);
            return at(server + name + "?user=root");
        }

        private static synchronized int port() {
            if (port == 0) {
                port = startMariaDb();
            }
            return port;
        }
    }

    /** Another one, which ends with the process too; returns its port. */
    static int startMariaDb(String... arguments) {
        try {
            return (int) Class.forName("dev.turnout.flags.jdbc.MariaDbServer")
                    .getMethod("start", String[].class)
                    .invoke(null, (Object) arguments);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(
                    "MariaDB cannot start here, so nothing is known of it. It needs the profile mariadb, and Linux on x86-64: "
                            + (e.getCause() == null ? e : e.getCause()),
                    e);
        }
    }

    /** What is at this address, with a pool. */
    static DataSource of(String url) {
        return at(url);
    }

    /** One for all tests of a run; ends with the process. */
    private static final class Postgres {
        private static EmbeddedPostgres running;

        static synchronized EmbeddedPostgres get() {
            if (running == null) {
                try {
                    running = EmbeddedPostgres.builder()
                            .setServerConfig("fsync", "off")
                            .setServerConfig("max_connections", "1000") // of some thousand tests, each with its own
                            .setPGStartupWait(Duration.ofMinutes(1)) // for a machine that is busy
                            .start();
                } catch (IOException | RuntimeException e) {
                    throw new IllegalStateException(
                            "PostgreSQL cannot start here, so nothing is known of it. As root it needs user namespaces (try 'unshare -U true');"
                                    + " otherwise run the build as another user.",
                            e);
                }
            }
            return running;
        }
    }
}

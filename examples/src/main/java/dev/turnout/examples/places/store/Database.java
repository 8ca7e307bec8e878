package dev.turnout.examples.places.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * One database: a small pool for requests, in which every wait has an end, and a smaller one for work in bulk, so the
 * two do not wait for each other. Thread-safe.
 */
public final class Database implements AutoCloseable {
    private static final int REQUESTS = 16;
    private static final int BULK = 4;
    private static final long LONGEST_WAIT_MILLIS = 5_000;
    private static final int REQUEST_TIMEOUT_MILLIS = 5_000;
    private static final int BULK_TIMEOUT_MILLIS = 60_000;

    /** What is done with a connection. */
    @FunctionalInterface
    public interface Work<T> {
        /** Does it. */
        T with(Connection connection) throws SQLException;
    }

    private interface Server {
        void stop() throws IOException;
    }

    private final String product;
    // Requests queue here, asleep; those that wait for a connection inside of the pool would spin for it.
    private final Semaphore turns = new Semaphore(REQUESTS);
    private final HikariDataSource requests;
    private final HikariDataSource bulk;
    private final Server server;

    private Database(String product, String url, String user, String timeoutSql, Server server) {
        this.product = product;
        this.requests = pool(url, user, REQUESTS, timeoutSql + REQUEST_TIMEOUT_MILLIS);
        this.bulk = pool(url, user, BULK, timeoutSql + BULK_TIMEOUT_MILLIS);
        this.server = server;
    }

    /**
     * H2 in this process's memory, for as long as the pools hold connections. It understands enough of PostgreSQL's language for one set of
     * statements.
     */
    public static Database h2(String name) {
        String url = "jdbc:h2:mem:" + name + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH"
                + ";QUERY_CACHE_SIZE=32;OPTIMIZE_REUSE_RESULTS=FALSE;LOCK_TIMEOUT=" + REQUEST_TIMEOUT_MILLIS;
        return new Database("H2", url, "", "SET QUERY_TIMEOUT ", () -> {});
    }

    /** A PostgreSQL server of its own, in a temporary directory. */
    public static Database postgres() {
        try {
            EmbeddedPostgres server = EmbeddedPostgres.builder().start();
            String url = server.getJdbcUrl("postgres", "postgres");
            return new Database("PostgreSQL", url, "postgres", "SET statement_timeout = ", server::close);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "PostgreSQL cannot be started here. Use -Ddemo.db=h2, which needs no server.", e);
        }
    }

    private static HikariDataSource pool(String url, String user, int size, String initSql) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setUsername(user);
        config.setMaximumPoolSize(size);
        config.setMaxLifetime(0); // nothing between here and the database cuts idle connections
        config.setConnectionTimeout(LONGEST_WAIT_MILLIS);
        config.setConnectionInitSql(initSql);
        return new HikariDataSource(config);
    }

    /** What it is, in words. */
    public String product() {
        return product;
    }

    /** For work in bulk. */
    public DataSource bulk() {
        return bulk;
    }

    /** Does one thing, in a transaction of its own if it is one statement. */
    <T> T run(String what, Work<T> work) {
        awaitTurn(what);
        try (Connection connection = requests.getConnection()) {
            return work.with(connection);
        } catch (SQLException e) {
            throw new PlaceStoreException(product + " could not " + what + ".", e);
        } finally {
            turns.release();
        }
    }

    private void awaitTurn(String what) {
        try {
            if (turns.tryAcquire(LONGEST_WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new PlaceStoreException(product + " could not " + what + ": too many wait for it.");
    }

    /** Does several things, or none of them. */
    <T> T inTransaction(String what, Work<T> work) {
        return run(what, connection -> inTransaction(connection, work));
    }

    /** As {@link #inTransaction}, with more time. */
    <T> T inBulk(String what, Work<T> work) {
        try (Connection connection = bulk.getConnection()) {
            return inTransaction(connection, work);
        } catch (SQLException e) {
            throw new PlaceStoreException(product + " could not " + what + ".", e);
        }
    }

    private static <T> T inTransaction(Connection connection, Work<T> work) throws SQLException {
        connection.setAutoCommit(false);
        boolean done = false;
        try {
            T result = work.with(connection);
            connection.commit();
            done = true;
            return result;
        } finally {
            if (!done) {
                connection.rollback();
            }
            connection.setAutoCommit(true);
        }
    }

    /** Runs statements that are separated by semicolons at ends of lines. */
    void script(String statements) {
        inBulk("run a script", connection -> {
            try (Statement statement = connection.createStatement()) {
                for (String sql : statements.split(";\\s*\n")) {
                    statement.execute(sql);
                }
            }
            return true;
        });
    }

    @Override
    public void close() {
        requests.close();
        bulk.close();
        try {
            server.stop();
        } catch (IOException e) {
            throw new UncheckedIOException(product + " did not stop.", e);
        }
    }
}

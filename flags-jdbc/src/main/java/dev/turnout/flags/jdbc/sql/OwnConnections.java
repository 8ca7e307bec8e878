package dev.turnout.flags.jdbc.sql;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Takes connections that no other code uses. Some data sources give, inside a transaction of the caller, the connection of that transaction: what is
 * committed on it commits what the caller may still want to roll back. A connection that commits by itself is in no transaction. One that does not is
 * used only where the data source always gives such ones, which a thread without a transaction finds out, and where no transaction is open on it.
 */
public final class OwnConnections {
    private static final String SPRING = "org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy";
    private static final String REMEDY =
            " Give the pool itself, or whatever else always gives a connection of its own, and not what wraps it for transactions; of Spring's"
                    + " TransactionAwareDataSourceProxy that is getTargetDataSource().";
    private static final long LONGEST_LOOK_SECONDS = 2;

    private static final ClassValue<Boolean> IS_SPRINGS = new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
            for (Class<?> each = type; each != null; each = each.getSuperclass()) {
                if (each.getName().equals(SPRING)) {
                    return true;
                }
            }
            return false;
        }
    };

    /** Whether the connections of a data source commit by themselves when they are taken outside of transactions. */
    private static final Map<Source, Boolean> COMMIT_BY_THEMSELVES = new ConcurrentHashMap<>();

    private static final ReferenceQueue<DataSource> GONE = new ReferenceQueue<>();

    /** A data source, by its identity, which does not keep it from being collected. */
    private static final class Source extends WeakReference<DataSource> {
        private final int hash;

        Source(DataSource database) {
            super(database, GONE);
            hash = System.identityHashCode(database);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            DataSource database = get();
            return this == other || (database != null && other instanceof Source source && source.get() == database);
        }
    }

    private OwnConnections() {}

    /**
     * Refuses a data source of which it is known without asking that it gives away the caller's connection.
     *
     * @throws IllegalArgumentException with the remedy
     */
    public static void check(DataSource database) {
        if (IS_SPRINGS.get(database.getClass())) {
            throw new IllegalArgumentException("A " + database.getClass().getSimpleName()
                    + " gives the connection of the caller's transaction, which would be committed with what is written here."
                    + REMEDY);
        }
    }

    /**
     * A connection on which nothing was begun. Blocks.
     *
     * @throws SQLException if there is none, or if it is, or may be, that of the caller's transaction; nothing was done on it
     */
    static Connection take(DataSource database) throws SQLException {
        check(database);
        Source source = new Source(database);
        Connection connection = Pool.connection(database);
        if (isAutoCommit(connection)) {
            remember(source, true);
            return connection;
        }
        Boolean usual = COMMIT_BY_THEMSELVES.get(source);
        if (usual == null) {
            connection.close(); // it may be the only one of a pool
            remember(source, isAutoCommitElsewhere(database));
            return take(database);
        }
        if (usual || isInTransaction(connection)) {
            connection.close(); // which leaves the caller's as it is
            throw new SQLException(
                    "The data source gave a connection in the middle of a transaction, most likely the caller's, which would be"
                            + " committed with what is written here; nothing was done." + REMEDY);
        }
        return connection;
    }

    private static boolean isAutoCommit(Connection connection) throws SQLException {
        try {
            return connection.getAutoCommit();
        } catch (Throwable e) { // also an Error of a driver: the pool would lack it for ever
            connection.close();
            throw e;
        }
    }

    private static boolean isInTransaction(Connection connection) throws SQLException {
        try {
            return Dialect.of(connection).isInTransaction(connection);
        } catch (Throwable e) { // also an Error of a driver: the pool would lack it for ever
            connection.close();
            throw e;
        }
    }

    private static void remember(Source source, boolean commitsByItself) {
        if (COMMIT_BY_THEMSELVES.putIfAbsent(source, commitsByItself) == null) {
            for (Object gone = GONE.poll(); gone != null; gone = GONE.poll()) {
                COMMIT_BY_THEMSELVES.remove(gone);
            }
        }
    }

    /** On a thread that has no transaction, nor inherits one. */
    private static boolean isAutoCommitElsewhere(DataSource database) throws SQLException {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        Runnable look = () -> {
            try (Connection connection = database.getConnection()) {
                answer.complete(connection.getAutoCommit());
            } catch (Throwable e) { // the waiting thread gets it, of any type
                answer.completeExceptionally(e);
            }
        };
        Thread thread = new Thread(null, look, "turnout-jdbc-look", 0, false);
        thread.setDaemon(true);
        thread.start();
        try {
            return answer.get(LONGEST_LOOK_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw unknown(e.getCause());
        } catch (TimeoutException e) {
            throw unknown(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLException("Interrupted while waiting for a connection.", e);
        }
    }

    private static SQLException unknown(@Nullable Throwable reason) {
        String state = reason instanceof SQLException known ? known.getSQLState() : null;
        return new SQLException(
                "The data source gave a connection that does not commit by itself, which may be the caller's, and no other one to compare it with"
                        + " (" + (reason instanceof TimeoutException ? "within " + LONGEST_LOOK_SECONDS + " s" : reason)
                        + "); nothing was done." + REMEDY,
                state,
                reason);
    }
}

package dev.turnout.flags.jdbc.sql;

import dev.turnout.flags.migration.TransactionProbe;
import dev.turnout.flags.store.TimeSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Takes connections of pools that others use too. A thread inside a transaction most likely holds a connection of the
 * same pool already: if all do, and each waits for a second one, all wait until the pool times out. So there it waits
 * only for a moment, where the pool reports how many connections it has left. The error for a caller that gets none
 * contains what to do.
 */
final class Pool {
    private static final long LONGEST_WAIT_IN_TRANSACTION_NANOS =
            Duration.ofSeconds(1).toNanos();
    private static final long PAUSE_NANOS = 1_000_000;
    private static final int FEWEST_TO_LEND_ONE_FOR_LONG = 8;
    private static final String REMEDY =
            " Give Turnout's tables a small pool of their own to the same database; two connections are enough.";

    /** How a kind of pool reports what it has; found by reflection, as none of them is a dependency. */
    private enum Kind {
        HIKARI("com.zaxxer.hikari.HikariDataSource") {
            @Override
            boolean isUsedUp(DataSource pool) throws ReflectiveOperationException {
                Object running = call(pool, pool.getClass(), "getHikariPoolMXBean");
                if (running == null) {
                    return false; // it was not used yet
                }
                Class<?> type = Class.forName(
                        "com.zaxxer.hikari.HikariPoolMXBean",
                        false,
                        pool.getClass().getClassLoader());
                return number(running, type, "getIdleConnections") == 0
                        && number(running, type, "getTotalConnections") >= size(pool);
            }

            @Override
            int size(DataSource pool) throws ReflectiveOperationException {
                return number(pool, pool.getClass(), "getMaximumPoolSize");
            }

            @Override
            boolean looksForLeaks(DataSource pool) throws ReflectiveOperationException {
                return !Long.valueOf(0).equals(call(pool, pool.getClass(), "getLeakDetectionThreshold"));
            }
        },
        TOMCAT("org.apache.tomcat.jdbc.pool.DataSourceProxy") {
            @Override
            boolean isUsedUp(DataSource pool) throws ReflectiveOperationException {
                return number(pool, pool.getClass(), "getActive") >= size(pool);
            }

            @Override
            int size(DataSource pool) throws ReflectiveOperationException {
                return number(pool, pool.getClass(), "getMaxActive");
            }

            @Override
            boolean looksForLeaks(DataSource pool) throws ReflectiveOperationException {
                return !Boolean.FALSE.equals(call(pool, pool.getClass(), "isRemoveAbandoned"))
                        || number(pool, pool.getClass(), "getSuspectTimeout") > 0;
            }
        };

        private final String type;

        Kind(String type) {
            this.type = type;
        }

        /** Whether it has none to give now. */
        abstract boolean isUsedUp(DataSource pool) throws ReflectiveOperationException;

        /** How many it has at most. */
        abstract int size(DataSource pool) throws ReflectiveOperationException;

        /** Whether it takes a connection that is away for long for one that was lost. */
        abstract boolean looksForLeaks(DataSource pool) throws ReflectiveOperationException;

        private static int number(Object of, Class<?> type, String method) throws ReflectiveOperationException {
            return call(of, type, method) instanceof Integer number ? number : Integer.MAX_VALUE;
        }

        private static @Nullable Object call(Object of, Class<?> type, String name)
                throws ReflectiveOperationException {
            return type.getMethod(name).invoke(of);
        }
    }

    private static final ClassValue<@Nullable Kind> KIND = new ClassValue<>() {
        @Override
        protected @Nullable Kind computeValue(Class<?> type) {
            for (Class<?> each = type; each != null; each = each.getSuperclass()) {
                for (Kind kind : Kind.values()) {
                    if (kind.type.equals(each.getName())) {
                        return kind;
                    }
                }
            }
            return null;
        }
    };

    private Pool() {}

    /**
     * A connection. Blocks.
     *
     * @throws SQLException if there is none; with the remedy if the pool is used up
     */
    static Connection connection(DataSource database) throws SQLException {
        Kind kind = KIND.get(database.getClass());
        if (kind != null && TransactionProbe.isAnyActive()) {
            awaitOne(kind, database);
        }
        try {
            return database.getConnection();
        } catch (SQLException e) {
            if (isOfUsedUp(e)) {
                throw new SQLTransientConnectionException(
                        "All connections of the pool are in use, and none came back in time: " + e.getMessage() + "."
                                + REMEDY,
                        e.getSQLState(),
                        e.getErrorCode(),
                        e);
            }
            throw e;
        }
    }

    private static void awaitOne(Kind kind, DataSource pool) throws SQLException {
        long began = TimeSource.SYSTEM.nanoTime();
        while (isUsedUp(kind, pool)) {
            if (TimeSource.SYSTEM.nanoTime() - began > LONGEST_WAIT_IN_TRANSACTION_NANOS
                    || Thread.currentThread().isInterrupted()) {
                throw new SQLTransientConnectionException(
                        "All connections of the pool are in use. The caller is inside a transaction and so holds one of them, most likely: to"
                                + " wait for a second one, as others do, could last until the pool times out. Nothing was done."
                                + REMEDY);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /** Whether it is known to have no connection to give now. */
    static boolean isUsedUp(DataSource pool) {
        Kind kind = KIND.get(pool.getClass());
        return kind != null && isUsedUp(kind, pool);
    }

    /** Whether it is known to have enough connections that one can be kept, and to think nothing of it. */
    static boolean lendsForLong(DataSource pool) {
        Kind kind = KIND.get(pool.getClass());
        try {
            return kind != null && kind.size(pool) >= FEWEST_TO_LEND_ONE_FOR_LONG && !kind.looksForLeaks(pool);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return false; // another version of it, which does not report it
        }
    }

    private static boolean isUsedUp(Kind kind, DataSource pool) {
        try {
            return kind.isUsedUp(pool);
        } catch (ReflectiveOperationException | RuntimeException e) {
            return false; // another version of it, which does not report it
        }
    }

    /** Not of a database that cannot be reached: Hikari then gives the reason as the cause. */
    private static boolean isOfUsedUp(SQLException e) {
        String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
        boolean hikari = e instanceof SQLTransientConnectionException
                && e.getCause() == null
                && message.contains("request timed out");
        return hikari || e.getClass().getSimpleName().equals("PoolExhaustedException"); // Tomcat's
    }
}

package dev.turnout.flags.jdbc.sql;

import dev.turnout.flags.store.TimeSource;
import java.io.PrintWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a pool, kept for what must not wait until the pool's other users give one back, such as a heartbeat. It is taken when it is first
 * needed, and given back when nothing holds on to it any more; from time to time it is exchanged, so the pool can
 * renew what is old. Where it is in use for long, or the pool is one that lends none for long, connections are those of the pool. Thread-safe.
 */
public final class KeptConnection implements DataSource {
    private static final long LONGEST_WAIT_MILLIS = 2_000;
    private static final int LONGEST_CHECK_SECONDS = 2;
    private static final long OLD_NANOS = Duration.ofMinutes(10).toNanos();

    private final DataSource pool;
    private final boolean isAllowed;
    private final AtomicInteger holders = new AtomicInteger();
    private final Semaphore free = new Semaphore(1, true);
    private volatile @Nullable Connection kept; // written by who has the permit
    private long takenNanos; // guarded by the permit

    /**
     * Takes none yet.
     *
     * @param isAllowed whether any is kept
     */
    public KeptConnection(DataSource pool, boolean isAllowed) {
        this.pool = pool;
        this.isAllowed = isAllowed;
    }

    /** From now on a connection is kept, until {@link #release} was called as often. */
    public void hold() {
        holders.incrementAndGet();
    }

    /** Gives the connection back if it was the last one who holds on to it. Throws nothing. */
    public void release() {
        if (holders.decrementAndGet() == 0 && free.tryAcquire()) { // who has it gives it back otherwise
            ended();
        }
    }

    @Override
    public Connection getConnection() throws SQLException {
        if (!isAllowed || holders.get() == 0 || !Pool.lendsForLong(pool) || !acquired()) {
            return Pool.connection(pool);
        }
        boolean isLent = false;
        try {
            Connection connection = lent(usable());
            isLent = true;
            return connection;
        } finally {
            if (!isLent) {
                ended();
            }
        }
    }

    private boolean acquired() {
        try {
            return free.tryAcquire(LONGEST_WAIT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Connection usable() throws SQLException {
        Connection known = kept;
        if (known != null && (isOldAndReplaceable() || !isValid(known))) {
            giveBack(known);
            known = null;
        }
        if (known == null) {
            known = Pool.connection(pool);
            takenNanos = TimeSource.SYSTEM.nanoTime();
            kept = known;
        }
        return known;
    }

    private boolean isOldAndReplaceable() {
        return TimeSource.SYSTEM.nanoTime() - takenNanos > OLD_NANOS && !Pool.isUsedUp(pool);
    }

    private static boolean isValid(Connection connection) {
        try {
            return connection.isValid(LONGEST_CHECK_SECONDS);
        } catch (Throwable e) { // also an Error of a driver
            return false;
        }
    }

    /** The same, of which the end of its use is no end of it. */
    private Connection lent(Connection connection) {
        AtomicBoolean isOver = new AtomicBoolean();
        return (Connection) Proxy.newProxyInstance(
                KeptConnection.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("close")) {
                        if (!isOver.getAndSet(true)) {
                            ended();
                        }
                        return null;
                    }
                    try {
                        return method.invoke(connection, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /** Of a use: by who has the permit. */
    private void ended() {
        do {
            if (holders.get() == 0) {
                giveBack(kept);
            }
            free.release();
        } while (kept != null && holders.get() == 0 && free.tryAcquire()); // as another holder released it just now
    }

    private void giveBack(@Nullable Connection connection) {
        kept = null;
        if (connection != null) {
            try {
                connection.close();
            } catch (Throwable e) { // it is lost, or its pool is: there is nothing to do about it
            }
        }
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        throw new SQLFeatureNotSupportedException("Only connections of the pool's own user are kept.");
    }

    @Override
    public @Nullable PrintWriter getLogWriter() throws SQLException {
        return pool.getLogWriter();
    }

    @Override
    public void setLogWriter(PrintWriter out) throws SQLException {
        pool.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        pool.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return pool.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return pool.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(this) ? type.cast(this) : pool.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(this) || pool.isWrapperFor(type);
    }
}

package dev.turnout.flags.jdbc;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** A database that fails where it is configured to: at one of its steps, each a connection taken or unwrapped, a statement executed or a commit. */
public final class Faults {
    private final DataSource database;
    private int step;
    private int failAt = Integer.MAX_VALUE;
    private boolean afterEffect;
    private volatile boolean down;
    private String state = "08006";

    public Faults(DataSource database) {
        this.database = database;
    }

    /** Fails the n-th step from now on, once, and cuts its connection; {@code afterEffect} only after it has been done. */
    public void failAt(int stepFromNow, boolean afterwards) {
        step = 0;
        failAt = stepFromNow;
        afterEffect = afterwards;
    }

    /** What the step fails with; by default, a state that may pass by itself. */
    public Faults state(String sqlState) {
        state = sqlState;
        return this;
    }

    /** Fails no more. */
    public void stop() {
        failAt = Integer.MAX_VALUE;
    }

    /** Whether the step that was to fail has been reached. */
    public boolean hasFailed() {
        return step >= failAt;
    }

    /** Refuses connections. */
    public void setDown(boolean isDown) {
        down = isDown;
    }

    public DataSource dataSource() {
        return proxy(DataSource.class, (proxy, method, arguments) -> {
            if (down) {
                throw new SQLException("Connection refused", "08001");
            }
            Object result = call(database, method, arguments);
            if (result instanceof Connection connection) {
                before(connection);
                return wrap(connection);
            }
            return result;
        });
    }

    private Connection wrap(Connection connection) {
        return proxy(Connection.class, (proxy, method, arguments) -> {
            // Who unwraps a connection is about to do what cannot be seen from here, such as a COPY.
            boolean isStep =
                    method.getName().equals("commit") || method.getName().equals("unwrap");
            Object result = around(isStep, connection, connection, method, arguments);
            return result instanceof PreparedStatement statement
                    ? wrap(PreparedStatement.class, connection, statement)
                    : result instanceof Statement statement ? wrap(Statement.class, connection, statement) : result;
        });
    }

    private <T> T wrap(Class<T> type, Connection connection, T statement) {
        return proxy(
                type,
                (proxy, method, arguments) ->
                        around(method.getName().startsWith("execute"), connection, statement, method, arguments));
    }

    private Object around(boolean isStep, Connection connection, Object target, Method method, Object[] arguments)
            throws Throwable {
        if (!isStep) {
            return call(target, method, arguments);
        }
        if (!afterEffect) {
            before(connection);
            return call(target, method, arguments);
        }
        Object result = call(target, method, arguments);
        before(connection);
        return result;
    }

    private void before(Connection connection) throws SQLException {
        if (++step == failAt) {
            connection.abort(Runnable::run);
            throw new SQLException("Cut at step " + step, state);
        }
    }

    public static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(Faults.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    public static Object call(Object target, Method method, Object[] arguments) throws Throwable {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}

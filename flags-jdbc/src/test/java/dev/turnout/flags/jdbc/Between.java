package dev.turnout.flags.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** A database in which something happens right before or after a statement, or instead of it. */
final class Between {
    private final DataSource database;
    private volatile Consumer<String> before = sql -> {};
    private volatile Consumer<String> after = sql -> {};
    private final AtomicInteger executed = new AtomicInteger();
    private volatile String failing = "nothing";

    Between(DataSource database) {
        this.database = database;
    }

    /** Once, at the next statement that contains this text. */
    void before(String text, Runnable event) {
        before = sql -> {
            if (sql.contains(text)) {
                before = other -> {};
                event.run();
            }
        };
    }

    /** The same, when it has been executed; its transaction may not be over. */
    void after(String text, Runnable event) {
        after = sql -> {
            if (sql.contains(text)) {
                after = other -> {};
                event.run();
            }
        };
    }

    /** Statements that contain this text fail from now on. */
    void fail(String text) {
        failing = text;
    }

    /** How many statements are executed meanwhile. */
    int count(Runnable work) {
        int begin = executed.get();
        work.run();
        return executed.get() - begin;
    }

    /** They do so no more. */
    void heal() {
        failing = "nothing";
    }

    DataSource dataSource() {
        return Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            Object result = Faults.call(database, method, arguments);
            return result instanceof Connection connection ? wrap(connection) : result;
        });
    }

    private Connection wrap(Connection connection) {
        return Faults.proxy(Connection.class, (proxy, method, arguments) -> {
            Object result = Faults.call(connection, method, arguments);
            return result instanceof PreparedStatement statement ? wrap(statement, (String) arguments[0]) : result;
        });
    }

    private PreparedStatement wrap(PreparedStatement statement, String sql) {
        return Faults.proxy(PreparedStatement.class, (proxy, method, arguments) -> {
            if (!method.getName().startsWith("execute")) {
                return Faults.call(statement, method, arguments);
            }
            if (sql.contains(failing)) {
                throw new SQLException("It fails", "08006");
            }
            executed.incrementAndGet();
            before.accept(sql);
            Object result = Faults.call(statement, method, arguments);
            after.accept(sql);
            return result;
        });
    }
}

package dev.turnout.flags.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** A database in which something happens right before or after a statement. */
final class Between {
    private final DataSource database;
    private Consumer<String> before = sql -> {};
    private Consumer<String> after = sql -> {};

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
            before.accept(sql);
            Object result = Faults.call(statement, method, arguments);
            after.accept(sql);
            return result;
        });
    }
}

package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Faults;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.threads.OwnThread;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Tables, records and interruptions for tests of paths that are made of a mapping. */
abstract class JdbcPathFixture {
    static final String MARKS =
            "version BIGINT DEFAULT 0 NOT NULL, writer BIGINT DEFAULT 0 NOT NULL, deleted BOOLEAN DEFAULT FALSE NOT NULL";
    static final Version ONE = new Version(1, 1);
    static final Version TWO = new Version(2, 2);

    final Database kind;
    final DataSource database;
    final boolean isMySql;

    JdbcPathFixture(Database kind) {
        this.kind = kind;
        database = kind.create();
        isMySql = kind == Database.MARIADB || kind == Database.MARIADB_AS_MYSQL;
    }

    /** What distinguishes all texts. */
    String exactText() {
        return isMySql ? " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin" : "";
    }

    void execute(String... statements) {
        Database.execute(database, statements);
    }

    List<String> texts(String query) throws SQLException {
        return Statements.query(database, row -> row.getString(1), query);
    }

    /** Something happens once, before or after a statement that begins so. */
    DataSource hooked(String text, boolean isBefore, Runnable event) {
        AtomicBoolean done = new AtomicBoolean();
        String wanted = text.toLowerCase(Locale.ROOT);
        return Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            Connection connection = (Connection) Faults.call(database, method, arguments);
            return Faults.proxy(Connection.class, (self, call, parameters) -> {
                Object result = Faults.call(connection, call, parameters);
                if (!(result instanceof PreparedStatement statement)) {
                    return result;
                }
                String sql = ((String) parameters[0]).toLowerCase(Locale.ROOT).replaceAll("[\"`]", "");
                return Faults.proxy(PreparedStatement.class, (that, each, values) -> {
                    boolean isIt = each.getName().startsWith("execute") && sql.startsWith(wanted);
                    if (isIt && isBefore && !done.getAndSet(true)) {
                        event.run();
                    }
                    Object answer = Faults.call(statement, each, values);
                    if (isIt && !isBefore && !done.getAndSet(true)) {
                        event.run();
                    }
                    return answer;
                });
            });
        });
    }

    /** Something that may have to wait for us; it continues later then. */
    static CompletableFuture<Void> briefly(Runnable other) {
        CompletableFuture<Void> running = OwnThread.run(other);
        try {
            running.get(1, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            // it waits for a lock
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e);
        }
        return running;
    }

    static TableMapping.Builder mapping(String... columns) {
        TableMapping.Builder builder = TableMapping.from("t").into("t").key("id");
        for (String column : columns) {
            builder.column(column);
        }
        return builder;
    }

    static TableMapping lines() {
        return TableMapping.from("line")
                .into("line")
                .key("order_id")
                .key("no")
                .column("article")
                .build();
    }

    record Named(long id, @Nullable String name) {}

    record Order(long id, String customer, List<Line> lines) {}

    record Line(int no, String article) {}

    record Bare(long id, List<Line> lines) {}

    VersionedDataPath<Long, Order> orders(DataSource of) {
        return JdbcPath.of(
                        mapping("customer")
                                .version("version", "writer")
                                .deleted("deleted")
                                .build(),
                        Long.class,
                        Order.class)
                .children("lines", lines())
                .versioned(Side.NEW, of);
    }

    void createOrders(String moreOfLines) {
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20), " + MARKS + ")",
                "CREATE TABLE line (order_id BIGINT NOT NULL, no INT NOT NULL, article VARCHAR(20), " + moreOfLines
                        + "PRIMARY KEY (order_id, no))");
    }

    /** Its constructor knows what belongs together. */
    record Checked(long id, String customer, List<Line> lines) {
        Checked {
            if (lines.stream().anyMatch(line -> !line.article().equals(customer))) {
                throw new IllegalArgumentException("A line of another customer");
            }
        }
    }

    record Text(String id, @Nullable String name) {}

    record Named2(String name) {}

    record Decimal(BigDecimal id, @Nullable String name) {}

    record Flat(long id, @Nullable String customer) {}

    JdbcPath<Long, Flat> flats() {
        return JdbcPath.of(
                mapping("customer")
                        .version("version", "writer")
                        .deleted("deleted")
                        .build(),
                Long.class,
                Flat.class);
    }

    /** As pools do that are configured to. */
    DataSource withoutAutoCommit() {
        return Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            Connection connection = (Connection) Faults.call(database, method, arguments);
            connection.setAutoCommit(false);
            return Faults.proxy(Connection.class, (self, call, parameters) -> {
                if (call.getName().equals("close") && !connection.isClosed()) {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
                return Faults.call(connection, call, parameters);
            });
        });
    }

    /** The same database with an option of the driver. */
    DataSource with(String option) throws SQLException {
        String url;
        try (Connection connection = database.getConnection()) {
            url = connection.getMetaData().getURL();
        }
        String root = url.contains("user=") ? "" : (url.contains("?") ? "&" : "?") + "user=root";
        String whole = url + root + (url.contains("?") || !root.isEmpty() ? "&" : "?") + option;
        return Faults.proxy(
                DataSource.class, (proxy, method, arguments) -> java.sql.DriverManager.getConnection(whole));
    }

    JdbcPath<Long, Order> plainOrders() {
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20))",
                "CREATE TABLE line (order_id BIGINT NOT NULL, no INT NOT NULL, article VARCHAR(20), PRIMARY KEY (order_id, no))");
        return JdbcPath.of(mapping("customer").build(), Long.class, Order.class).children("lines", lines());
    }

    static DataSource hookedBefore(DataSource of, String text, Runnable event) {
        AtomicBoolean done = new AtomicBoolean();
        return Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            Connection connection = (Connection) Faults.call(of, method, arguments);
            return Faults.proxy(Connection.class, (self, call, parameters) -> {
                boolean isIt = call.getName().equals("prepareStatement")
                        && ((String) parameters[0])
                                .toLowerCase(Locale.ROOT)
                                .replaceAll("[\"`]", "")
                                .startsWith(text);
                if (isIt && !done.getAndSet(true)) {
                    OwnThread.run(event).join();
                }
                return Faults.call(connection, call, parameters);
            });
        });
    }
}

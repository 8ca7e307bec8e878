package dev.turnout.flags.jdbc.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.threads.OwnThread;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What comes between the statements of paths without versions. */
@OnEachDatabase
@Timeout(120)
class JdbcPathPlainRacesTest extends JdbcPathFixture {
    JdbcPathPlainRacesTest(Database kind) {
        super(kind);
    }

    @Test
    void a_plain_delete_whom_a_put_comes_between_leaves_no_children_and_is_no_error() throws SQLException {
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20))",
                "CREATE TABLE line (order_id BIGINT NOT NULL, no INT NOT NULL, article VARCHAR(20), PRIMARY KEY (order_id, no))");
        JdbcPath<Long, Order> paths = JdbcPath.of(mapping("customer").build(), Long.class, Order.class)
                .children("lines", lines());
        DataPath<Long, Order> path = paths.plain(Side.NEW, database);
        path.put(1L, new Order(1, "ana", List.of()));
        List<CompletableFuture<Void>> other = new ArrayList<>();
        DataSource between = hooked("delete from line", false, () -> {
            other.add(briefly(() -> path.put(1L, new Order(1, "bo", List.of(new Line(1, "bo"))))));
        });

        paths.plain(Side.NEW, between).delete(1L);
        other.get(0).join();

        assertThat(texts("SELECT article FROM line WHERE order_id NOT IN (SELECT id FROM t)"))
                .as("children without a parent")
                .isEmpty();
    }

    @Test
    void a_plain_delete_whom_a_put_comes_between_is_no_error_of_a_foreign_key() throws SQLException {
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, customer VARCHAR(20))",
                "CREATE TABLE line (order_id BIGINT NOT NULL REFERENCES t (id), no INT NOT NULL, article VARCHAR(20), PRIMARY KEY (order_id, no))");
        JdbcPath<Long, Order> paths = JdbcPath.of(mapping("customer").build(), Long.class, Order.class)
                .children("lines", lines());
        DataPath<Long, Order> path = paths.plain(Side.NEW, database);
        path.put(1L, new Order(1, "ana", List.of()));
        List<CompletableFuture<Void>> other = new ArrayList<>();
        DataSource between = hooked("delete from line", false, () -> {
            other.add(briefly(() -> path.put(1L, new Order(1, "bo", List.of(new Line(1, "bo"))))));
        });

        paths.plain(Side.NEW, between).delete(1L);
        other.get(0).join();

        assertThat(path.get(1L)).contains(new Order(1, "bo", List.of(new Line(1, "bo"))));
    }

    @Test
    void a_plain_write_that_a_trigger_swallows_is_an_error() {
        assumeTrue(kind == Database.POSTGRES);
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(20))",
                "CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                "CREATE TRIGGER swallow BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION nothing()");
        DataPath<Long, Named> path =
                JdbcPath.of(mapping("name").build(), Long.class, Named.class).plain(Side.NEW, database);

        assertThatThrownBy(() -> path.put(1L, new Named(1, "ana"))).isInstanceOf(RuntimeException.class);
    }

    @Test
    void a_plain_put_whom_a_delete_comes_between_leaves_no_children_of_nobody() throws SQLException {
        JdbcPath<Long, Order> paths = plainOrders();
        DataPath<Long, Order> path = paths.plain(Side.NEW, database);
        List<CompletableFuture<Void>> other = new ArrayList<>();
        Order mine = new Order(1, "ana", List.of(new Line(1, "ana")));
        DataSource between = hooked("insert into t ", false, () -> {
            other.add(briefly(() -> path.delete(1L)));
        });
        DataSource both = hookedBefore(between, "insert into t ", () -> path.put(1L, new Order(1, "bo", List.of())));

        paths.plain(Side.NEW, both).put(1L, mine);
        other.forEach(CompletableFuture::join);

        assertThat(texts("SELECT article FROM line WHERE order_id NOT IN (SELECT id FROM t)"))
                .as("children without a parent")
                .isEmpty();
    }

    @Test
    void readers_of_a_plain_record_see_no_mixture_and_nobody_fails() {
        JdbcPath<Long, Order> paths = plainOrders();
        DataPath<Long, Order> path = paths.plain(Side.NEW, database);
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int writer = 1; writer <= 4; writer++) {
            int me = writer;
            all.add(OwnThread.run(() -> {
                for (int i = 0; i < 40; i++) {
                    long key = i % 2;
                    String name = me + "-" + i;
                    path.put(key, new Order(key, name, List.of(new Line(me, name), new Line(me + 10, name))));
                }
            }));
        }
        while (!all.stream().allMatch(CompletableFuture::isDone)) {
            path.get(1L).ifPresent(order -> {
                assertThat(order.lines()).hasSize(2);
                assertThat(order.lines()).allMatch(line -> line.article().equals(order.customer()));
            });
        }
        all.forEach(CompletableFuture::join);
    }

    @Test
    void puts_and_deletes_of_a_plain_record_at_once_do_not_fail() throws SQLException {
        JdbcPath<Long, Order> paths = plainOrders();
        DataPath<Long, Order> path = paths.plain(Side.NEW, database);
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int writer = 1; writer <= 4; writer++) {
            int me = writer;
            all.add(OwnThread.run(() -> {
                for (int i = 0; i < 40; i++) {
                    String name = me + "-" + i;
                    if (me % 2 == 0) {
                        path.delete(1L);
                    } else {
                        path.put(1L, new Order(1, name, List.of(new Line(me, name), new Line(me + 10, name))));
                    }
                }
            }));
        }
        all.forEach(CompletableFuture::join);

        assertThat(texts("SELECT article FROM line WHERE order_id NOT IN (SELECT id FROM t)"))
                .as("children without a parent")
                .isEmpty();
    }
}

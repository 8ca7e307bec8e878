package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import net.bytebuddy.ByteBuddy;
import net.bytebuddy.description.modifier.Visibility;
import net.bytebuddy.dynamic.loading.ClassLoadingStrategy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Inside a transaction of the caller, which may still be rolled back. */
class CallerTransactionTest {
    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private final ThreadLocal<Boolean> inTransaction = ThreadLocal.withInitial(() -> false);
    private Rig rig = new Rig(Stage.OFF);

    private MigrationBuilder<Integer, String> builder(Stage stage) {
        rig = new Rig(stage);
        MigrationBuilder<Integer, String> builder =
                rig.builder(oldPath, newPath).deadline(Duration.ofMillis(50));
        builder.probes = List.of(inTransaction::get);
        return builder;
    }

    private Migration<Integer, String> at(Stage stage) {
        return rig.opened(builder(stage).build(rig.flags()));
    }

    @AfterEach
    void close() throws Exception {
        inTransaction.remove();
        rig.close();
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void no_write_is_made_or_recorded_there(Stage stage) {
        oldPath.seed(1, "a");
        newPath.seed(1, "a");
        Migration<Integer, String> migration = at(stage);
        Reconciler<Integer> reconciler = migration.reconciler();
        inTransaction.set(true);
        oldPath.fail(); // would be seen
        newPath.fail();

        for (Consumer<Migration<Integer, String>> write : List.<Consumer<Migration<Integer, String>>>of(
                m -> m.put(1, "b"),
                m -> m.update(1, record -> "b"),
                m -> m.delete(1),
                m -> m.rewrite(1),
                m -> reconciler.reconcile(1, Side.OLD))) {
            assertThatThrownBy(() -> write.accept(migration))
                    .isInstanceOf(WriteInTransactionException.class)
                    .hasMessageContaining("Migration 'm'")
                    .hasMessageContaining("allowedInTransactions()")
                    .satisfies(e -> assertThat(WriteOutcome.of(e)).isEqualTo(WriteOutcome.NOT_APPLIED));
        }

        assertThat(rig.journal.keys()).isEmpty();
        oldPath.recover();
        newPath.recover();
        inTransaction.set(false);
        migration.put(1, "b");
        assertThat(oldPath.calls.size() + newPath.calls.size()).isPositive();
    }

    @Test
    void writes_are_made_there_where_the_paths_are_said_to_commit_by_themselves() {
        Migration<Integer, String> migration =
                rig.opened(builder(Stage.SYNC).allowedInTransactions().build(rig.flags()));
        inTransaction.set(true);

        assertThat(migration.put(1, "a")).isEqualTo(WriteOutcome.APPLIED);
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void reads_are_made_there(Stage stage) {
        oldPath.seed(1, "a");
        newPath.seed(1, "a");
        Migration<Integer, String> migration = at(stage);
        inTransaction.set(true);

        assertThat(migration.get(1)).contains("a");
        assertThat(migration.read(1, () -> "a", () -> "a")).isEqualTo("a");
    }

    @Test
    void a_read_does_not_bring_the_path_up_that_lags_behind_there() {
        oldPath.seed(1, "a");
        Migration<Integer, String> migration = at(Stage.SYNC);
        inTransaction.set(true);

        assertThatThrownBy(() -> migration.get(1))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("transaction");
        assertThat(newPath.calls).isEmpty();

        inTransaction.set(false);
        assertThat(migration.get(1)).contains("a");
        assertThat(newPath.value(1)).contains("a");
    }

    @Test
    void a_read_waits_there_until_others_have_brought_it_up() {
        oldPath.seed(1, "a");
        Migration<Integer, String> migration = at(Stage.SYNC);
        inTransaction.set(true);
        newPath.after = read -> newPath.seed(1, "a");

        assertThat(migration.get(1)).contains("a");
    }

    @Test
    void nothing_is_written_where_it_cannot_be_told_whether_there_is_one() {
        MigrationBuilder<Integer, String> builder = builder(Stage.OFF);
        builder.probes = List.of(() -> {
            throw new IllegalStateException("no answer");
        });
        Migration<Integer, String> migration = rig.opened(builder.build(rig.flags()));

        assertThatThrownBy(() -> migration.put(1, "a"))
                .isInstanceOf(UnavailableException.class)
                .hasRootCauseMessage("no answer");
        assertThat(oldPath.calls).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "jakarta, TransactionSynchronizationRegistry, java:comp/TransactionSynchronizationRegistry",
        "javax, TransactionSynchronizationRegistry, java:comp/TransactionSynchronizationRegistry",
        "jakarta, TransactionManager, java:/TransactionManager",
        "jakarta, TransactionManager, java:appserver/TransactionManager",
    })
    void those_of_a_server_are_found_by_name(String space, String type, String name) {
        int[] status = {6};
        ClassLoader server = new ClassLoader(getClass().getClassLoader()) {};
        Class<?> registry = define(server, space, "TransactionSynchronizationRegistry", "getTransactionStatus");
        Class<?> manager = define(server, space, "TransactionManager", "getStatus");
        Class<?> itsType = type.equals("TransactionManager") ? manager : registry;
        Object ofServer = Proxy.newProxyInstance(
                itsType.getClassLoader(), new Class<?>[] {itsType}, (proxy, called, arguments) -> status[0]);

        CallerTransactions transactions =
                CallerTransactions.find(asked -> asked.equals(name) ? ofServer : null, itsType);

        List<Integer> active = Stream.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
                .filter(each -> {
                    status[0] = each;
                    return transactions.areActive();
                })
                .toList();
        assertThat(active)
                .as("not those that have no transaction, or one that is over")
                .containsExactly(0, 1, 2, 5, 7, 8, 9);
    }

    private static Class<?> define(ClassLoader parent, String space, String type, String method) {
        return new ByteBuddy()
                .makeInterface()
                .name(space + ".transaction." + type)
                .defineMethod(method, int.class, Visibility.PUBLIC)
                .withoutCode()
                .make()
                .load(parent, ClassLoadingStrategy.Default.INJECTION)
                .getLoaded();
    }

    @Test
    void where_nothing_keeps_transactions_there_are_none() {
        assertThat(CallerTransactions.find(Optional.class).areActive()).isFalse();
    }
}

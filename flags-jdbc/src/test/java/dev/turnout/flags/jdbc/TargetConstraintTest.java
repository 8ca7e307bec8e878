package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.Flags;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.WriteOutcome;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Constraints that only the new tables have, and which the writes of live traffic break there: nothing is lost, and no
 * failed write is reported as done.
 */
@OnEachDatabase
@Timeout(120)
class TargetConstraintTest {
    private final DataSource database;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Flags flags;

    TargetConstraintTest(Database kind) {
        database = kind.create();
        NumberPath.createTable(database, "customer", "");
        NumberPath.createTable(database, "customer_v2", ", UNIQUE (n)");
        NumberPath.createTable(database, "orders", "");
        NumberPath.createTable(database, "orders_v2", ", FOREIGN KEY (n) REFERENCES customer_v2 (id)");
        flags = opened(Flags.builder(new InMemoryFlagStore(new FlagDocument(
                        Map.of(),
                        Map.of(),
                        Map.of(
                                "customer",
                                MigrationState.startingAt("customer", Stage.SHADOW),
                                "orders",
                                MigrationState.startingAt("orders", Stage.SHADOW)))))
                .node("n")
                .fleet(FleetStore.inMemory())
                .build());
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        opened.add(0, closeable);
        return closeable;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    /** A migration of one table, with its paths to look at. */
    private final class Moved {
        final String name;
        final DataPath<Long, Long> oldPath;
        final DataPath<Long, Long> newPath;
        final JdbcJournal<Long> journal;
        final Migration<Long, Long> migration;

        Moved(String name, boolean isVersioned) {
            this.name = name;
            NumberPath oldRows = new NumberPath(database, name);
            NumberPath newRows = new NumberPath(database, name + "_v2");
            oldPath = isVersioned ? oldRows : oldRows.plain();
            newPath = isVersioned ? newRows : newRows.plain();
            journal = opened(JdbcJournal.in(database, name, KeyCodec.longs()));
            migration = opened(
                    Migration.named(name, oldPath, newPath).journal(journal).build(flags));
        }

        /** It is acknowledged, as the path that counts has it; no caller waits for the result of the other one. */
        void put(long key, long record) {
            assertThat(migration.put(key, record)).isEqualTo(WriteOutcome.MIRROR_PENDING);
            assertThat(migration.get(key)).contains(record);
        }

        void awaitEqual(long... keys) {
            eventually(() -> journal.keys().isEmpty());
            for (long key : keys) {
                assertThat(newPath.get(key)).as("key %s", key).isEqualTo(oldPath.get(key));
            }
        }

        /** The mirror write and a repair have failed, and the entry is still there. */
        void awaitFailedRepair(long key) {
            eventually(() -> failures(key) > 0);
            assertThat(journal.keys()).containsExactly(key);
        }

        private long failures(long key) {
            try {
                return Statements.query(
                                database,
                                row -> row.getLong(1),
                                "SELECT failures FROM turnout_repair WHERE migration = ? AND record_key = ?",
                                name,
                                Long.toString(key))
                        .stream()
                        .findFirst()
                        .orElse(0L);
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static void eventually(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    /** Hazard 16. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_mirror_write_against_a_unique_index_is_not_swallowed_but_waits_until_the_value_is_free(boolean isVersioned) {
        Moved customers = new Moved("customer", isVersioned); // whose numbers are unique
        customers.put(1, 100L);
        customers.awaitEqual(1);

        customers.put(2, 100L);

        customers.awaitFailedRepair(2);
        assertThat(customers.newPath.get(2L)).isEmpty();
        assertThat(customers.newPath.get(1L)).as("whose value it is").contains(100L);

        customers.put(1, 101L);
        customers.awaitEqual(1, 2);
        assertThat(customers.newPath.get(2L)).contains(100L);
    }

    /** Hazard 16, of a row that is there already. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_row_that_takes_the_unique_value_of_another_one_keeps_its_old_one_until_that_is_deleted(boolean isVersioned) {
        Moved customers = new Moved("customer", isVersioned); // whose numbers are unique
        customers.put(1, 100L);
        customers.put(2, 200L);
        customers.awaitEqual(1, 2);

        customers.put(2, 100L);

        customers.awaitFailedRepair(2);
        assertThat(customers.newPath.get(2L)).contains(200L);

        assertThat(customers.migration.delete(1L)).isEqualTo(WriteOutcome.MIRROR_PENDING);
        customers.awaitEqual(1, 2);
        assertThat(customers.newPath.get(1L)).isEmpty();
        assertThat(customers.newPath.get(2L)).contains(100L);
    }

    /** Hazard 18. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_mirrored_child_that_comes_before_its_parent_waits_for_it(boolean isVersioned) {
        Moved orders = new Moved("orders", isVersioned); // whose numbers are customers

        orders.put(7, 1L);

        orders.awaitFailedRepair(7);
        assertThat(orders.newPath.get(7L)).isEmpty();

        Moved customers = new Moved("customer", isVersioned); // whose numbers are unique
        customers.put(1, 100L);
        customers.awaitEqual(1);
        orders.awaitEqual(7);
        assertThat(orders.newPath.get(7L)).contains(1L);
    }

    /** Hazard 18, of a delete; with versions no row goes, and so none is in its way. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_mirrored_delete_of_a_parent_takes_no_child_with_it(boolean isVersioned) {
        Moved customers = new Moved("customer", isVersioned); // whose numbers are unique
        Moved orders = new Moved("orders", isVersioned); // whose numbers are customers
        customers.put(1, 100L);
        customers.awaitEqual(1);
        orders.put(7, 1L);
        orders.awaitEqual(7);

        assertThat(customers.migration.delete(1L)).isEqualTo(WriteOutcome.MIRROR_PENDING);

        if (isVersioned) {
            customers.awaitEqual(1);
        } else {
            customers.awaitFailedRepair(1);
            assertThat(customers.newPath.get(1L)).isPresent();
        }
        assertThat(orders.newPath.get(7L)).contains(1L);

        assertThat(orders.migration.delete(7L)).isEqualTo(WriteOutcome.MIRROR_PENDING);
        orders.awaitEqual(7);
        customers.awaitEqual(1);
        assertThat(customers.newPath.get(1L)).isEmpty();
    }
}

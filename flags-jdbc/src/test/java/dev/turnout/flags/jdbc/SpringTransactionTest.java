package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnout.flags.Flags;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.Gate;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.MigrationBuilder;
import dev.turnout.flags.migration.UnrepairableException;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.WriteInTransactionException;
import dev.turnout.flags.migration.WriteOutcome;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionSynchronization;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/** Orders that are paid, or refused, in transactions of Spring. */
@OnEachDatabase
@Timeout(120)
class SpringTransactionTest {
    private final Database kind;
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final LogLines log =
            new LogLines("dev.turnout.flags.migration.Repairer"); // of keys that repair leaves to an operator
    private SpringPath oldOrders;
    private SpringPath newOrders;
    private JdbcJournal<Long> journal;
    private Controller controller;

    SpringTransactionTest(Database kind) {
        this.kind = kind;
    }

    private HikariDataSource pool() throws SQLException {
        DataSource database = kind.create();
        HikariDataSource pool = opened(new HikariDataSource());
        try (Connection connection = database.getConnection()) {
            pool.setJdbcUrl(connection.getMetaData().getURL());
        }
        return pool;
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
        log.close();
    }

    private Migration<Long, String> orders(int propagation, UnaryOperator<MigrationBuilder<Long, String>> more)
            throws SQLException {
        HikariDataSource oldPool = pool();
        oldOrders = new SpringPath(oldPool, propagation);
        newOrders = new SpringPath(pool(), propagation);
        oldOrders.createTable();
        newOrders.createTable();
        journal = opened(JdbcJournal.in(oldPool, "orders", KeyCodec.longs()));
        Flags flags = opened(Flags.builder(opened(JdbcFlagStore.in(oldPool)))
                .fleet(JdbcFleetStore.in(oldPool))
                .build());
        Migration<Long, String> migration = opened(
                more.apply(Migration.named("orders", oldOrders, newOrders).journal(journal))
                        .build(flags));
        controller = opened(Controller.of(migration));
        return migration;
    }

    private Migration<Long, String> orders(
            Stage stage, int propagation, UnaryOperator<MigrationBuilder<Long, String>> more) throws Exception {
        Migration<Long, String> migration = orders(propagation, more);
        if (stage != Stage.OFF) {
            moveTo(Stage.DUAL_WRITE);
            migration.beginSweep().finished("test");
            moveTo(stage);
        }
        assertThat(migration.put(1L, "open")).isIn(WriteOutcome.APPLIED, WriteOutcome.MIRROR_PENDING);
        if (stage != Stage.OFF && stage != Stage.COMPLETE) {
            awaitEqual();
        }
        await(() -> journal.keys().isEmpty());
        return migration;
    }

    private void moveTo(Stage stage) throws Exception {
        controller.moveTo(Goal.of(stage), "test", "x").get(30, TimeUnit.SECONDS);
    }

    private static String show(SpringPath orders) {
        Versioned<String> record = orders.read(1L);
        return record.value().orElse("nothing") + record.version();
    }

    private void awaitEqual() {
        await(() -> show(oldOrders).equals(show(newOrders)));
    }

    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"OFF", "SHADOW", "LIVE", "COMPLETE"})
    void a_payment_that_the_caller_rolls_back_is_paid_nowhere(Stage stage) throws Exception {
        Migration<Long, String> orders = orders(stage, TransactionDefinition.PROPAGATION_REQUIRED, builder -> builder);
        String oldBefore = show(oldOrders);
        String newBefore = show(newOrders);

        Throwable refusal = catchThrowable(() -> oldOrders.caller.executeWithoutResult(status -> {
            orders.update(1L, order -> "paid");
            throw new IllegalArgumentException("payment refused");
        }));

        assertThat(refusal).isInstanceOf(WriteInTransactionException.class);
        assertThat(WriteOutcome.of(refusal)).isEqualTo(WriteOutcome.NOT_APPLIED);
        assertThat(show(oldOrders)).isEqualTo(oldBefore);
        assertThat(show(newOrders)).isEqualTo(newBefore);
        assertThat(journal.keys()).isEmpty();
        assertThat(orders.get(1L)).contains("open");
    }

    @Test
    void a_write_is_refused_also_when_its_transaction_is_being_completed() throws Exception {
        Migration<Long, String> orders =
                orders(Stage.SHADOW, TransactionDefinition.PROPAGATION_REQUIRED, builder -> builder);
        List<Throwable> thrown = new ArrayList<>();

        oldOrders.caller.executeWithoutResult(status ->
                TransactionSynchronizationManager.registerSynchronization(new TransactionSynchronization() {
                    @Override
                    public void afterCommit() { // where Spring would let it join what is over
                        thrown.add(catchThrowable(() -> orders.put(1L, "paid")));
                    }
                }));

        assertThat(thrown).singleElement().isInstanceOf(WriteInTransactionException.class);
        assertThat(orders.get(1L)).contains("open");
    }

    @Test
    void a_write_goes_on_where_the_transaction_is_suspended_or_over() throws Exception {
        Migration<Long, String> orders =
                orders(Stage.SHADOW, TransactionDefinition.PROPAGATION_REQUIRED, builder -> builder);
        TransactionTemplate suspended = new TransactionTemplate(oldOrders.caller.getTransactionManager());
        suspended.setPropagationBehavior(TransactionDefinition.PROPAGATION_NOT_SUPPORTED);

        oldOrders.caller.executeWithoutResult(status -> {
            assertThat(orders.get(1L)).contains("open");
            suspended.executeWithoutResult(none -> orders.put(1L, "paid"));
            status.setRollbackOnly();
        });
        assertThat(orders.get(1L)).contains("paid");
        awaitEqual();

        orders.put(1L, "shipped");
        awaitEqual();
        assertThat(newOrders.get(1L)).contains("shipped");
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"SHADOW", "LIVE", "RAMP_DOWN"})
    void paths_that_commit_by_themselves_stay_equal_when_the_caller_rolls_back(Stage stage) throws Exception {
        Migration<Long, String> orders =
                orders(stage, TransactionDefinition.PROPAGATION_REQUIRES_NEW, MigrationBuilder::allowedInTransactions);

        oldOrders.caller.executeWithoutResult(status -> {
            orders.update(1L, order -> "paid");
            status.setRollbackOnly();
        });

        awaitEqual();
        assertThat(orders.get(1L)).contains("paid");
        await(() -> journal.keys().isEmpty());
    }

    /** What must not be, and cannot be seen where a transaction is begun on a connection manually. */
    @Test
    void what_a_rolled_back_write_has_left_on_the_mirror_is_not_copied_back_and_nothing_crosses() throws Exception {
        Migration<Long, String> orders = orders(
                Stage.SHADOW, TransactionDefinition.PROPAGATION_REQUIRED, MigrationBuilder::allowedInTransactions);
        oldOrders.caller.executeWithoutResult(status -> {
            do { // on a busy machine, a mirror write may wait too long in its queue, and is left to repair
                orders.update(1L, order -> "paid");
                await(() -> journal.keys().isEmpty());
            } while (!newOrders.get(1L).equals(Optional.of("paid")));
            status.setRollbackOnly();
        });
        assertThat(orders.get(1L)).contains("open");

        assertThatThrownBy(() -> orders.reconciler().reconcile(1L, Side.OLD)).isInstanceOf(UnrepairableException.class);

        await(() -> !journal.quarantined(1).isEmpty());
        assertThat(oldOrders.get(1L)).contains("open");
        assertThat(controller.status().gates().stream()
                        .filter(gate -> gate.to() == Stage.LIVE)
                        .allMatch(Gate::isOpen))
                .isFalse();

        orders.rewrite(1L);
        awaitEqual();
        journal.retryQuarantined();
        moveTo(Stage.LIVE);
        assertThat(orders.get(1L)).contains("open");
    }
}

package dev.turnout.benchmarks.stages;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnout.benchmarks.WrongAnswerException;
import dev.turnout.flags.jdbc.JdbcFlagStore;
import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Change;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

/** Nodes that route one migration between two tables of its name. */
final class Cluster implements AutoCloseable {
    static final int KEYS = 500;

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final Server server;
    private final String name;
    private final List<ServiceNode> nodes;

    /** @param start where all keys are, as if an operator had written that manually */
    Cluster(Server server, String name, int size, Stage start, Kind kind, Rows.Writing writing, Duration lease)
            throws SQLException {
        this.server = server;
        this.name = name;
        try (HikariDataSource old = server.pool(Server.Name.OLD, 1);
                HikariDataSource now = server.pool(Server.Name.NEW, 1)) {
            new Rows(old, name, writing).create(KEYS);
            new Rows(now, name, writing).create(start == Stage.OFF ? 0 : KEYS);
        }
        if (start != Stage.OFF) {
            writeDown(start);
        }
        nodes = IntStream.range(0, size)
                .mapToObj(number -> new ServiceNode(server, number, name, kind, writing, lease))
                .toList();
    }

    private void writeDown(Stage start) {
        try (HikariDataSource control = server.control(0, 2);
                JdbcFlagStore store = JdbcFlagStore.in(control)) {
            store.apply(Change.by("bench", "start").put(MigrationState.startingAt(name, start), Change.ABSENT));
        }
    }

    String name() {
        return name;
    }

    List<ServiceNode> nodes() {
        return nodes;
    }

    ServiceNode first() {
        return nodes.get(0);
    }

    List<Migration<Long, String>> migrations() {
        return nodes.stream().map(ServiceNode::migration).toList();
    }

    /** Whether each node would begin there, whatever the stores know of it. */
    boolean isEverywhere(Stage stage) {
        return migrations().stream().allMatch(migration -> migration.stageOf(0L) == stage);
    }

    /** Moves all keys there, and waits until every node has acknowledged that. */
    void moveTo(Stage stage) {
        arrive(order(stage), stage);
    }

    /** Sets the goal; the controller walks there. */
    Future<MigrationState> order(Stage stage) {
        return first().controller().moveTo(Goal.of(stage), "bench", "to be measured");
    }

    void arrive(Future<MigrationState> arrival, Stage stage) {
        try {
            arrival.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new WrongAnswerException("Stage " + stage + " is not reached after " + PATIENCE + ": "
                    + Blocker.messages(first().controller().status().blockers()));
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** From {@link Stage#OFF} to {@link Stage#SHADOW}, with all records in both tables. */
    void fill() {
        moveTo(Stage.DUAL_WRITE);
        sweep();
        moveTo(Stage.SHADOW);
    }

    /** Copies all records, while there are no writes. */
    void sweep() {
        Migration<Long, String> migration = first().migration();
        FullSweep sweep = migration.beginSweep();
        for (long key = 0; key < KEYS; key++) {
            migration.reconciler().reconcile(key, Side.OLD);
        }
        sweep.finished("bench");
    }

    /** While there are no writes: waits until repair has nothing left to do, and the tables are equal. */
    void checkEqual() {
        Journal<Long> journal = first().migration().journal();
        try (HikariDataSource old = server.pool(Server.Name.OLD, 1);
                HikariDataSource now = server.pool(Server.Name.NEW, 1)) {
            Rows oldRows = new Rows(old, name, Rows.Writing.STATEMENT);
            Rows newRows = new Rows(now, name, Rows.Writing.STATEMENT);
            await(
                    "both paths of '" + name + "' are equal",
                    () -> journal.depth() == 0 && oldRows.all().equals(newRows.all()));
        }
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new WrongAnswerException("After " + PATIENCE + " it is still not true that " + what + ".");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() {
        nodes.forEach(ServiceNode::close);
    }
}

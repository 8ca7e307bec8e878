package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.jdbc.JdbcFlagStore;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.StaleRevisionException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Sets one goal after the other, as people do, and sees that backfills are run where one is needed. The nodes' controllers do the rest. Used by one thread. */
final class Mover implements Runnable {
    private static final Duration PATIENCE = Duration.ofSeconds(25);
    private static final Duration LOOK = Duration.ofMillis(50);
    private static final Duration FIRST_BACKFILL = Duration.ofMillis(1_500);
    private static final Duration BACKFILL = Duration.ofSeconds(6);
    private static final int MOST_STAY_MILLIS = 2_500;

    private final SoakSettings settings;
    private final Cluster cluster;
    private final JdbcFlagStore store;
    private final Random random;
    private final CountDownLatch over;
    private final AtomicInteger reached = new AtomicInteger();
    private final AtomicInteger givenUp = new AtomicInteger();
    private int turn; // by the moving thread alone
    private volatile boolean done;

    Mover(SoakSettings settings, Cluster cluster, JdbcFlagStore store, CountDownLatch over) {
        this.settings = settings;
        this.cluster = cluster;
        this.store = store;
        this.random = new Random(settings.seed() + 1);
        this.over = over;
    }

    @Override
    public void run() {
        try {
            do {
                move();
            } while (!over.await(random.nextInt(MOST_STAY_MILLIS), TimeUnit.MILLISECONDS));
            done = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void move() throws InterruptedException {
        List<Stage> stages = settings.stages();
        // Where there are few, by turns: what is left out on purpose shows at crossings.
        int next = settings.shares() ? random.nextInt(stages.size()) : turn++ % stages.size();
        Stage stage = stages.get(next);
        if (settings.mode() == NodeSettings.Mode.VENDOR) {
            setVendorStage(stage);
            return;
        }
        boolean whole = !settings.shares() || random.nextBoolean();
        Goal goal = whole ? Goal.of(stage) : Goal.of(stage, 10_000 * random.nextInt(5, 96));
        if (!goal.equals(state().goal())) {
            setGoal(goal);
            if (arrives(PATIENCE)) {
                reached.incrementAndGet();
            } else {
                givenUp.incrementAndGet(); // a node was out for long, or a store; people would set another one too
            }
        }
    }

    private void setGoal(Goal goal) {
        edit(state -> state.withGoal(goal));
    }

    private interface Edit {
        MigrationState of(MigrationState state);
    }

    private void edit(Edit edit) {
        while (true) {
            Snapshot snapshot = store.read();
            MigrationState state = edit.of(state(snapshot));
            try {
                store.apply(Change.by("soak", "moves all the time")
                        .put(state, snapshot.revisionOf(EntryKey.migration(NodeParts.MIGRATION))));
                return;
            } catch (StaleRevisionException e) {
                // a controller has just moved it
            }
        }
    }

    private void setVendorStage(Stage stage) {
        store.apply(Change.by("soak", "moves all the time")
                .put(
                        Flag.string(VendorRouter.FLAG, "is", stage.name()).build(),
                        store.read().revisionOf(EntryKey.flag(VendorRouter.FLAG))));
        reached.incrementAndGet();
    }

    private boolean arrives(Duration most) throws InterruptedException {
        long start = System.nanoTime();
        long backfill = start + FIRST_BACKFILL.toNanos();
        while (!state().isAtGoal()) {
            long now = System.nanoTime();
            if (now - start > most.toNanos() || over.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                return state().isAtGoal();
            }
            if (now - backfill > 0) {
                backfill();
                backfill = System.nanoTime() + FIRST_BACKFILL.toNanos();
            }
        }
        return true;
    }

    /** On any node; it says no if there is nothing to sweep, or if it is too early. */
    private void backfill() throws InterruptedException {
        var node = cluster.any(random).node();
        if (node.isPresent()) {
            node.get().ask("backfill", BACKFILL);
        }
    }

    /**
     * When traffic and faults are over: brings all keys into one stage in which both paths are written, by way of whatever that needs, and waits until it
     * is reached.
     */
    Stage settle() throws InterruptedException {
        if (settings.mode() == NodeSettings.Mode.VENDOR) {
            return Stage.valueOf(store.read()
                    .document()
                    .flags()
                    .get(VendorRouter.FLAG)
                    .variants()
                    .get("is")
                    .toString());
        }
        MigrationState state = state();
        Stage stage = state.position().at(0).stage();
        boolean stays = state.position().isUniform()
                && stage != Stage.SYNC
                && state.position()
                        .slices()
                        .allMatch(slice -> stage.isDual() && !slice.journal().isEmpty());
        Stage last = stays ? stage : stage.compareTo(Stage.SYNC) > 0 ? Stage.SHADOW : Stage.RAMP_DOWN;
        setGoal(Goal.of(last));
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!state().isAtGoal()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("The last goal " + last + " was not reached from " + state());
            }
            backfill();
            TimeUnit.MILLISECONDS.sleep(500);
        }
        return last;
    }

    MigrationState state() {
        return state(store.read());
    }

    private static MigrationState state(Snapshot snapshot) {
        MigrationState state = snapshot.document().migrations().get(NodeParts.MIGRATION);
        return state == null ? MigrationState.startingAt(NodeParts.MIGRATION, Stage.OFF) : state;
    }

    /** How many goals were reached. */
    int reached() {
        return reached.get();
    }

    /** How many were not reached in time, and replaced by others. */
    int givenUp() {
        return givenUp.get();
    }

    /** Whether it came to its end as it should. */
    boolean isDone() {
        return done;
    }
}

package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.jdbc.JdbcFlagStore;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.StaleRevisionException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Sets one goal after the other, as operators do, and sees that backfills are run where one is needed. The nodes'
 * controllers do the rest. Used by one thread.
 */
final class Mover implements Runnable {
    private static final Duration PATIENCE = Duration.ofSeconds(25);
    private static final Duration LOOK = Duration.ofMillis(50);
    private static final Duration FIRST_BACKFILL = Duration.ofMillis(1_500);
    private static final Duration BACKFILL = Duration.ofSeconds(6);
    private static final Duration BACKFILL_OF_PLAIN_PATHS = Duration.ofSeconds(90);
    private static final int MOST_STAY_MILLIS = 2_500;
    private static final String INCARNATION = "soak";
    private static final List<Stage> OF_COHORTS = List.of(Stage.DUAL_WRITE, Stage.SHADOW, Stage.LIVE, Stage.RAMP_DOWN);

    private final SoakSettings settings;
    private final Cluster cluster;
    private final JdbcFlagStore store;
    private final Random random;
    private final CountDownLatch over;
    // Of the thread that sets goals. Operators who need the keys to stay get it soon, as the mover does not wait for a
    // goal
    // while they do.
    private final ReentrantLock hand = new ReentrantLock(true);
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
                hand.lock();
                try {
                    move();
                } finally {
                    hand.unlock();
                }
            } while (!over.await(random.nextInt(MOST_STAY_MILLIS), TimeUnit.MILLISECONDS));
            done = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Makes the entry, and the cohort that goals set apart. Before all else. */
    void setUp() {
        store.apply(Change.by("soak", "begins").put(KeySpace.COHORT, Change.ABSENT));
        if (settings.mode() != NodeSettings.Mode.VENDOR) {
            store.apply(Change.by("soak", "begins")
                    .put(MigrationState.startingAt(NodeParts.MIGRATION, INCARNATION, Stage.OFF), Change.ABSENT));
        }
    }

    /** Before there are faults: without versions, all has to be swept once before any key can switch sides. */
    void begin() throws InterruptedException {
        if (isSweepFirst(state())) {
            goOn(sweepFirst(state()));
        }
    }

    private void move() throws InterruptedException {
        List<Stage> stages = settings.stages();
        // Where there are few, by turns: what is left out on purpose shows at crossings.
        int next = settings.shares() ? random.nextInt(stages.size()) : turn++ % stages.size();
        Stage stage = stages.get(next);
        if (!settings.isVersioned() && !stage.isDual() && random.nextInt(3) > 0) {
            stage = stage.side() == Side.OLD
                    ? Stage.SHADOW
                    : Stage.LIVE; // what follows takes a sweep of all keys each time
        }
        if (settings.mode() == NodeSettings.Mode.VENDOR) {
            setVendorStage(stage);
            return;
        }
        Goal goal = next(stage);
        if (!goal.equals(state().goal()) || isSweepFirst(state())) {
            setGoal(goal);
            if (arrives(PATIENCE)) {
                reached.incrementAndGet();
            } else {
                givenUp.incrementAndGet(); // a node was out for long, or a store; operators would set another one too
            }
        }
    }

    private Goal next(Stage stage) {
        MigrationState state = state();
        if (isSweepFirst(state)) {
            return sweepFirst(state);
        }
        if (!settings.shares() || random.nextBoolean()) {
            return withCohort(Goal.of(stage), state);
        }
        // Without versions, what is not written to both paths has to be swept before it switches sides, and with all
        // others.
        boolean leavesSomeAlone = stage.before() == Stage.OFF || stage == Stage.COMPLETE;
        return !settings.isVersioned() && leavesSomeAlone
                ? Goal.of(stage)
                : withCohort(Goal.of(stage, 10_000 * random.nextInt(5, 96)), state);
    }

    private Goal withCohort(Goal goal, MigrationState state) {
        boolean leavesAlone = !goal.stage().isDual() && !settings.isVersioned();
        if (!settings.cohorts() || leavesAlone || random.nextInt(3) == 0) {
            return goal;
        }
        List<Stage> stages =
                OF_COHORTS.stream().filter(settings.stages()::contains).toList();
        Goal more = goal.with(KeySpace.COHORT.name(), stages.get(random.nextInt(stages.size())));
        try {
            var unused = state.withGoal(more);
            return more;
        } catch (IllegalArgumentException e) {
            return goal; // its keys are spread over several stages still
        }
    }

    /**
     * Without versions a sweep of all keys copies from one side, so it needs all keys there, and none moving: operators have to see to that,
     * and let it be the first thing that is done with keys that have left, or entered, the stages that write both paths.
     */
    private boolean isSweepFirst(MigrationState state) {
        return !settings.isVersioned()
                && settings.mode() != NodeSettings.Mode.VENDOR
                && state.position().slices().anyMatch(slice -> slice.journal().isEmpty());
    }

    private static Goal sweepFirst(MigrationState state) {
        boolean back = state.position()
                .slices()
                .filter(slice -> slice.journal().isEmpty())
                .anyMatch(slice -> slice.cameFrom() == Side.NEW);
        // Of the stages that write the path first that is copied from, as the sweep needs them to.
        return Goal.of(back ? Stage.RAMP_DOWN : Stage.DUAL_WRITE);
    }

    private static boolean isReadyForSweep(MigrationState state) {
        return state.isAtGoal()
                && state.position().slices().allMatch(slice -> slice.stage().isDual());
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
                        .put(state, snapshot.idOf(EntryKey.migration(NodeParts.MIGRATION))));
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
                        store.read().idOf(EntryKey.flag(VendorRouter.FLAG))));
        reached.incrementAndGet();
    }

    private boolean arrives(Duration most) throws InterruptedException {
        long start = System.nanoTime();
        long backfill = start + FIRST_BACKFILL.toNanos();
        while (!isReached()) {
            long now = System.nanoTime();
            boolean isOver = over.await(LOOK.toMillis(), TimeUnit.MILLISECONDS);
            if (now - start > most.toNanos() || isOver || hand.hasQueuedThreads()) {
                return isReached();
            }
            if (now - backfill > 0) {
                backfill();
                backfill = System.nanoTime() + FIRST_BACKFILL.toNanos();
            }
        }
        return true;
    }

    private boolean isReached() {
        MigrationState state = state();
        boolean goesOnToSweep = isSweepFirst(state) && state.goal().stage().isDual();
        return state.isAtGoal() && !goesOnToSweep;
    }

    /** On any node; it answers no if there is nothing to sweep, or if it is too early. */
    private void backfill() throws InterruptedException {
        var node = cluster.any(random).node();
        if (node.isEmpty()) {
            return;
        }
        if (settings.isVersioned()) {
            node.get().ask("backfill", BACKFILL);
        } else if (isReadyForSweep(state())) {
            backfillPlainPaths(node.get());
        }
    }

    /** No key may switch sides while it copies, or while what it has sent before it died may arrive. */
    private static void backfillPlainPaths(NodeProcess node) throws InterruptedException {
        Optional<String> answer = node.ask("backfill", BACKFILL_OF_PLAIN_PATHS);
        if (answer.isEmpty() && node.isAlive()) {
            throw new IllegalStateException("The backfill of a node has not ended within " + BACKFILL_OF_PLAIN_PATHS
                    + ", so without versions nothing may continue.");
        }
        if (!answer.orElse("").startsWith(SoakNode.DONE) && !answer.orElse("").startsWith(SoakNode.REFUSED)) {
            TimeUnit.MILLISECONDS.sleep(NodeParts.CALL_TIMEOUT.toMillis());
        }
    }

    /** Keeps other threads from setting goals until {@link #release}. */
    void hold() {
        hand.lock();
    }

    /** The same, if no other thread has it for as long as that. */
    boolean hold(Duration most) throws InterruptedException {
        return hand.tryLock(most.toMillis(), TimeUnit.MILLISECONDS);
    }

    void release() {
        hand.unlock();
    }

    /**
     * Brings all keys into one stage, while the caller holds it.
     *
     * @return whether they came there in time
     */
    boolean bring(Stage stage) throws InterruptedException {
        setGoal(Goal.of(stage));
        long start = System.nanoTime();
        while (!state().isAtGoal()) {
            if (System.nanoTime() - start > PATIENCE.toNanos()) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(FIRST_BACKFILL.toMillis() / 3);
            backfill();
        }
        return true;
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
        begin();
        MigrationState state = state();
        Stage stage = state.position().at(0).stage();
        boolean stays = state.position().isUniform()
                && stage != Stage.SYNC
                && state.position()
                        .slices()
                        .allMatch(slice -> stage.isDual() && !slice.journal().isEmpty());
        Stage last = stays ? stage : stage.compareTo(Stage.SYNC) > 0 ? Stage.SHADOW : Stage.RAMP_DOWN;
        goOn(Goal.of(last));
        return last;
    }

    private void goOn(Goal goal) throws InterruptedException {
        setGoal(goal);
        long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!isReached()) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException(
                        "The goal " + goal + " was not reached from " + state() + ", when all was at rest.");
            }
            backfill();
            TimeUnit.MILLISECONDS.sleep(500);
        }
    }

    MigrationState state() {
        return state(store.read());
    }

    private static MigrationState state(Snapshot snapshot) {
        MigrationState state = snapshot.document().migrations().get(NodeParts.MIGRATION);
        return state == null ? MigrationState.startingAt(NodeParts.MIGRATION, INCARNATION, Stage.OFF) : state;
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

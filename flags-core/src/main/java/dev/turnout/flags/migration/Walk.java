package dev.turnout.flags.migration;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.LastChange;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.SnapshotId;
import dev.turnout.flags.store.StaleRevisionException;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to the goal, on a thread of its own: looks at the flag store and the fleet, and publishes the next position
 * as soon as that is safe. It knows nothing that another one could not find out, so several walk at once. Thread-safe,
 * if not stated otherwise.
 */
final class Walk implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Walk.class);
    private static final Duration PERIOD = Duration.ofMillis(10);
    private static final Duration PERIOD_OF_ONLOOKERS = Duration.ofMillis(100);
    private static final Duration PERIOD_AT_GOAL = Duration.ofSeconds(1);

    /** The flag store's state, and what is known of the fleet that it is compared with. */
    record Look(Snapshot snapshot, Gates gates) {
        MigrationState state() {
            return gates.state();
        }
    }

    private final Migration<?, ?> migration;
    private final StateEdits edits;
    private final FailureDetector failureDetector;
    private final CrossingSweep sweep;
    private final CrossingTime crossingTime;
    private final DepthTrend depthTrend;
    private final Attention attention; // used by the walking thread alone
    private final Workers.Repeated walking;
    private final Arrivals arrivals = new Arrivals();
    volatile RecordedSweep recordedSweep = RecordedSweep.NONE; // the last one that has finished
    private volatile Blocker.@Nullable StepFailed problem;
    private volatile boolean closed;
    private long lastStepNanos; // used by the walking thread alone

    Walk(Migration<?, ?> migration, StateEdits edits, FailureDetector failureDetector) {
        this.migration = migration;
        this.edits = edits;
        this.failureDetector = failureDetector;
        TimeSource time = migration.node().time();
        sweep = new CrossingSweep(migration, failureDetector);
        crossingTime = new CrossingTime(migration.crossingTimeout(), time);
        depthTrend = new DepthTrend(time);
        attention = new Attention(time);
        lastStepNanos = time.nanoTime() - PERIOD_AT_GOAL.toNanos();
        walking = migration.workers().every("turnout-controller-" + migration.name(), PERIOD, () -> runIfDue(time));
    }

    boolean isClosed() {
        return closed;
    }

    /** Completes when the goal, which that state of the flag store has, is reached; see {@link Controller#moveTo}. */
    CompletableFuture<MigrationState> arrival(Goal goal, SnapshotId from) {
        CompletableFuture<MigrationState> arrival = arrivals.await(goal, from);
        if (closed) { // looked at after it was added: close() sets it before it looks for those that were added
            arrival.cancel(false);
        }
        return arrival;
    }

    /** What the last round failed with; empty if it is done with. */
    Optional<Blocker> problem() {
        return Optional.ofNullable(problem);
    }

    Sighting sighting() {
        return Sighting.of(failureDetector.sighting(), migration.journal());
    }

    Look look() {
        return look(sighting());
    }

    /** The state is read after the fleet was seen, as members may route by a newer one than this node has read. */
    private Look look(Sighting seen) {
        Look look = look(migration.node().state(), seen);
        // Does this node lag behind the other nodes, or does the flag store?
        return look.gates().areAllFollowed() ? look : look(migration.node().refresh(), seen);
    }

    Look look(Snapshot snapshot, Sighting seen) {
        MigrationState state = migration.state(snapshot);
        return new Look(snapshot, gates(state, isKnown(snapshot) ? state.id() : StateId.NONE, seen));
    }

    private Optional<Blocker> blockerOfEntry(Slice slice) {
        return crossingTime.blocker(slice).or(() -> depthTrend.blocker(slice)).or(() -> migration.blocker(slice));
    }

    private boolean isKnown(Snapshot snapshot) {
        return snapshot.document().migrations().containsKey(migration.name());
    }

    Gates gates(MigrationState state, StateId id, Sighting seen) {
        return new Gates(
                state,
                id,
                seen,
                migration.isVersioned(),
                recordedSweep,
                this::blockerOfEntry,
                failureDetector.lostContact());
    }

    /**
     * As fast as it can while a caller waits for an arrival here, and with patience otherwise: every node may have a
     * controller.
     */
    private void runIfDue(TimeSource time) {
        Duration period = PERIOD;
        if (arrivals.isEmpty()) {
            period = migration.state(migration.node().state()).isAtGoal() ? PERIOD_AT_GOAL : PERIOD_OF_ONLOOKERS;
        }
        long now = time.nanoTime();
        if (now - lastStepNanos >= period.toNanos()) {
            lastStepNanos = now;
            run();
        }
    }

    private void run() {
        try {
            FleetSighting seen = failureDetector.sighting();
            failureDetector.look(seen);
            step(seen);
        } catch (StaleRevisionException e) {
            log.debug("Another one moved migration '{}'; resuming from there.", migration.name(), e);
        } catch (Throwable e) { // an Error too: without this thread there is no rollback
            failed(e);
        }
    }

    private void failed(Throwable e) {
        if (closed) {
            log.debug("The controller of migration '{}' has ended.", migration.name(), e);
            return;
        }
        String message = e instanceof RuntimeException && e.getMessage() != null ? e.getMessage() : e.toString();
        Blocker.StepFailed failed = new Blocker.StepFailed(message);
        if (!failed.equals(problem)) {
            problem = failed;
            log.warn(
                    "The controller cannot move migration={} now; it tries again every {} ms.",
                    migration.name(),
                    PERIOD.toMillis(),
                    e);
        }
    }

    /** Moves as far as one version can. */
    void step() {
        step(failureDetector.sighting());
    }

    private void step(FleetSighting seen) {
        Snapshot snapshot = migration.node().state();
        MigrationState state = migration.state(snapshot);
        arrivals.tell(snapshot, isKnown(snapshot) ? state : null, seen);
        if (isKnown(snapshot) && LostPosition.isLost(migration.route().id(), state)) {
            restore(seen);
            return;
        }
        crossingTime.see(state);
        attention.see(snapshot.revisionOf(EntryKey.migration(migration.name())));
        sweep.stopUnlessNeeded(state);
        recordedSweep = sweep.takeFinished().orElse(recordedSweep);
        if (state.isAtGoal()) {
            problem = null;
            return;
        }
        Sighting sighting = Sighting.of(seen, migration.journal());
        depthTrend.see(sighting.depth());
        Look look = look(sighting);
        if (look.gates().standstill().isEmpty()) {
            step(look);
        }
    }

    /** Gives the flag store back what it has lost. */
    private void restore(FleetSighting seen) {
        Snapshot snapshot = migration.node().refresh();
        Route route = migration.route();
        long now = migration.node().time().nanoTime();
        LostPosition.of(route, seen.members(), snapshot, now).ifPresent(restored -> {
            edits.restore(
                    snapshot, restored, walk("stores again what the flag store has lost, " + restored.position()));
            problem = null;
            log.warn( // not before: a store may refuse it, in each round
                    "The flag store had lost {} of migration={}, by which nodes route. It was stored again, as version {}: {}.",
                    route.id(),
                    migration.name(),
                    restored.version(),
                    restored.position());
        });
    }

    private void step(Look look) {
        MigrationState state = look.state();
        MigrationState next = look.gates().mustDrain() ? state.drained(look.gates()::isAcknowledged) : state;
        if (next.equals(state)) {
            Gates gates = swept(look);
            next = state.advanced(gates.facts());
            migration.fences().closeBehindCrossing(state, gates.facts());
        }
        boolean retreats = next.equals(state) && crossingTime.isOver();
        if (retreats) {
            next = state.retreated(look.gates().facts());
        }
        if (next.equals(state)) {
            attention.rest();
            return;
        }
        if (entersSync(next) && (revisionUnread(look).isPresent() || isAskedForAttention(look))) {
            return;
        }
        publish(state, next);
        attention.rest();
        if (retreats) {
            log.warn(
                    "Keys of migration '{}' were in SYNC for longer than {}, and go back to SHADOW, as they waited for: {}. They try again later.",
                    migration.name(),
                    migration.crossingTimeout(),
                    Blocker.messages(look.gates().blockers()));
        }
    }

    private static boolean entersSync(MigrationState next) {
        return next.position()
                .slices()
                .anyMatch(slice -> slice.stage() == Stage.SYNC && slice.since() == next.version());
    }

    /**
     * Stores the state again as it is, where nodes would learn late of the next one, for which writes wait; then it
     * continues when they have read this one.
     */
    private boolean isAskedForAttention(Look look) {
        if (migration.isVersioned() || !attention.mustBeAsked()) {
            return false;
        }
        edits.repeat(look.state(), walk("is about to continue"));
        attention.asked();
        return true;
    }

    /**
     * However long: no keys switch sides without it. Until then the wait is free, while in {@link Stage#SYNC} writes
     * would wait for it.
     */
    Optional<Blocker> revisionUnread(Look look) {
        return look.gates().revisionUnread(look.snapshot().revisionOf(EntryKey.migration(migration.name())));
    }

    private void publish(MigrationState state, MigrationState next) {
        edits.existing(
                migration.name(), walk("to " + next.position()), current -> current.equals(state) ? next : current);
        problem = null;
        log.info("Migration '{}' is at {} (version {}).", migration.name(), next.position(), next.version());
    }

    /** What is known of the same state after the sweep that its keys wait for, where that is over already. */
    private Gates swept(Look look) {
        List<Slice> due = look.gates().dueForSweep();
        if (due.isEmpty()) {
            return look.gates();
        }
        sweep.begin(look.state(), due, look.gates().seen().journal());
        Optional<RecordedSweep> finished = sweep.takeFinished();
        if (finished.isEmpty()) {
            return look.gates();
        }
        recordedSweep = finished.get();
        // The fleet as it is after the sweep, which may have taken long; the state stays the one that the next version
        // is made from.
        Sighting after = sighting();
        return gates(look.state(), look.state().id(), after);
    }

    /** A step by itself, for the reason that the operator gave. */
    private Change walk(String step) {
        Optional<LastChange> last = lastChange();
        return Change.by(
                        last.map(LastChange::by).orElse("controller"),
                        last.map(LastChange::reason).orElse("the goal"))
                .step(step);
    }

    private Optional<LastChange> lastChange() {
        return migration.node().state().lastChange(EntryKey.migration(migration.name()));
    }

    /** How far the sweep of the recorded keys is; empty if there is none that this state needs. */
    Optional<Blocker> sweepProgress(MigrationState state) {
        return sweep.progress(state);
    }

    /** Ends its thread; a caller that waits for an arrival gets a cancellation. */
    @Override
    public void close() {
        closed = true; // before it looks for those that wait
        walking.close();
        sweep.stop();
        arrivals.cancel();
    }
}

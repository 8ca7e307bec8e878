package dev.turnout.flags.migration;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.fleet.Member;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.SweepScope;
import dev.turnout.flags.store.LastChange;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.StaleRevisionException;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a migration to the goal that people set, one safe position after the other: into {@link Stage#SYNC}, until every node has
 * acknowledged it and the sweep is done, and across. All it knows is in the flag store and the fleet, so it may be stopped at any moment
 * and another one goes on; several at once do no harm. Thread-safe.
 */
public final class Controller implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Controller.class);
    private static final Duration PERIOD = Duration.ofMillis(10);
    private static final Duration PERIOD_OF_ONLOOKERS = Duration.ofMillis(100);
    private static final Duration PERIOD_AT_GOAL = Duration.ofSeconds(1);
    // More keys than this wait for repair: SYNC would then last as long as their sweep.
    private static final int MOST_KEYS_TO_CROSS_WITH = 1_000;
    private static final String NO_SWEEP =
            "no sweep of all keys is known to have finished, since they are written to both paths, with the journal that the nodes use"
                    + " now: run a backfill";
    private static final String NO_SHARED_JOURNAL =
            "the nodes record keys in different journals, so nobody knows all keys on which the paths may differ: build each node's"
                    + " migration with the same journal";
    private static final String WALK = " [controller: ";

    /**
     * Where a migration is, and what can be done about it now.
     *
     * @param state position and goal
     * @param members the nodes that route it
     * @param blockers what the way to the goal waits for; empty if it is reached, or moving
     * @param legalMoves the stages that all keys can be moved to in one version, now
     * @param rollBackTarget where {@link #rollBack} would bring it
     */
    public record Status(
            MigrationState state,
            List<Member> members,
            List<String> blockers,
            List<Stage> legalMoves,
            Goal rollBackTarget) {}

    /** Who waits for a goal, and the revision that has it: what was read before that says nothing of it. */
    private record Arrival(Goal goal, CompletableFuture<MigrationState> future, long revision) {}

    private final Migration<?, ?> migration;
    private final Edits edits;
    private final Watchman watchman;
    private final Workers.Repeated walking;
    private final List<Arrival> arrivals = new CopyOnWriteArrayList<>();
    private volatile long sweptAtVersion; // the recorded keys, begun when every node had acknowledged it
    private volatile @Nullable String problem;
    private long lastStepNanos; // used by the walking thread alone

    private Controller(Migration<?, ?> migration) {
        this.migration = migration;
        this.edits = Edits.of(migration.node());
        this.watchman = new Watchman(migration);
        TimeSource time = migration.node().time();
        lastStepNanos = time.nanoTime() - PERIOD_AT_GOAL.toNanos();
        walking = migration.workers().every("turnout-controller-" + migration.name(), PERIOD, () -> runIfDue(time));
    }

    /**
     * Begins to control a migration, on a thread of its own, from a node that routes it. One per process is enough.
     *
     * @throws IllegalStateException if the node's flag store can't be edited
     */
    public static Controller of(Migration<?, ?> migration) {
        return new Controller(migration);
    }

    /** The migration's name. */
    public String migration() {
        return migration.name();
    }

    /**
     * Sets the goal, and walks there. Blocks until the goal is stored.
     *
     * @return completes with the state in which the goal is reached; fails with an {@link IllegalStateException} if somebody sets another goal
     *     before
     * @throws IllegalArgumentException if the goal sets a cohort apart whose keys are spread over several stages
     */
    public CompletableFuture<MigrationState> moveTo(Goal goal, String by, String reason) {
        CompletableFuture<MigrationState> future = new CompletableFuture<>();
        edits.migration(migration.name(), by, reason, state -> {
            MigrationState wanted = state.withGoal(goal);
            wanted.crossing(); // refuses what can never be reached
            return wanted;
        });
        arrivals.add(new Arrival(goal, future, migration.node().state().revision()));
        return future;
    }

    /**
     * Moves keys to exactly this position, in one version.
     *
     * @throws dev.turnout.flags.stage.IllegalMoveException if that is not legal now; it says why, and what is
     */
    public MigrationState moveNow(Goal goal, String by, String reason) {
        return edits.migration(migration.name(), by, reason, state -> state.moved(goal, facts()));
    }

    /** Moves all keys back to where the old path answers; see {@link Status#rollBackTarget}. Throws as {@link #moveTo}. */
    public CompletableFuture<MigrationState> rollBack(String by, String reason) {
        return moveTo(rollBackTarget(state()), by, reason);
    }

    /** Where it is now, and what it waits for. */
    public Status status() {
        MigrationState state = state();
        return new Status(
                state, migration.members(), blockers(state), state.legalMoves(facts()), rollBackTarget(state));
    }

    private MigrationState state() {
        return state(migration.node().state());
    }

    private MigrationState state(Snapshot snapshot) {
        MigrationState state = snapshot.document().migrations().get(migration.name());
        return state == null ? MigrationState.startingAt(migration.name(), Stage.OFF) : state;
    }

    /** The old path answers again, and the new one stays filled; from there, the migration is given up. */
    private static Goal rollBackTarget(MigrationState state) {
        boolean beyondShadow =
                state.position().slices().anyMatch(slice -> slice.stage().compareTo(Stage.SHADOW) > 0);
        return Goal.of(beyondShadow ? Stage.SHADOW : Stage.OFF);
    }

    private List<String> blockers(MigrationState state) {
        if (state.isAtGoal()) {
            return List.of();
        }
        Set<String> reasons = new LinkedHashSet<>();
        Facts facts = facts();
        MigrationState next = state.advanced(new Facts(facts.versioned(), facts.journal(), slice -> {
            Optional<String> reason = facts.holds().apply(slice);
            reason.ifPresent(reasons::add);
            return reason;
        }));
        if (next.equals(state) && reasons.isEmpty()) {
            reasons.add(facts.journal().isEmpty() ? NO_SHARED_JOURNAL : NO_SWEEP);
        }
        Optional.ofNullable(problem).ifPresent(reasons::add);
        return List.copyOf(reasons);
    }

    /** As fast as it can for somebody who waits for an arrival here, and with patience otherwise: every node may have a controller. */
    private void runIfDue(TimeSource time) {
        Duration period = PERIOD;
        if (arrivals.isEmpty()) {
            period = state().isAtGoal() ? PERIOD_AT_GOAL : PERIOD_OF_ONLOOKERS;
        }
        long now = time.nanoTime();
        if (now - lastStepNanos >= period.toNanos()) {
            lastStepNanos = now;
            run();
        }
    }

    private void run() {
        try {
            watchman.look();
            step();
        } catch (StaleRevisionException e) {
            log.debug("Somebody else moved migration '{}'; going on from there.", migration.name(), e);
        } catch (RuntimeException e) {
            String message = String.valueOf(e.getMessage());
            if (!message.equals(problem)) {
                problem = message;
                log.warn(
                        "Migration '{}' can't be moved on now; it is tried again every {} ms.",
                        migration.name(),
                        PERIOD.toMillis(),
                        e);
            }
        }
    }

    /** Moves as far as one version can. */
    void step() {
        Snapshot snapshot = migration.node().state();
        MigrationState state = state(snapshot);
        tellArrivals(state, snapshot.revision());
        if (state.isAtGoal()) {
            problem = null;
            return;
        }
        sweepIfDue(state);
        MigrationState next = state.advanced(facts());
        if (!next.equals(state)) {
            String asked = lastReason();
            String walk = asked.length() > 500 ? "" : WALK + "to " + next.position() + "]";
            edits.migration(
                    migration.name(), lastBy(), asked + walk, current -> current.equals(state) ? next : current);
            problem = null;
            log.info("Migration '{}' is at {} (version {}).", migration.name(), next.position(), next.version());
        }
    }

    private String lastReason() {
        String reason = lastChange().map(LastChange::reason).orElse("the goal");
        int walk = reason.indexOf(WALK);
        return walk < 0 ? reason : reason.substring(0, walk);
    }

    private String lastBy() {
        return lastChange().map(LastChange::by).orElse("controller");
    }

    private Optional<LastChange> lastChange() {
        return migration.node().state().lastChange(EntryKey.migration(migration.name()));
    }

    private void tellArrivals(MigrationState state, long revision) {
        for (Arrival arrival : new ArrayList<>(arrivals)) {
            if (arrival.revision() > revision) {
                continue;
            }
            if (!arrival.goal().equals(state.goal())) {
                arrivals.remove(arrival);
                arrival.future()
                        .completeExceptionally(new IllegalStateException("Somebody set another goal before "
                                + arrival.goal() + " was reached: " + state.goal() + "."));
            } else if (state.isAtGoal()
                    && Nodes.notAcknowledged(migration.members(), state.version())
                            .isEmpty()) {
                arrivals.remove(arrival);
                arrival.future().complete(state);
            }
        }
    }

    private void sweepIfDue(MigrationState state) {
        Facts facts = facts();
        boolean due = state.crossing().stream()
                .anyMatch(slice -> notAcknowledged(slice).isEmpty()
                        && slice.sweepToCross(facts) == SweepScope.RECORDED
                        && !isSwept(slice));
        if (due) {
            long began = state.version();
            int keys = migration.sweepRecorded();
            sweptAtVersion = began;
            log.info("Swept {} recorded keys of migration '{}' before they cross.", keys, migration.name());
        }
    }

    private boolean isSwept(Slice slice) {
        return slice.since() <= sweptAtVersion;
    }

    private Facts facts() {
        return new Facts(
                migration.isVersioned(), Nodes.sharedJournal(migration.members(), migration.journal()), this::holds);
    }

    private Optional<String> holds(Slice slice) {
        return slice.stage() == Stage.SYNC ? holdsCrossing(slice) : holdsEntering(slice);
    }

    private Optional<String> holdsEntering(Slice slice) {
        long waiting = migration.journal().depth();
        if (waiting <= MOST_KEYS_TO_CROSS_WITH || slice.sweepToCross(facts()) == SweepScope.NOTHING) {
            return Optional.empty();
        }
        return Optional.of(
                waiting + " keys wait for repair; a crossing begins when at most " + MOST_KEYS_TO_CROSS_WITH + " do");
    }

    private Optional<String> holdsCrossing(Slice slice) {
        Optional<String> late = notAcknowledged(slice);
        if (late.isPresent()) {
            return late.map(nodes ->
                    "every node has to acknowledge version " + slice.since() + ", which entered SYNC, but " + nodes);
        }
        Facts facts = facts();
        return switch (slice.sweepToCross(facts)) {
            case NOTHING -> Optional.empty();
            case EVERYTHING -> Optional.of(facts.journal().isEmpty() ? NO_SHARED_JOURNAL : NO_SWEEP);
            case RECORDED ->
                isSwept(slice)
                        ? Optional.empty()
                        : Optional.of("the sweep of the recorded keys, begun in SYNC, has not finished");
        };
    }

    private Optional<String> notAcknowledged(Slice slice) {
        return Nodes.notAcknowledged(migration.members(), slice.since());
    }

    /** Ends its thread; the goal stays in the store. What {@link #moveTo} returned and has not arrived is cancelled. */
    @Override
    public void close() {
        walking.close();
        arrivals.forEach(arrival -> arrival.future().cancel(false));
    }
}

package dev.turnout.flags.migration;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.fleet.Member;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.IllegalMoveException;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.LastChange;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.StaleRevisionException;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a migration to the goal that people set, one safe position after the other: into {@link Stage#SYNC}, until every node has
 * acknowledged it and the sweep is done, and across. All it knows is in the flag store and the fleet, so it may be stopped at any moment
 * and another one goes on. Several at once do no harm. Thread-safe.
 */
public final class Controller implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Controller.class);
    private static final Duration PERIOD = Duration.ofMillis(10);
    private static final Duration PERIOD_OF_ONLOOKERS = Duration.ofMillis(100);
    private static final Duration PERIOD_AT_GOAL = Duration.ofSeconds(1);
    private static final String WALK = " [controller: ";

    /**
     * Where a migration is, and what can be done about it now.
     *
     * @param state position and goal
     * @param members the nodes that route it
     * @param blockers what the way to the goal waits for; empty if it is reached, or moving
     * @param legalMoves the stages that all keys can be moved to in one version, now
     * @param gates what stands between the keys and each stage that people know
     * @param rollBackTarget where {@link #rollBack} would bring it
     */
    public record Status(
            MigrationState state,
            List<Member> members,
            List<String> blockers,
            List<Stage> legalMoves,
            List<Gate> gates,
            Goal rollBackTarget) {}

    /** Who waits for a goal, and the revision that has it: what was read before that says nothing of it. */
    private record Arrival(Goal goal, CompletableFuture<MigrationState> future, long revision) {}

    private final Migration<?, ?> migration;
    private final Edits edits;
    private final Watchman watchman;
    private final Workers.Repeated walking;
    private final List<Arrival> arrivals = new CopyOnWriteArrayList<>();
    volatile long sweptAtVersion; // the recorded keys, begun when every node had acknowledged it
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
            MigrationState wanted = state.withGoal(goal).paused(false);
            wanted.crossing(); // refuses what can never be reached
            return wanted;
        });
        arrivals.add(new Arrival(goal, future, migration.node().state().revision()));
        return future;
    }

    /**
     * Moves keys to exactly this position, in one version.
     *
     * @throws IllegalMoveException if that is not legal now; it says why, and what is
     */
    public MigrationState moveNow(Goal goal, String by, String reason) {
        return edits.migration(migration.name(), by, reason, state -> {
            Facts facts = gates().facts();
            MigrationState moved = state.moved(goal, facts);
            closeFences(state.withGoal(goal).paused(false), facts);
            return moved;
        });
    }

    /**
     * Sets the goal to bring all keys to the next stage: to the goal's stage where that is meant for a share of them, else to the one after it.
     * Throws and returns as {@link #moveTo}.
     *
     * @throws IllegalMoveException if the migration is on its way still, or the gate of that stage is closed; nothing is changed then
     */
    public CompletableFuture<MigrationState> advance(String by, String reason) {
        MigrationState state = migration.state(migration.node().refresh());
        Goal next = Goal.of(state.nextStage().orElse(state.goal().stage()));
        Gates gates = gates();
        List<String> reasons = gates.to(next.stage(), state).blockers();
        if (!state.isAtGoal()) {
            reasons = List.of("it is on its way to " + state.goal() + " still");
        } else if (state.nextStage().isEmpty()) {
            reasons = List.of("that is the last stage");
        }
        if (!reasons.isEmpty()) {
            throw new IllegalMoveException(state, next, reasons, state.legalMoves(gates.facts()));
        }
        return moveTo(next, by, reason);
    }

    /** Moves all keys back to where the old path answers; see {@link Status#rollBackTarget}. Throws as {@link #moveTo}. */
    public CompletableFuture<MigrationState> rollBack(String by, String reason) {
        return moveTo(state().rollBackTarget(), by, reason);
    }

    /**
     * What becomes of an emergency roll back.
     *
     * @param everywhere whether the flag store was told, so that all nodes go back; if not, this node alone was overridden with
     *     {@link Stage#SYNC}, or nothing was done, and {@code told} says what people have to do
     * @param told in words
     */
    public record Emergency(boolean everywhere, String told) {}

    /**
     * Rolls back, and where the flag store can't be reached does what can be done on this node alone: see
     * {@link Migration#overrideStage}. Never throws for a store that is down. Blocks as long as the flag store does.
     */
    public Emergency rollBackNow(String by, String reason) {
        try {
            var unused = rollBack(by, reason);
            return new Emergency(
                    true, "All nodes go to " + state().goal() + ". " + String.join("; ", status().blockers()));
        } catch (RuntimeException e) {
            log.warn("The flag store of migration '{}' can't be told to roll back.", migration.name(), e);
            return overrideHere(by, reason);
        }
    }

    private Emergency overrideHere(String by, String reason) {
        if (state().isOnOldSide()) {
            return new Emergency(
                    false, "The flag store can't be reached. The old path answers already; nothing was done.");
        }
        try {
            migration.overrideStage(Stage.SYNC, by, reason);
            return new Emergency(
                    false,
                    "The flag store can't be reached. This node is overridden with SYNC. Do the same on every node; when every one is, or its"
                            + " process has ended, override each with SHADOW, and the old path answers. When the flag store is back, adopt the"
                            + " override, and end it on each node.");
        } catch (IllegalStateException e) {
            return new Emergency(false, "The flag store can't be reached, and nothing was done. " + e.getMessage());
        }
    }

    /**
     * Tells the flag store, when it is back, that people have brought all nodes back by hand. After that the override is to be ended on each.
     *
     * @throws IllegalStateException if not every node is overridden with {@link Stage#SHADOW}; it names the others
     * @throws IllegalArgumentException if the old path may lack something
     */
    public void adoptOverride(String by, String reason) {
        List<String> others = migration.members().stream()
                .filter(member -> member.override() != Stage.SHADOW)
                .map(Member::node)
                .toList();
        if (!others.isEmpty()) {
            throw new IllegalStateException("Not overridden with SHADOW: " + String.join(", ", others)
                    + ". Override them, or end the override of the others if they are only in SYNC.");
        }
        edits.migration(migration.name(), by, reason, MigrationState::broughtBackByHand);
    }

    /**
     * Leaves the keys where they are, whatever the goal, until somebody resumes it, moves it or rolls it back. Keys on their way through
     * {@link Stage#SYNC} go back. Blocks until that is stored.
     */
    public void pause(String by, String reason) {
        edits.migration(migration.name(), by, reason, state -> state.paused(true));
    }

    /** Goes on to the goal. Blocks until that is stored. */
    public void resume(String by, String reason) {
        edits.migration(migration.name(), by, reason, state -> state.paused(false));
    }

    /**
     * Counts a node out of the fleet that is known to be dead, instead of waiting for its lease to end. If it lives all the same, what it
     * does until it notices may be lost.
     *
     * @return whether there was such a node, and it has not reported meanwhile
     */
    public boolean countOut(String node, String by) {
        List<Member> dead = migration.members().stream()
                .filter(member -> member.node().equals(node))
                .toList();
        log.warn("{} says that node '{}' of migration '{}' is dead.", by, node, migration.name());
        return !dead.isEmpty() && dead.stream().allMatch(watchman::countOut);
    }

    /** Where it is now, and what it waits for. Blocks. */
    public Status status() {
        MigrationState state = state();
        Gates gates = gates();
        List<String> blockers = new ArrayList<>(gates.blockers(state));
        if (blockers.isEmpty() && !state.isAtGoal()) {
            blockers.addAll(gates.deaf(migration.node().state().revisionOf(EntryKey.migration(migration.name()))));
        }
        Optional.ofNullable(problem).ifPresent(blockers::add);
        return new Status(
                state,
                gates.members(),
                List.copyOf(blockers),
                state.legalMoves(gates.facts()),
                gates.all(state),
                state.rollBackTarget());
    }

    private Gates gates() {
        return new Gates(migration, sweptAtVersion);
    }

    private MigrationState state() {
        return migration.state(migration.node().state());
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
        MigrationState state = migration.state(snapshot);
        tellArrivals(state, snapshot.revision());
        if (state.isAtGoal()) {
            problem = null;
            return;
        }
        Gates gates = gates();
        if (!gates.overrides().isEmpty()) {
            return;
        }
        MigrationState next = gates.mustDrain() ? state.drained(gates::isAcknowledged) : state;
        if (next.equals(state)) {
            Facts facts = swept(state, gates).facts();
            next = state.advanced(facts);
            closeFences(state, facts);
        }
        if (!next.equals(state) && !(entersSync(next) && isAnyDeaf(gates, snapshot))) {
            publish(state, next);
        }
    }

    private static boolean entersSync(MigrationState next) {
        return next.position()
                .slices()
                .anyMatch(slice -> slice.stage() == Stage.SYNC && slice.since() == next.version());
    }

    /** However long: nothing crosses without it, and until then it costs nothing, while in {@link Stage#SYNC} writes would wait for it. */
    private boolean isAnyDeaf(Gates gates, Snapshot snapshot) {
        return !gates.deaf(snapshot.revisionOf(EntryKey.migration(migration.name())))
                .isEmpty();
    }

    /** Before keys may cross, in the stores themselves. */
    private void closeFences(MigrationState state, Facts facts) {
        if (!state.paused()) {
            state.crossing().stream()
                    .filter(slice -> state.holds(slice, facts).isEmpty())
                    .forEach(migration.fences()::closeBehind);
        }
    }

    private void publish(MigrationState state, MigrationState next) {
        String asked = lastReason();
        String walk = asked.length() > 500 ? "" : WALK + "to " + next.position() + "]";
        edits.migration(migration.name(), lastBy(), asked + walk, current -> current.equals(state) ? next : current);
        problem = null;
        log.info("Migration '{}' is at {} (version {}).", migration.name(), next.position(), next.version());
    }

    /** What is known after the sweep that keys wait for, if they do. */
    private Gates swept(MigrationState state, Gates gates) {
        if (state.paused() || state.crossing().stream().noneMatch(gates::isSweepDue)) {
            return gates;
        }
        long began = state.version();
        watchman.handOverWhatIsLeft();
        int keys = migration.sweepRecorded();
        sweptAtVersion = began;
        log.info("Swept {} recorded keys of migration '{}' before they cross.", keys, migration.name());
        return gates();
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
                    && Nodes.notAcknowledged(migration.members(), List.of(), state.version())
                            .isEmpty()) {
                arrivals.remove(arrival);
                arrival.future().complete(state);
            }
        }
    }

    /** Ends its thread; the goal stays in the store. What {@link #moveTo} returned and has not arrived is cancelled. */
    @Override
    public void close() {
        walking.close();
        arrivals.forEach(arrival -> arrival.future().cancel(false));
    }
}

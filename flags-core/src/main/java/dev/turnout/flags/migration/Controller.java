package dev.turnout.flags.migration;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.fleet.Member;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.IllegalMoveException;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.store.LastChange;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.StaleRevisionException;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a migration to the goal that operators set, one safe position after the other: into {@link Stage#SYNC}, until every node has
 * acknowledged it and the sweep is done, and across. All it knows is in the flag store and the fleet, so it may be stopped at any moment
 * and another one resumes. Several at once are safe. Thread-safe.
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
     * @param gates what stands between the keys and each stage that operators choose
     * @param rollBackTarget where {@link #rollBack} would bring it
     */
    public record Status(
            MigrationState state,
            List<Member> members,
            List<String> blockers,
            List<Stage> legalMoves,
            List<Gate> gates,
            Goal rollBackTarget) {}

    /** The flag store's state, and what is known of the fleet that it is compared with. */
    private record Look(Snapshot snapshot, Gates gates) {
        MigrationState state() {
            return gates.state();
        }
    }

    private final Migration<?, ?> migration;
    private final Edits edits;
    private final Watchman watchman;
    private final CrossingSweep sweep;
    private final CrossingTime crossingTime;
    private final DepthTrend depthTrend;
    private final Attention attention; // used by the walking thread alone
    private final Workers.Repeated walking;
    private final Arrivals arrivals = new Arrivals();
    volatile RecordedSweep recordedSweep = RecordedSweep.NONE; // the last one that has finished
    private volatile @Nullable String problem;
    private volatile boolean closed;
    private long lastStepNanos; // used by the walking thread alone

    private Controller(Migration<?, ?> migration) {
        this.migration = migration;
        this.edits = Edits.of(migration.node());
        this.watchman = new Watchman(migration);
        this.sweep = new CrossingSweep(migration, watchman);
        this.crossingTime =
                new CrossingTime(migration.crossingTimeout(), migration.node().time());
        TimeSource time = migration.node().time();
        depthTrend = new DepthTrend(time);
        attention = new Attention(time);
        lastStepNanos = time.nanoTime() - PERIOD_AT_GOAL.toNanos();
        walking = migration.workers().every("turnout-controller-" + migration.name(), PERIOD, () -> runIfDue(time));
    }

    /**
     * Begins to control a migration, on a thread of its own, from a node that routes it. One per process is enough.
     *
     * @throws IllegalStateException if the node's flag store cannot be edited
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
     * @return completes with the state in which the goal is reached; fails with an {@link IllegalStateException} if another goal is set, the
     *     migration's entry is removed, or the flag store loses the goal, before; is cancelled when this controller is closed
     * @throws IllegalArgumentException if the goal sets a cohort apart whose keys are spread over several stages
     * @throws IllegalStateException if this controller is closed, or the flag store has no entry of the migration although nodes route by one;
     *     nothing is stored then
     */
    public CompletableFuture<MigrationState> moveTo(Goal goal, String by, String reason) {
        return moveTo(goal, by, reason, state -> {});
    }

    /** @param check throws if that must not be stored where this is the state */
    private CompletableFuture<MigrationState> moveTo(
            Goal goal, String by, String reason, Consumer<MigrationState> check) {
        refuseIfClosed();
        Edits.Edited edited = edits.migration(migration.name(), by, reason, state -> {
            check.accept(state);
            MigrationState wanted = state.withGoal(goal).paused(false);
            wanted.crossing(); // refuses what can never be reached
            return wanted;
        });
        CompletableFuture<MigrationState> future = arrivals.await(goal, edited.at());
        if (closed) { // looked at after it was added: close() sets it before it looks for those that were added
            future.cancel(false);
        }
        return future;
    }

    private void refuseIfClosed() {
        if (closed) {
            throw new IllegalStateException("This controller of migration '" + migration.name()
                    + "' is closed, so it moves nothing any more. Nothing was stored; use another controller.");
        }
    }

    /**
     * Moves keys to exactly this position, in one version.
     *
     * @throws IllegalMoveException if that is not legal now; it says why, and what is
     */
    public MigrationState moveNow(Goal goal, String by, String reason) {
        return edits.migration(migration.name(), by, reason, () -> {
                    Sighting seen = sighting();
                    return state -> moved(state, gates(state, state.id(), seen), goal);
                })
                .state();
    }

    private MigrationState moved(MigrationState state, Gates gates, Goal goal) {
        List<String> standstill = gates.standstill();
        if (!standstill.isEmpty()) {
            throw new IllegalMoveException(state, goal, standstill, List.of());
        }
        MigrationState moved = state.moved(goal, gates.facts());
        closeFences(state.withGoal(goal).paused(false), gates.facts());
        return moved;
    }

    /**
     * Sets the goal to bring all keys to the next stage: to the goal's stage where that is meant for a share of them, else to the one after it.
     * Throws and returns as {@link #moveTo}.
     *
     * @throws IllegalMoveException if the migration is still moving, or the gate of that stage is closed; nothing is changed then
     */
    public CompletableFuture<MigrationState> advance(String by, String reason) {
        refuseIfClosed();
        Sighting seen = sighting();
        Gates gates = look(migration.node().refresh(), seen).gates();
        MigrationState state = gates.state();
        Goal next = Goal.of(state.nextStage().orElse(state.goal().stage()));
        List<String> reasons = gates.to(next.stage()).blockers();
        if (!state.isAtGoal()) {
            reasons = List.of("it is still moving to " + state.goal());
        } else if (state.nextStage().isEmpty()) {
            reasons = List.of("that is the last stage");
        }
        if (!reasons.isEmpty()) {
            throw new IllegalMoveException(state, next, reasons, gates.legalMoves());
        }
        return moveTo(next, by, reason, current -> {
            if (!current.equals(state)) { // such as by a rollback, which must not be undone by who has not seen it
                throw new IllegalMoveException(
                        current, next, List.of("it was changed meanwhile; look again"), gates.legalMoves());
            }
        });
    }

    /** Moves all keys back to where the old path answers; see {@link Status#rollBackTarget}. Throws as {@link #moveTo}. */
    public CompletableFuture<MigrationState> rollBack(String by, String reason) {
        return moveTo(state().rollBackTarget(), by, reason);
    }

    /**
     * What becomes of an emergency rollback.
     *
     * @param everywhere whether the goal is stored, so that all nodes go back; if not, this node alone was overridden with {@link Stage#SYNC},
     *     or nothing was done, and {@code told} says what operators have to do
     * @param told in words
     */
    public record Emergency(boolean everywhere, String told) {}

    /**
     * Rolls back; where the flag store cannot be reached, it does what can be done on this node alone: see {@link Migration#overrideStage}. Whether
     * the fleet store can be reached does not matter for that. Never throws for a store that is down. Blocks as long as the flag store does.
     *
     * @throws IllegalStateException if this controller is closed
     */
    public Emergency rollBackNow(String by, String reason) {
        refuseIfClosed();
        Goal target = state().rollBackTarget();
        try {
            var unused = moveTo(target, by, reason);
        } catch (RuntimeException e) {
            log.warn("The rollback of migration={} cannot be stored in the flag store.", migration.name(), e);
            return overrideHere(by, reason, e);
        }
        return new Emergency(true, "All nodes go to " + target + "." + whatItWaitsFor());
    }

    /** The goal is stored: that this cannot be told, as the fleet store is down, changes nothing. */
    private String whatItWaitsFor() {
        try {
            List<String> blockers = status().blockers();
            return blockers.isEmpty() ? "" : " The rollback waits: " + String.join("; ", blockers) + ".";
        } catch (RuntimeException e) {
            return " What it waits for cannot be told now: " + e.getMessage();
        }
    }

    private Emergency overrideHere(String by, String reason, RuntimeException failure) {
        String notStored = "The rollback could not be stored in the flag store (" + failure.getMessage() + "). ";
        if (state().isOnOldSide()) {
            return new Emergency(false, notStored + "The old path already answers; nothing was done.");
        }
        try {
            migration.overrideStage(Stage.SYNC, by, reason);
            return new Emergency(
                    false,
                    notStored
                            + "This node is overridden with SYNC. Override every other node with SYNC as well. When every node is"
                            + " overridden, or its process has ended, override each one with SHADOW; then the old path answers. When the"
                            + " flag store is back, adopt the override, then end it on each node.");
        } catch (IllegalStateException e) {
            return new Emergency(
                    false, notStored + "This node was not overridden, so nothing was done. " + e.getMessage());
        }
    }

    /**
     * Tells the flag store, when it is back, that operators have brought all nodes back manually. After that, end the override on each node.
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
     * Leaves the keys where they are, whatever the goal, until an operator resumes it, moves it or rolls it back. Keys in {@link Stage#SYNC} go
     * back. Blocks until that is stored.
     */
    public void pause(String by, String reason) {
        var unused = edits.migration(migration.name(), by, reason, state -> state.paused(true));
    }

    /** Resumes the way to the goal. Blocks until that is stored. */
    public void resume(String by, String reason) {
        var unused = edits.migration(migration.name(), by, reason, state -> state.paused(false));
    }

    /**
     * Evicts a node from the fleet that is known to be dead, instead of waiting for its lease to end. If it lives all the same, what it
     * does until it notices may be lost; where paths keep no versions and have fences, they refuse it before. A node that is overridden manually is
     * evicted in no other way. Where several processes have that name, those are evicted that no longer report.
     *
     * @return whether there was such a node, and it has not reported meanwhile
     * @throws IllegalStateException if several processes have that name, and all of them have reported lately
     * @throws RuntimeException if a store cannot be reached, or a fence cannot be told to refuse the node; it is not evicted then
     */
    public boolean countOut(String node, String by) {
        FleetSighting seen = watchman.sighting();
        List<Member> dead = seen.members().stream()
                .filter(member -> member.node().equals(node))
                .toList();
        if (dead.size() > 1) { // processes of one name, such as an old build and a new one
            List<Member> all = dead;
            dead = all.stream()
                    .filter(member -> watchman.silent().contains(member.id()))
                    .toList();
            if (dead.isEmpty()) {
                throw new IllegalStateException(
                        "There are " + all.size() + " processes of node '" + node + "' in migration '"
                                + migration.name() + "': "
                                + all.stream().map(Member::process).toList()
                                + ", and all of them have reported lately. None was evicted; try again in a minute.");
            }
        }
        log.warn("{} says that node '{}' of migration '{}' is dead.", by, node, migration.name());
        return !dead.isEmpty() && dead.stream().allMatch(member -> watchman.evictDead(member, seen));
    }

    /** Where it is now, and what it waits for. Blocks. */
    public Status status() {
        Look look = look();
        Gates gates = look.gates();
        List<String> blockers = new ArrayList<>(gates.blockers());
        if (blockers.isEmpty() && !look.state().isAtGoal()) {
            blockers.addAll(deaf(look));
        }
        if (!look.state().isAtGoal()) {
            watchman.unrefused().ifPresent(blockers::add);
            sweep.progress(look.state()).ifPresent(blockers::add);
        }
        problem().ifPresent(blockers::add);
        return new Status(
                look.state(),
                gates.members(),
                List.copyOf(blockers),
                gates.legalMoves(),
                gates.all(),
                look.state().rollBackTarget());
    }

    /** What the last round failed with, in words; empty if it is done with. */
    Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    private Sighting sighting() {
        return Sighting.of(watchman.sighting(), migration.journal());
    }

    private Look look() {
        return look(sighting());
    }

    /** The state is read after the fleet was seen, as members may route by a newer one than this node has read. */
    private Look look(Sighting seen) {
        Look look = look(migration.node().state(), seen);
        // Does this node lag behind the others, or does the flag store?
        return look.gates().areAllFollowed() ? look : look(migration.node().refresh(), seen);
    }

    private Look look(Snapshot snapshot, Sighting seen) {
        MigrationState state = migration.state(snapshot);
        return new Look(snapshot, gates(state, isKnown(snapshot) ? state.id() : StateId.NONE, seen));
    }

    private Optional<String> holdsEntry(Slice slice) {
        return crossingTime.holds(slice).or(() -> depthTrend.holds(slice)).or(() -> migration.heldUp(slice));
    }

    private boolean isKnown(Snapshot snapshot) {
        return snapshot.document().migrations().containsKey(migration.name());
    }

    private Gates gates(MigrationState state, StateId id, Sighting seen) {
        return new Gates(
                state, id, seen, migration.isVersioned(), recordedSweep, this::holdsEntry, watchman.lostContact());
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
            FleetSighting seen = watchman.sighting();
            watchman.look(seen);
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
        if (!message.equals(problem)) {
            problem = message;
            log.warn(
                    "The controller cannot move migration={} now; it tries again every {} ms.",
                    migration.name(),
                    PERIOD.toMillis(),
                    e);
        }
    }

    /** Moves as far as one version can. */
    void step() {
        step(watchman.sighting());
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
            log.warn(
                    "The flag store has lost {} of migration={}, by which nodes route. It is stored again, as version {}: {}.",
                    route.id(),
                    migration.name(),
                    restored.version(),
                    restored.position());
            edits.restore(
                    snapshot,
                    restored,
                    lastBy(),
                    walk("stores again what the flag store has lost, " + restored.position()));
            problem = null;
        });
    }

    private void step(Look look) {
        MigrationState state = look.state();
        MigrationState next = look.gates().mustDrain() ? state.drained(look.gates()::isAcknowledged) : state;
        if (next.equals(state)) {
            Gates gates = swept(look);
            next = state.advanced(gates.facts());
            closeFences(state, gates.facts());
        }
        boolean retreats = next.equals(state) && crossingTime.isOver();
        if (retreats) {
            next = state.retreated(look.gates().facts());
        }
        if (next.equals(state)) {
            attention.rest();
            return;
        }
        if (entersSync(next) && (!deaf(look).isEmpty() || isAskedForAttention(look))) {
            return;
        }
        publish(state, next);
        attention.rest();
        if (retreats) {
            log.warn(
                    "Keys of migration '{}' were in SYNC for longer than {}, and go back to SHADOW, as they waited for: {}. They try again later.",
                    migration.name(),
                    migration.crossingTimeout(),
                    look.gates().blockers());
        }
    }

    private static boolean entersSync(MigrationState next) {
        return next.position()
                .slices()
                .anyMatch(slice -> slice.stage() == Stage.SYNC && slice.since() == next.version());
    }

    /** Stores the state again as it is, where nodes would hear late of the next one, for which writes wait; then it goes on when they have heard of this. */
    private boolean isAskedForAttention(Look look) {
        if (migration.isVersioned() || !attention.mustBeAsked()) {
            return false;
        }
        edits.repeat(look.state(), lastBy(), walk("is about to go on"));
        attention.asked();
        return true;
    }

    /** However long: nothing crosses without it, and until then it costs nothing, while in {@link Stage#SYNC} writes would wait for it. */
    private List<String> deaf(Look look) {
        return look.gates().deaf(look.snapshot().revisionOf(EntryKey.migration(migration.name())));
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
        edits.existing(
                migration.name(),
                lastBy(),
                walk("to " + next.position()),
                current -> current.equals(state) ? next : current);
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

    /** Why: what people gave as the reason, and what the controller does for it. */
    private String walk(String what) {
        String reason = lastChange().map(LastChange::reason).orElse("the goal");
        int walk = reason.indexOf(WALK);
        String asked = walk < 0 ? reason : reason.substring(0, walk);
        return asked.length() > 500 ? asked : asked + WALK + what + "]";
    }

    private String lastBy() {
        return lastChange().map(LastChange::by).orElse("controller");
    }

    private Optional<LastChange> lastChange() {
        return migration.node().state().lastChange(EntryKey.migration(migration.name()));
    }

    /** Ends its thread; the goal stays in the store. What {@link #moveTo} returned and has not arrived is cancelled. */
    @Override
    public void close() {
        closed = true; // before it looks for those that wait
        walking.close();
        sweep.stop();
        arrivals.cancel();
    }
}

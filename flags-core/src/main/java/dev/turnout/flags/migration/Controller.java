package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.IllegalMoveException;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves a migration to the goal that operators set, one safe position after the other: into {@link Stage#SYNC}, until every node has
 * acknowledged it and the sweep is done, and across. All it knows is in the flag store and the fleet, so it may be stopped at any moment
 * and another one resumes. Several at once are safe. Thread-safe.
 */
public final class Controller implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Controller.class);

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
            List<Blocker> blockers,
            List<Stage> legalMoves,
            List<Gate> gates,
            Goal rollBackTarget) {}

    private final Migration<?, ?> migration;
    private final StateEdits edits;
    private final FailureDetector failureDetector;
    final Walk walk;

    private Controller(Migration<?, ?> migration) {
        this.migration = migration;
        this.edits = StateEdits.of(migration.node());
        this.failureDetector = new FailureDetector(migration);
        this.walk = new Walk(migration, edits, failureDetector);
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
        StateEdits.Edited edited = edits.migration(migration.name(), by, reason, state -> {
            check.accept(state);
            MigrationState wanted = state.withGoal(goal).paused(false);
            wanted.crossing(); // refuses what can never be reached
            return wanted;
        });
        return walk.arrival(goal, edited.at());
    }

    private void refuseIfClosed() {
        if (walk.isClosed()) {
            throw new IllegalStateException("This controller of migration '" + migration.name()
                    + "' is closed, so it moves nothing any more. Nothing was stored; use another controller.");
        }
    }

    /**
     * Moves keys to exactly this position, in one version.
     *
     * @throws IllegalMoveException if that is not legal now; the message states why, and what is legal
     */
    public MigrationState moveNow(Goal goal, String by, String reason) {
        return edits.migration(migration.name(), by, reason, () -> {
                    Sighting seen = walk.sighting();
                    return state -> moved(state, walk.gates(state, state.id(), seen), goal);
                })
                .state();
    }

    private MigrationState moved(MigrationState state, Gates gates, Goal goal) {
        List<Blocker> standstill = gates.standstill();
        if (!standstill.isEmpty()) {
            throw new IllegalMoveException(state, goal, standstill, List.of());
        }
        MigrationState moved = state.moved(goal, gates.facts());
        migration.fences().closeBehindCrossing(state.withGoal(goal).paused(false), gates.facts());
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
        Sighting seen = walk.sighting();
        Gates gates = walk.look(migration.node().refresh(), seen).gates();
        MigrationState state = gates.state();
        Goal next = Goal.of(state.nextStage().orElse(state.goal().stage()));
        List<Blocker> blockers = gates.to(next.stage()).blockers();
        if (!state.isAtGoal()) {
            blockers = List.of(new Blocker.StillMoving(state.goal()));
        } else if (state.nextStage().isEmpty()) {
            blockers = List.of(new Blocker.LastStage());
        }
        if (!blockers.isEmpty()) {
            throw new IllegalMoveException(state, next, blockers, gates.legalMoves());
        }
        return moveTo(next, by, reason, current -> {
            if (!current.equals(state)) { // such as by a rollback, which must not be undone by who has not seen it
                throw new IllegalMoveException(
                        current, next, List.of(new Blocker.ChangedMeanwhile()), gates.legalMoves());
            }
        });
    }

    /** Moves all keys back to where the old path answers; see {@link Status#rollBackTarget}. Throws as {@link #moveTo}. */
    public CompletableFuture<MigrationState> rollBack(String by, String reason) {
        return moveTo(migration.state(migration.node().state()).rollBackTarget(), by, reason);
    }

    /**
     * What becomes of an emergency rollback.
     *
     * @param everywhere whether the goal is stored, so all nodes go back; if not, this node alone was overridden with
     *     {@link Stage#SYNC}, or nothing was done, and {@code told} states what operators have to do
     * @param told in words
     */
    public record Emergency(boolean everywhere, String told) {}

    /**
     * Rolls back; where the flag store cannot be reached, or does not answer within 5 s, it does what can be done on this node alone: see {@link
     * Migration#overrideStage}. Whether the fleet store can be reached does not matter for that. Never throws for a store that is down. Blocks, for
     * 10 s at most.
     *
     * @throws IllegalStateException if this controller is closed
     */
    public Emergency rollBackNow(String by, String reason) {
        refuseIfClosed();
        return new EmergencyRollback(migration, this, by, reason).run();
    }

    /**
     * Records in the flag store, when it is back, that operators have brought all nodes back manually. After that, end
     * the override on each node.
     *
     * @throws IllegalStateException if not every node is overridden with {@link Stage#SHADOW}; it names the other nodes
     * @throws IllegalArgumentException if the old path may lack something
     */
    public void adoptOverride(String by, String reason) {
        List<String> others = migration.members().stream()
                .filter(member -> member.override() != Stage.SHADOW)
                .map(Member::node)
                .toList();
        if (!others.isEmpty()) {
            throw new IllegalStateException("Not overridden with SHADOW: " + String.join(", ", others)
                    + ". Override them, or end the override of the other nodes if they are only in SYNC.");
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
     * @throws RuntimeException if a store cannot be reached, or a fence cannot be set to refuse the node; it is not
     *     evicted then
     */
    public boolean evict(String node, String by) {
        FleetSighting seen = failureDetector.sighting();
        List<Member> dead = seen.members().stream()
                .filter(member -> member.node().equals(node))
                .toList();
        if (dead.size() > 1) { // processes of one name, such as an old build and a new one
            List<Member> all = dead;
            dead = all.stream()
                    .filter(member -> failureDetector.silent().contains(member.id()))
                    .toList();
            if (dead.isEmpty()) {
                throw new IllegalStateException(
                        "There are " + all.size() + " processes of node '" + node + "' in migration '"
                                + migration.name() + "': "
                                + all.stream().map(Member::process).toList()
                                + ", and all of them have reported lately. None was evicted; try again in a minute.");
            }
        }
        log.warn("{} reports that node '{}' of migration '{}' is dead.", by, node, migration.name());
        return !dead.isEmpty() && dead.stream().allMatch(member -> failureDetector.evictDead(member, seen));
    }

    /** Where it is now, and what it waits for. Blocks. */
    public Status status() {
        Walk.Look look = walk.look();
        Gates gates = look.gates();
        List<Blocker> blockers = new ArrayList<>(gates.blockers());
        if (blockers.isEmpty() && !look.state().isAtGoal()) {
            walk.revisionUnread(look).ifPresent(blockers::add);
        }
        if (!look.state().isAtGoal()) {
            failureDetector.unrefused().ifPresent(blockers::add);
            walk.sweepProgress(look.state()).ifPresent(blockers::add);
        }
        walk.problem().ifPresent(blockers::add);
        return new Status(
                look.state(),
                gates.members(),
                List.copyOf(blockers),
                gates.legalMoves(),
                gates.all(),
                look.state().rollBackTarget());
    }

    /** Moves as far as one version can. */
    void step() {
        walk.step();
    }

    /** Ends its thread; the goal stays in the store. What {@link #moveTo} returned and has not arrived is cancelled. */
    @Override
    public void close() {
        walk.close();
    }
}

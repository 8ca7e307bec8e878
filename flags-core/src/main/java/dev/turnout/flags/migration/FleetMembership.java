package dev.turnout.flags.migration;

import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.spi.Node;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.TimeSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's place in the fleet of one migration: reports where the node is, which renews its lease, and takes another
 * place after an eviction. {@link #report} may be called from any thread, and blocks as long as the stores do.
 */
final class FleetMembership {
    private static final Logger log = LoggerFactory.getLogger(FleetMembership.class);

    /** What the node does of the migration. */
    interface Router {
        /** Routes by this state, or a newer one: operations begun from now on work under this tenure. */
        void route(Snapshot snapshot, Tenure tenure);

        /** The same, instead of by order of an operator. */
        void endOverride(Snapshot snapshot, Tenure tenure);

        /** Where it is, having read this revision of the flag store. */
        Member.Report report(long revision);

        /** The state by which it begins operations. */
        StateId using();

        /** Whether it routes by a state that the flag store's does not follow, and now rejects operations. */
        boolean mustJoinAgain();

        /** Whether no operation is under way. */
        boolean isIdle();

        /** The stage by which an operator makes it route; {@code null} if none does. */
        @Nullable
        Stage override();
    }

    private final Settings<?> settings;
    private final String migration;
    private final Node node;
    private final Router router;
    // All below is guarded by this, which is never taken on a caller's way to its answer.
    private @Nullable Place place;
    private boolean routing;
    private boolean closed;

    /** A registration and what it allows. */
    private record Place(FleetStore.Membership membership, Tenure tenure) {}

    FleetMembership(Settings<?> settings, Node node, Router router) {
        this.settings = settings;
        this.migration = settings.name();
        this.node = node;
        this.router = router;
    }

    /** Joins the fleet where the node is not in it, and reports where the node is. */
    synchronized void report() {
        if (closed) {
            return;
        }
        if (router.mustJoinAgain() && !leaveToJoinAgain()) {
            return;
        }
        Place refused = place;
        if (refused != null && refused.tenure().lease().isEnded()) {
            leaveAsRefused(refused.membership().id());
        }
        while (!tell(place())) {
            // It joins again.
        }
    }

    /**
     * A fence refuses what this member writes. If it is still in the fleet, its eviction was begun and not completed: then it evicts itself, as
     * otherwise it would never write again.
     */
    private void leaveAsRefused(String member) {
        node.fleet().members(migration).stream()
                .filter(one -> one.id().equals(member))
                .forEach(one -> {
                    settings.fences().refuse(member); // by both, as operations of it may be under way
                    settings.journal().evicting(member);
                    node.fleet().evict(migration, one);
                });
    }

    /** @return whether the node has left; not while operations are under way, which work by what it routed by before */
    private boolean leaveToJoinAgain() {
        Place now = place;
        if (now == null) {
            return true;
        }
        // A member that leaves reports that nothing of it remains, so its hand-overs must be stored too.
        if (!router.isIdle() || !settings.journal().isUpToDate()) {
            var unused = tell(now);
            return false;
        }
        leavePlace(now);
        return true;
    }

    private void leavePlace(Place now) {
        place = null;
        now.membership().close();
    }

    /** @return whether it is a member still */
    private boolean tell(Place now) {
        TimeSource time = node.time();
        long sent = time.nanoTime(); // before: the fleet counts from when it receives it, which is later
        if (now.membership().report(router.report(node.state().revision()))) {
            now.tenure().lease().renew(sent);
            return true;
        }
        now.tenure().lease().end(time.nanoTime());
        settings.journal().evicted(now.membership().id());
        place = null;
        log.warn(
                "migration={}: node '{}' lost contact for longer than its lease and was evicted, so the migration may have moved on without it."
                        + " What was under way here is reported as unknown, and repair looks after its keys; the node joins again.",
                migration,
                node.name());
        return false;
    }

    /**
     * Routes by the flag store again, where an operator has overridden it; the override stays if that is not possible.
     *
     * @param check throws if the flag store's state forbids it
     */
    synchronized void endOverride(Consumer<Snapshot> check) {
        if (closed) {
            return;
        }
        Place now = joined();
        List<Member> others = others(now); // before the state, see place()
        Snapshot snapshot = node.refresh();
        check.accept(snapshot);
        refuseToGoBack(others, snapshot);
        router.endOverride(snapshot, now.tenure());
        routing = true;
    }

    /** No operator vouches for the state by which the node is to route from now on. */
    private void refuseToGoBack(List<Member> others, Snapshot snapshot) {
        MigrationState state = snapshot.document().migrations().get(migration);
        StateId read = state == null ? StateId.NONE : state.id();
        Optional<String> ahead = read.follows(router.using())
                ? Nodes.notFollowed(others, read)
                : Optional.of("this node has routed by " + router.using());
        ahead.ifPresent(what -> {
            throw new IllegalStateException("The override of node '" + node.name() + "' in migration '" + migration
                    + "' stays: the flag store has " + read + ", but " + what
                    + ". Look whether the store was set back; end the override when it has the newest state again.");
        });
    }

    private Place joined() {
        Place now = place;
        if (now == null) {
            FleetStore.Membership membership = node.fleet()
                    .join(
                            migration,
                            new Member.Registration(
                                    node.name(),
                                    node.process(),
                                    settings.journal().id(),
                                    settings.keyTextTold(),
                                    settings.lease()));
            Lease lease = new Lease(settings.lease(), node.time().nanoTime());
            now = new Place(membership, new Tenure(membership.id(), lease));
            place = now;
            routing = false;
        }
        return now;
    }

    private Place place() {
        Place now = joined();
        if (!routing) {
            // The other members before the state: what they route by was published when they reported it.
            List<Member> others = others(now);
            // The state after joining: a node that reads it first could work by a version that the fleet has left.
            Snapshot snapshot = node.refresh();
            refuseWhileOthersAreOverridden(others, snapshot);
            refuseWhileOthersAreAhead(now, others, snapshot);
            refuseWhileOthersDisagree(now, snapshot);
            router.route(snapshot, now.tenure());
            routing = true;
            // A member that joins at the same time, and looked before this node reported where it is, is seen now. Its
            // lease begins after that.
            var unused = now.membership().report(router.report(snapshot.revision()));
            refuseWhileOthersAreAhead(now, others(now), snapshot);
        }
        return now;
    }

    private List<Member> others(Place mine) {
        return node.fleet().members(migration).stream()
                .filter(member -> !member.id().equals(mine.membership().id()))
                .toList();
    }

    /** Operators have brought the other nodes back to the old path, and the flag store does not know it yet. */
    private void refuseWhileOthersAreOverridden(List<Member> others, Snapshot snapshot) {
        MigrationState state = snapshot.document().migrations().get(migration);
        if (state == null || state.isOnOldSide() || router.override() != null) {
            return;
        }
        others.stream()
                .filter(member -> member.override() == Stage.SHADOW)
                .findFirst()
                .ifPresent(member -> {
                    throw new IllegalStateException("Node '" + member.node() + "' routes migration '" + migration
                            + "' to the old path by an operator's order, while the flag store has it at "
                            + state.position()
                            + ". This node rejects operations until the flag store has that too: adopt the override.");
                });
    }

    /** What this node would route by is not the newest state that there has been. */
    private void refuseWhileOthersAreAhead(Place mine, List<Member> others, Snapshot snapshot) {
        if (router.override() != null) {
            return; // an operator vouches for it
        }
        MigrationState state = snapshot.document().migrations().get(migration);
        StateId read = state == null ? StateId.NONE : state.id();
        StateId known = router.using();
        boolean knowsMore = !router.mustJoinAgain() && known.version() > 0 && !read.follows(known);
        StateId mineToBe = knowsMore ? known : read;
        if (state != null) {
            refuseWhileOthersAreBehind(mine, others, state);
        }
        Nodes.notFollowed(others, mineToBe).ifPresent(ahead -> {
            leavePlace(mine);
            throw new IllegalStateException(
                    "Node '" + node.name() + "' would route migration '" + migration + "' by "
                            + mineToBe + ", as its flag store has it, but " + ahead
                            + ". The store was set back, lost its last commits, is out of date, or the entry was created again. This node"
                            + " rejects operations until it reads a state that follows theirs, or they have left: restore the store's state.");
        });
    }

    /**
     * Keys have switched sides, which every node had acknowledged, and one node routes as if they had not. It has
     * joined an empty fleet by an old state, or joins at this moment and looked before this node reported where it is.
     * It will not notice by itself, so this one waits.
     */
    private void refuseWhileOthersAreBehind(Place mine, List<Member> others, MigrationState state) {
        Nodes.joinedBehind(others, state).ifPresent(behind -> {
            leavePlace(mine);
            throw new IllegalStateException("Node '" + node.name() + "' would route migration '" + migration + "' by "
                    + state.id() + ", but " + behind + ", and every node had acknowledged version "
                    + state.acknowledged()
                    + " when keys switched sides: its flag store is out of date or was set back. This"
                    + " node rejects operations until the other one reads a newer state, or is stopped.");
        });
    }

    /**
     * A key would be on one side here, and on the other there. This node leaves again: a node that rejects operations
     * must not block the other nodes.
     */
    private void refuseWhileOthersDisagree(Place mine, Snapshot snapshot) {
        MigrationState state = snapshot.document().migrations().get(migration);
        if (state == null || state.position().isOnOneSide()) {
            return; // whatever the text of a key is, it is there
        }
        Nodes.keyTextsDiffer(node.fleet().members(migration)).ifPresent(blocker -> {
            leavePlace(mine);
            throw new IllegalStateException("Node '" + node.name() + "' rejects operations, as migration '" + migration
                    + "' is at " + state.position() + ", where a key's text decides which path has it, and "
                    + blocker.message()
                    + ".");
        });
    }

    /** Rejects operations from now on. */
    synchronized void stop() {
        closed = true;
        if (place != null) {
            place.tenure().lease().end(node.time().nanoTime());
        }
    }

    /** Leaves the fleet, when no operation is under way. */
    synchronized void leave() {
        stop();
        if (place != null) {
            place.membership().close();
        }
    }
}

package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.FleetStore;
import dev.turnout.flags.fleet.Lease;
import dev.turnout.flags.fleet.Member;
import dev.turnout.flags.fleet.Node;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's place in the fleet of one migration: says where the node is, which renews its lease, and takes another place when it was counted
 * out. {@link #report} may be called from any thread, and blocks as long as the stores do.
 */
final class Seat {
    private static final Logger log = LoggerFactory.getLogger(Seat.class);

    /** What the node does of the migration. */
    interface Router {
        /** Routes by this state, or a newer one, under this lease: operations begun from now on hold it. */
        void route(Snapshot snapshot, Lease lease);

        /** Where it is, having read this revision of the flag store. */
        Member.Report report(long revision);

        /** The stage by which people make the node route. */
        @Nullable
        Stage override();
    }

    private final String migration;
    private final Node node;
    private final String journal;
    private final String keyText;
    private final Duration leaseLength;
    private final Router router;
    // All below is guarded by this, which is never taken on a caller's way to its answer.
    private @Nullable Place place;
    private boolean routing;
    private boolean closed;

    /** A registration and what it allows. */
    private record Place(FleetStore.Membership membership, Lease lease) {}

    Seat(String migration, Node node, String journal, String keyText, Duration leaseLength, Router router) {
        this.migration = migration;
        this.node = node;
        this.journal = journal;
        this.keyText = keyText;
        this.leaseLength = leaseLength;
        this.router = router;
    }

    /** Joins the fleet where the node is not in it, and tells it where the node is. */
    synchronized void report() {
        if (closed) {
            return;
        }
        while (true) {
            Place now = place();
            TimeSource time = node.time();
            long sent = time.nanoTime();
            if (now.membership().report(router.report(node.state().revision()))) {
                now.lease().renew(sent);
                return;
            }
            now.lease().end(time.nanoTime());
            place = null;
            log.warn(
                    "Node '{}' was not heard of for longer than its lease, so migration '{}' was moved on without it. What was under way"
                            + " here is reported as unknown, and repair looks after its keys; the node joins again.",
                    node.name(),
                    migration);
        }
    }

    /** The router has forgotten its lease. */
    synchronized void routeAgain() {
        routing = false;
        report();
    }

    private Place place() {
        Place now = place;
        if (now == null) {
            FleetStore.Membership membership = node.fleet()
                    .join(
                            migration,
                            new Member.Registration(node.name(), node.process(), journal, keyText, leaseLength));
            now = new Place(
                    membership,
                    new Lease(membership.id(), leaseLength, node.time().nanoTime()));
            place = now;
            routing = false;
        }
        if (!routing) {
            // After joining: a node that reads the state first could work by a version that the fleet has left.
            Snapshot snapshot = node.refresh();
            refuseWhileOthersAreOverridden(now, snapshot);
            refuseWhileOthersDisagree(now, snapshot);
            router.route(snapshot, now.lease());
            routing = true;
        }
        return now;
    }

    /** People have brought the others back to the old path by hand, and the flag store does not know it yet. */
    private void refuseWhileOthersAreOverridden(Place mine, Snapshot snapshot) {
        MigrationState state = snapshot.document().migrations().get(migration);
        if (state == null || state.isOnOldSide() || router.override() != null) {
            return;
        }
        node.fleet().members(migration).stream()
                .filter(member -> member.override() == Stage.SHADOW
                        && !member.id().equals(mine.membership().id()))
                .findFirst()
                .ifPresent(member -> {
                    throw new IllegalStateException("Node '" + member.node() + "' routes migration '" + migration
                            + "' to the old path by people's order, while the flag store says " + state.position()
                            + ". This node begins nothing until the flag store is told: adopt the override.");
                });
    }

    /** A key would be on one side here, and on the other there. This node leaves again: who begins nothing must not hold the others up. */
    private void refuseWhileOthersDisagree(Place mine, Snapshot snapshot) {
        MigrationState state = snapshot.document().migrations().get(migration);
        if (state == null || state.position().isOnOneSide()) {
            return; // whatever the text of a key is, it is there
        }
        Nodes.disagreement(node.fleet().members(migration)).ifPresent(disagreement -> {
            place = null;
            mine.membership().close();
            throw new IllegalStateException("Node '" + node.name() + "' begins nothing, as migration '" + migration
                    + "' is at " + state.position() + ", where a key's text says which path has it, and " + disagreement
                    + ".");
        });
    }

    /** Begins nothing any more. */
    synchronized void stop() {
        closed = true;
        if (place != null) {
            place.lease().end(node.time().nanoTime());
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

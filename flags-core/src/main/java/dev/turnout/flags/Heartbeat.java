package dev.turnout.flags;

import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.spi.Node;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.store.LogThrottle;
import dev.turnout.flags.store.PeriodicTask;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports again and again that a node is there. By this a fleet knows its nodes before they route a migration, and also
 * where they route none. A node whose build does not know a migration is seen by that: it writes to the old path alone,
 * and no keys may switch sides before it is replaced. Where the fleet store cannot be reached it is tried again; the
 * node itself continues to work. Thread-safe.
 */
final class Heartbeat implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Heartbeat.class);
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(5);

    private final Node node;
    private final LogThrottle failures;
    private final PeriodicTask heartbeats;
    private FleetStore.@Nullable Membership membership; // guarded by this
    private boolean closed; // guarded by this

    /** Begins with the first report, and blocks as long as the store does. */
    public Heartbeat(Node node) {
        this.node = node;
        failures = new LogThrottle(Heartbeat.class, node.time());
        heartbeat();
        heartbeats = PeriodicTask.start("turnout-presence-" + node.name(), HEARTBEAT_INTERVAL, this::heartbeat);
    }

    private synchronized void heartbeat() {
        if (closed) {
            return;
        }
        try {
            FleetStore.Membership now = membership;
            if (now == null || !now.report(new Member.Report(node.state().revision(), StateId.NONE, 0, null))) {
                membership = node.fleet()
                        .join(
                                FleetStore.EVERYBODY,
                                new Member.Registration(node.name(), node.process(), "", "", LEASE));
            }
            failures.worksAgain("Node '{}' can report its presence to the fleet again.", node.name());
        } catch (Throwable e) { // the node itself works on
            failures.warn(
                    e, "Node '{}' cannot report its presence to the fleet; it works on, and tries again.", node.name());
        }
    }

    /** Leaves; where the store cannot be reached, the node is evicted later. */
    @Override
    public void close() {
        heartbeats.close();
        synchronized (this) {
            closed = true;
            try {
                if (membership != null) {
                    membership.close();
                }
            } catch (Throwable e) { // the caller has more to close
                log.debug("Node '{}' cannot report that it leaves.", node.name(), e);
            }
        }
    }
}

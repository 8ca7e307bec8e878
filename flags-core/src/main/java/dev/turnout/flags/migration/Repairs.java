package dev.turnout.flags.migration;

import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.repair.Repairer;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.Optional;

/**
 * How a key is repaired. With versions that may be done at any time, by any number of workers. Without, a repair is an operation: it is counted
 * in, so that its key stays on the side from which it copies, it needs the lease of its node, and it makes no call later than its claim allows.
 */
final class Repairs<K> implements Repairer.Work<K> {
    private final Operations<K> operations;
    private final Paths<K, ?> paths;
    private final Duration callTimeout;

    Repairs(Settings<K> settings, Operations<K> operations, Paths<K, ?> paths) {
        this.operations = operations;
        this.paths = paths;
        this.callTimeout = settings.callTimeout();
    }

    @Override
    public Repairer.Result reconcile(Journal.Claim<K> claim, long claimedNanos, boolean sweeping) {
        return reconcile(claim.key(), claim.source(), claimedNanos, sweeping);
    }

    /** The same of a key that may have no entry. */
    Repairer.Result reconcile(K key, Optional<Side> source, long sinceNanos, boolean sweeping) {
        Operation<K> repair = operations.begin(key, sinceNanos + callTimeout.toNanos());
        if (paths.isVersioned()) {
            paths.reconcile(repair, source.orElse(Side.OLD));
            return Repairer.Result.RECONCILED;
        }
        if (source.isEmpty()) {
            // Of an operation that is under way. Writes wait while their key crosses, so if it is swept it is across
            // already: to copy it again would copy backwards.
            return Repairer.Result.RECONCILED;
        }
        return repair.run(() -> reconcilePlain(repair, source.get(), sweeping));
    }

    private Repairer.Result reconcilePlain(Operation<K> repair, Side source, boolean sweeping) {
        Stage stage = operations.routing().enter(repair);
        Slice slice = operations.routing().slice(repair.key(), repair.epoch().value());
        if (slice.cameFrom() != source) {
            return Repairer.Result.OUTDATED; // its operation began before the key crossed, and the sweep has looked after it
        }
        if (stage == Stage.SYNC && !sweeping) {
            return Repairer.Result.LATER; // it may have crossed on other nodes; the sweep looks after it
        }
        paths.reconcile(repair, source);
        return Repairer.Result.RECONCILED;
    }
}

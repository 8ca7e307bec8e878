package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Node;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.SweepScope;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * How a key is repaired. With versions that may be done at any time, by any number of workers. Without, a repair is an
 * operation: it is counted in, so its key stays on the side from which it copies. It needs the lease of its node, and
 * it makes no call later than its claim allows.
 */
final class Repairs<K> implements Repairer.Work<K> {
    private static final Duration PAUSE = Duration.ofMillis(1);

    private final String migration;
    private final Journal<K> journal;
    private final Node node;
    private final Operations<K> operations;
    private final Paths<K, ?> paths;
    private final Duration callTimeout;

    Repairs(Settings<K> settings, Node node, Operations<K> operations, Paths<K, ?> paths) {
        this.migration = settings.name();
        this.journal = settings.journal();
        this.node = node;
        this.operations = operations;
        this.paths = paths;
        this.callTimeout = settings.callTimeout();
    }

    @Override
    public Repairer.Result reconcile(Journal.Claim<K> claim, long claimedNanos, boolean sweeping) {
        return reconcile(claim.key(), claim.source(), true, claimedNanos, repair -> sweeping);
    }

    /**
     * The same by order of a caller, of a key that may have no entry. One that cannot be repaired gets one: no keys
     * switch sides before it is repaired.
     */
    Repairer.Result reconcile(K key, Side source) {
        Repairer.Result result;
        try {
            result = reconcile(key, Optional.of(source), false, node.time().nanoTime(), repair -> false);
        } catch (
                UnrepairableException
                        e) { // only with versions, where a source explains what is newer on its path; here nothing does
            journal.record(key, Side.OLD);
            throw e;
        }
        return result == Repairer.Result.LATER ? reconcileInSync(key, source) : result;
    }

    /**
     * Of a key in {@link Stage#SYNC}. It is copied only while a sweep of all keys has yet to finish, which is looked at when an entry of it is claimed:
     * after that sweep comes the one of recorded keys, which waits for the claim, and only then may the key switch
     * sides.
     */
    private Repairer.Result reconcileInSync(K key, Side source) {
        journal.record(key, source);
        long begunNanos = node.time().nanoTime();
        while (true) {
            long asked = node.time().nanoTime();
            Optional<Journal.Claim<K>> claim = journal.claim(key);
            if (claim.isPresent()) {
                return reconcileInSync(claim.get(), source, asked);
            }
            if (asked - begunNanos > callTimeout.toNanos()
                    || Thread.currentThread().isInterrupted()) {
                throw new UnavailableException("Another worker has repaired this key of migration '" + migration
                        + "' for all the time that a call may take. Nothing was written here; try again.");
            }
            node.time().pause(PAUSE);
        }
    }

    private Repairer.Result reconcileInSync(Journal.Claim<K> claim, Side source, long asked) {
        Repairer.Result result = Repairer.Result.LATER; // so also where this throws
        try {
            if (claim.source().equals(Optional.of(source))) {
                result = reconcile(claim.key(), claim.source(), true, asked, this::awaitsFullSweep);
            }
        } finally {
            if (result == Repairer.Result.LATER) {
                claim.failed();
            }
        }
        if (result != Repairer.Result.LATER) {
            claim.repaired();
        }
        return result;
    }

    /** By the newest state, as this node may be the last one on which the key has not switched sides yet. */
    private boolean awaitsFullSweep(Operation<K> repair) {
        Route route = repair.epoch().value();
        Slice itsSlice = operations.routing().slice(repair.key(), route);
        String shared = Nodes.sharedJournal(node.fleet().members(migration), journal); // before the state, as gates do
        MigrationState newest = node.refresh().document().migrations().get(migration);
        return newest != null
                && newest.incarnation().equals(route.state().incarnation())
                && newest.position().slices().anyMatch(itsSlice::equals)
                && itsSlice.sweepToCross(new Facts(false, shared, slice -> List.of())) == SweepScope.EVERYTHING;
    }

    /**
     * @param recorded whether the source is that of an entry
     * @param mayCopyInSync whether its key may be copied although it is in {@link Stage#SYNC}, and may have switched
     *     sides on other nodes
     */
    private Repairer.Result reconcile(
            K key, Optional<Side> source, boolean recorded, long sinceNanos, Predicate<Operation<K>> mayCopyInSync) {
        Operation<K> repair = operations.begin(key, sinceNanos + callTimeout.toNanos());
        if (paths.isVersioned()) {
            paths.reconcile(repair, source.orElse(Side.OLD), recorded && source.isPresent());
            return Repairer.Result.RECONCILED;
        }
        if (source.isEmpty()) {
            // Of an operation that is under way. Writes wait while their key switches sides, so if it is swept it has
            // switched already: to copy it again would copy backwards.
            return Repairer.Result.RECONCILED;
        }
        return repair.run(() -> reconcilePlain(repair, source.get(), mayCopyInSync));
    }

    private Repairer.Result reconcilePlain(Operation<K> repair, Side source, Predicate<Operation<K>> mayCopyInSync) {
        Stage stage = operations.routing().enter(repair);
        Slice slice = operations.routing().slice(repair.key(), repair.epoch().value());
        if (slice.cameFrom() != source) {
            return Repairer.Result
                    .OUTDATED; // its operation began before the key switched sides, and the sweep has looked after it
        }
        if (stage == Stage.SYNC && !mayCopyInSync.test(repair)) {
            return Repairer.Result.LATER; // it may have switched sides on other nodes; the sweep looks after it
        }
        paths.reconcile(repair, source, true);
        return Repairer.Result.RECONCILED;
    }
}

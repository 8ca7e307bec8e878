package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What each stage does with the two paths of a migration. Only reports what was done to them ({@link Operation#touch},
 * {@link Operation#settle}); the caller that runs the operation ends it. Thread-safe.
 */
abstract class Paths<K, V> {
    private static final Duration PAUSE = Duration.ofMillis(1);

    final Meters meters;
    final Mirror mirror;
    private final TimeSource time;
    private final BiPredicate<V, V> sameWhen;

    Paths(Meters meters, Mirror mirror, TimeSource time, BiPredicate<V, V> sameWhen) {
        this.meters = meters;
        this.mirror = mirror;
        this.time = time;
        this.sameWhen = sameWhen;
    }

    abstract boolean isVersioned();

    /** Whether writes have to wait in this stage. */
    abstract boolean holdsWrites(Stage stage);

    abstract DataPath<K, V> path(Side side);

    /** One path's records of several keys, as they are; each key without one is missing. */
    final Map<K, V> readAll(Side side, Set<K> keys) {
        return meters.reads(side).time(() -> path(side).getAll(keys));
    }

    /** One path's record, as it is. */
    abstract Optional<V> read(Side side, K key);

    /** Both paths' record in {@link Stage#SYNC}: they must agree, and do so before it answers. */
    abstract Optional<V> readAgreed(Operation<K> operation);

    /** Puts a record, or deletes it where it is {@code null}. */
    abstract WriteOutcome write(Operation<K> operation, @Nullable V value);

    /**
     * Replaces what there is of a key, which may be nothing, by the record that {@code change} makes of it; empty, and unchanged, if that is none.
     */
    abstract Optional<V> update(Operation<K> operation, UnaryOperator<Optional<V>> change);

    /**
     * Makes both paths agree on a key.
     *
     * @param operation of the repair; where paths have no versions, it makes no call that could go over a newer record
     * @param recorded whether a write which began while {@code source} answered has left the key to repair
     */
    abstract void reconcile(Operation<K> operation, Side source, boolean recorded);

    /** Writes what the authority has once more, to both paths. */
    abstract WriteOutcome rewrite(Operation<K> operation);

    /** Pauses for a moment until both paths of a key that moves may agree, unless the time of the operation is over. */
    final void awaitAgreement(Operation<K> operation, String problem) {
        if (!operation.mayGoOn() || Thread.currentThread().isInterrupted()) {
            throw new UnavailableException(problem);
        }
        time.pause(PAUSE);
    }

    /** How the two paths differ on a key now. */
    final Optional<Difference.Kind> compare(K key, Side authority) {
        Optional<V> answer = read(authority, key);
        return difference(answer, read(authority.opposite(), key));
    }

    final Optional<Difference.Kind> difference(Optional<V> authority, Optional<V> mirror) {
        if (same(authority, mirror)) {
            return Optional.empty();
        }
        if (mirror.isEmpty()) {
            return Optional.of(Difference.Kind.MISSING);
        }
        return Optional.of(authority.isEmpty() ? Difference.Kind.EXTRA : Difference.Kind.DIFFERENT);
    }

    final boolean same(Optional<V> one, Optional<V> other) {
        return one.isPresent() == other.isPresent() && (one.isEmpty() || sameWhen.test(one.get(), other.get()));
    }

    /** Makes the first call that changes a path; {@code false} if it has not changed it. */
    static boolean writeFirst(Operation<?> operation, BooleanSupplier write) {
        if (!operation.mayGoOn()) {
            throw new UnavailableException(
                    "The time of the operation, or the lease of its node, was over before it could write. Nothing was applied.");
        }
        operation.touch(); // a call that throws may have taken effect
        try {
            boolean changed = write.getAsBoolean();
            if (!changed) {
                operation.settle();
            }
            return changed;
        } catch (RefusedWriteException e) {
            operation.settle();
            throw e;
        }
    }

    /**
     * An update has found nothing to change.
     *
     * @throws UnavailableException if the fleet may have moved on without this node, so there may be something
     */
    static void checkNothingToDo(Operation<?> operation) {
        if (!operation.holdsLease()) {
            throw new UnavailableException(
                    "The lease of the node was over before it had read the record. Nothing was applied; try again.");
        }
    }

    /** The path that a repair copies from, for a write that began in this stage. */
    static Side firstHolding(Stage stage) {
        return stage.side() == Side.NEW ? Side.NEW : Side.OLD;
    }

    static Side firstToWrite(Stage stage) {
        return switch (stage) {
            // In SYNC and LIVE too: what the new path shows, the old one has, so LIVE can be left without the new path.
            case OFF, DUAL_WRITE, SHADOW, SYNC, LIVE -> Side.OLD;
            case RAMP_DOWN, COMPLETE -> Side.NEW;
        };
    }
}

package dev.turnout.flags.migration;

import dev.turnout.flags.repair.Difference;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What each stage does with the two paths of a migration. Thread-safe. */
abstract class Paths<K, V> {
    final Meters meters;
    final Mirror mirror;
    final Fences fences;
    private final BiPredicate<V, V> sameWhen;

    Paths(Meters meters, Mirror mirror, Fences fences, BiPredicate<V, V> sameWhen) {
        this.meters = meters;
        this.mirror = mirror;
        this.fences = fences;
        this.sameWhen = sameWhen;
    }

    abstract boolean isVersioned();

    /** Whether writes have to wait in this stage. */
    abstract boolean holdsWrites(Stage stage);

    /** One path's record, as it is. */
    abstract Optional<V> read(Side side, K key);

    /** Both paths' record in {@link Stage#SYNC}: they must agree, and do so before it answers. Does not end the operation. */
    abstract Optional<V> readAgreed(Operation<K> operation);

    /** Puts a record, or deletes it where it is {@code null}, and sees to it that the operation ends. */
    abstract WriteOutcome write(Operation<K> operation, @Nullable V value);

    /** Replaces a record by what {@code change} makes of it; empty, and unchanged, if there is none. The operation ends. */
    abstract Optional<V> update(Operation<K> operation, UnaryOperator<V> change);

    /** Makes both paths agree on a key. */
    abstract void reconcile(K key, Side source);

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

    /** Makes the first call that changes a path, and ends the operation if that did not go well. */
    final boolean writeFirst(Operation<K> operation, BooleanSupplier write) {
        if (!operation.mayGoOn()) {
            operation.clear();
            throw new UnavailableException(
                    "The time of the operation, or the lease of its node, was over before it could write. Nothing was applied.");
        }
        try {
            return operation.call(fences.areSet(), write);
        } catch (RefusedWriteException e) {
            operation.clear();
            throw e;
        } catch (RuntimeException | Error e) {
            operation.handOver(); // a call that threw may have taken effect
            throw e;
        }
    }

    /** The path that a repair copies from, for a write that began in this stage. */
    static Side firstHolding(Stage stage) {
        return stage.side() == Side.NEW ? Side.NEW : Side.OLD;
    }

    static Side firstToWrite(Stage stage) {
        return switch (stage) {
            // In SYNC and LIVE too: what the new path shows, the old one has, so that LIVE can be left without the new
            // path.
            case OFF, DUAL_WRITE, SHADOW, SYNC, LIVE -> Side.OLD;
            case RAMP_DOWN, COMPLETE -> Side.NEW;
        };
    }
}

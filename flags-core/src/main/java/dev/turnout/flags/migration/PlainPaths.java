package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.TimeSource;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two paths of which at least one keeps no versions. Nothing in the store can refuse a late write, so writes wait while
 * their key switches sides, and each write looks afterwards whether another one has overtaken it.
 */
final class PlainPaths<K, V> extends Paths<K, V> {
    private static final Logger log = LoggerFactory.getLogger(PlainPaths.class);
    private static final int REPAIR_ROUNDS = 100;

    private final DataPath<K, V> oldPath;
    private final DataPath<K, V> newPath;
    private final Rules rules;

    /**
     * What makes up for missing versions. All of it is needed, always; a test removes one after the other, and sees what happens.
     *
     * @param hold writes wait in {@link Stage#SYNC}
     * @param settle a write looks again whether another one has passed it
     * @param recheck repair looks again whether what it copied is still there
     */
    record Rules(boolean hold, boolean settle, boolean recheck) {
        static final Rules ALL = new Rules(true, true, true);
    }

    PlainPaths(
            DataPath<K, V> oldPath,
            DataPath<K, V> newPath,
            Meters meters,
            Mirror mirror,
            BiPredicate<V, V> sameWhen,
            TimeSource time,
            Rules rules) {
        super(meters, mirror, time, sameWhen);
        this.oldPath = oldPath;
        this.newPath = newPath;
        this.rules = rules;
    }

    @Override
    boolean isVersioned() {
        return false;
    }

    @Override
    boolean holdsWrites(Stage stage) {
        return stage == Stage.SYNC && rules.hold();
    }

    @Override
    DataPath<K, V> path(Side side) {
        return side == Side.OLD ? oldPath : newPath;
    }

    @Override
    Optional<V> read(Side side, K key) {
        return meters.reads(side).time(() -> path(side).get(key));
    }

    private void put(Side side, K key, Optional<V> value) {
        meters.writes(side).time(() -> {
            value.ifPresentOrElse(
                    present -> path(side).put(key, present), () -> path(side).delete(key));
            return value;
        });
    }

    @Override
    Optional<V> readAgreed(Operation<K> operation) {
        while (true) {
            Optional<V> old = read(Side.OLD, operation.key());
            Optional<V> now = read(Side.NEW, operation.key());
            if (same(old, now)) {
                return now;
            }
            awaitAgreement(
                    operation,
                    "The key is crossing, and its two paths did not agree in time. The sweep makes them agree; try again.");
        }
    }

    @Override
    WriteOutcome write(Operation<K> operation, @Nullable V nullable) {
        Optional<V> value = Optional.ofNullable(nullable);
        Stage stage = operation.stage();
        Side first = firstToWrite(stage);
        operation.record();
        if (stage == Stage.LIVE) {
            return writeLive(operation, value);
        }
        writeFirst(operation, () -> {
            put(first, operation.key(), value);
            return true;
        });
        operation.checkLease();
        if (!stage.isDual()) {
            operation.settle();
            return WriteOutcome.APPLIED;
        }
        mirror.submit(operation.passOn(), () -> {
            put(first.opposite(), operation.key(), value);
            settleIfUndisturbed(operation, first, value);
        });
        return WriteOutcome.MIRROR_PENDING;
    }

    /**
     * The old path goes first: writers of both sides of a crossing then agree on an order. Only the new one is needed.
     */
    private WriteOutcome writeLive(Operation<K> operation, Optional<V> value) {
        boolean[] oldTookIt = {true};
        writeFirst(operation, () -> {
            try {
                put(Side.OLD, operation.key(), value);
            } catch (RuntimeException e) {
                meters.mirrorFailed.increment();
                oldTookIt[0] = false;
            }
            return true;
        });
        if (!operation.mayGoOn()) {
            throw new UncertainWriteException(
                    "The old path took longer than an operation may, and the new one, which counts, was not tried. Read the record to"
                            + " see whether the write happened.");
        }
        put(Side.NEW, operation.key(), value);
        operation.checkLease();
        if (!oldTookIt[0]) {
            return WriteOutcome.MIRROR_PENDING;
        }
        // Both took it: whether another write has passed it is no affair of its caller, who would wait for the
        // old path twice.
        mirror.submit(operation.passOn(), () -> settleIfUndisturbed(operation, Side.OLD, value));
        return WriteOutcome.APPLIED;
    }

    /** Another write of the key may have passed this one on the way to the second path: then repair looks after it. */
    private void settleIfUndisturbed(Operation<K> operation, Side first, Optional<V> value) {
        try {
            if (!rules.settle() || same(read(first, operation.key()), value)) {
                operation.settle();
            }
        } catch (Throwable e) { // of a path, or of what compares: both paths took the write all the same
            log.debug("A write could not be looked at again; repair looks after its key.", e);
        }
    }

    @Override
    Optional<V> update(Operation<K> operation, UnaryOperator<Optional<V>> change) {
        Optional<V> changed = change.apply(read(operation.stage().side(), operation.key()));
        if (changed.isEmpty()) {
            checkNothingToDo(operation);
            return changed;
        }
        var unused = write(operation, changed.get());
        return changed;
    }

    @Override
    WriteOutcome rewrite(Operation<K> operation) {
        throw new IllegalStateException("The paths of migration '" + operation.migration()
                + "' keep no versions, so neither has a newer record than the other. Put the record that is right.");
    }

    @Override
    void reconcile(Operation<K> operation, Side source, boolean recorded) {
        K key = operation.key();
        Optional<V> value = read(source, key);
        for (int round = 0; round < REPAIR_ROUNDS; round++) {
            if (!operation.mayGoOn()) {
                throw new IllegalStateException(
                        "A key was not repaired within the time that a call may take, or the lease of its node. What was read of it may be outdated"
                                + " by now; it is tried again.");
            }
            put(source.opposite(), key, value);
            Optional<V> again = read(source, key);
            if (same(value, again) || !rules.recheck()) {
                return;
            }
            value = again; // written meanwhile: what was copied may have gone over it
        }
        throw new IllegalStateException(
                "A key was written again during each of " + REPAIR_ROUNDS + " attempts to repair it.");
    }
}

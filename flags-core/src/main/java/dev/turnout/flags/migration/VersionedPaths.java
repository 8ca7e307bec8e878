package dev.turnout.flags.migration;

import dev.turnout.flags.repair.UnrepairableException;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Two paths that keep versions. A write gets a version above those of all paths that must have it, and each path takes it only if it is
 * newer: so writes converge in whatever order they arrive, and repair may run at any time.
 */
final class VersionedPaths<K, V> extends Paths<K, V> {
    private static final int ATTEMPTS = 100;
    // What failed within it may work at once; what took longer has timed out, and would keep the caller for as long
    // again.
    private static final long SOON_NANOS = Duration.ofMillis(100).toNanos();

    private final VersionedDataPath<K, V> oldPath;
    private final VersionedDataPath<K, V> newPath;
    private final RandomGenerator random;

    VersionedPaths(
            VersionedDataPath<K, V> oldPath,
            VersionedDataPath<K, V> newPath,
            Meters meters,
            Mirror mirror,
            BiPredicate<V, V> sameWhen,
            RandomGenerator random) {
        super(meters, mirror, sameWhen);
        this.oldPath = oldPath;
        this.newPath = newPath;
        this.random = random;
    }

    @Override
    boolean isVersioned() {
        return true;
    }

    @Override
    boolean holdsWrites(Stage stage) {
        return false;
    }

    private VersionedDataPath<K, V> path(Side side) {
        return side == Side.OLD ? oldPath : newPath;
    }

    private Versioned<V> record(Side side, K key) {
        return meters.reads(side).time(() -> path(side).read(key));
    }

    /** Once more if it failed soon: a read has no effect, so that this one does not fail a write that both paths would have taken. */
    private Versioned<V> record(Side side, Operation<K> operation) {
        long begunNanos = operation.nanoTime();
        try {
            return record(side, operation.key());
        } catch (RuntimeException e) {
            boolean failedSoon = operation.nanoTime() - begunNanos <= SOON_NANOS;
            if (!failedSoon || !operation.mayGoOn() || Thread.currentThread().isInterrupted()) {
                throw e;
            }
            return record(side, operation.key());
        }
    }

    private boolean writeIfNewer(Side side, K key, Versioned<V> record) {
        return meters.writes(side).time(() -> path(side).writeIfNewer(key, record));
    }

    @Override
    Optional<V> read(Side side, K key) {
        return record(side, key).value();
    }

    @Override
    Optional<V> readAgreed(Operation<K> operation) {
        return agreed(operation).value();
    }

    /** The newer of both records, after the path that lacked it has it: an answer that the other path could still take back is none. */
    private Versioned<V> agreed(Operation<K> operation) {
        Versioned<V> old = record(Side.OLD, operation);
        Versioned<V> now = record(Side.NEW, operation);
        if (old.isNewerThan(now)) {
            push(Side.NEW, operation, old);
            return old;
        }
        if (now.isNewerThan(old)) {
            push(Side.OLD, operation, now);
        }
        return now;
    }

    private void push(Side lagging, Operation<K> operation, Versioned<V> record) {
        if (!operation.mayGoOn()) {
            throw new UnavailableException(
                    "The time of the operation, or the lease of its node, was over before both paths agreed on its key; try again.");
        }
        operation.touch();
        writeIfNewer(lagging, operation.key(), record);
        operation.settle();
    }

    @Override
    WriteOutcome write(Operation<K> operation, @Nullable V value) {
        operation.record();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            Versioned<V> record = next(operation, value, attempt > 0);
            if (writeFirst(operation, () -> writeIfNewer(firstToWrite(operation.stage()), operation.key(), record))) {
                return writeSecond(operation, record);
            }
            // Another write was faster with a higher version. A blind write could count as ordered before that one, but
            // that one may be an update of what was there before, and would then have undone this write unseen.
        }
        throw overtaken();
    }

    private Versioned<V> next(Operation<K> operation, @Nullable V value, boolean wasRefused) {
        try {
            Version version = versionBelow(operation, wasRefused).next(random);
            return value == null ? Versioned.deleted(version) : Versioned.of(version, value);
        } catch (RuntimeException | Error e) {
            throw new UnavailableException("The version of a record could not be read. Nothing was applied.", e);
        }
    }

    private static UnavailableException overtaken() {
        return new UnavailableException("A record changed at each of up to " + ATTEMPTS
                + " attempts to write it, or the time of the operation was over. Nothing was applied.");
    }

    /**
     * The highest version that a new one must be above: of each path that must have the write before it is acknowledged. Where that are both, the first
     * one mostly has no other than the second; it refuses a write that is not above its own, and is asked only then.
     */
    private Version versionBelow(Operation<K> operation, boolean wasRefused) {
        Side first = firstToWrite(operation.stage());
        if (!needsBoth(operation.stage())) {
            return record(first, operation).version();
        }
        Version second = record(first.opposite(), operation).version();
        return wasRefused ? second.max(record(first, operation).version()) : second;
    }

    private static boolean needsBoth(Stage stage) {
        return stage == Stage.SYNC || stage == Stage.LIVE;
    }

    /** After the first path took it. */
    private WriteOutcome writeSecond(Operation<K> operation, Versioned<V> record) {
        operation.checkLease();
        Stage stage = operation.stage();
        Side second = firstToWrite(stage).opposite();
        if (!stage.isDual()) {
            operation.settle();
            return WriteOutcome.APPLIED;
        }
        if (!needsBoth(stage)) {
            mirror.submit(operation.passOn(), () -> writeSecond(operation, second, record));
            return WriteOutcome.MIRROR_PENDING;
        }
        try {
            if (!operation.mayGoOn()) {
                throw new IllegalStateException("The first path took longer than an operation may.");
            }
            writeIfNewer(second, operation.key(), record);
        } catch (RuntimeException | Error e) {
            throw new UncertainWriteException(
                    "The old path took a write that the new one did not confirm, and in stage " + stage
                            + " it needs both. Whether it happened, reading tells; repair makes both paths agree.",
                    e);
        }
        operation.checkLease();
        operation.settle();
        return WriteOutcome.APPLIED;
    }

    private void writeSecond(Operation<K> operation, Side second, Versioned<V> record) {
        writeIfNewer(second, operation.key(), record);
        operation.settle();
    }

    @Override
    Optional<V> update(Operation<K> operation, UnaryOperator<V> change) {
        operation.record();
        Side first = firstToWrite(operation.stage());
        for (int attempt = 0; attempt < ATTEMPTS && operation.mayGoOn(); attempt++) {
            Versioned<V> base = needsBoth(operation.stage()) ? agreed(operation) : record(first, operation);
            if (base.value().isEmpty()) {
                checkAbsence(operation);
                return Optional.empty();
            }
            Versioned<V> record = Versioned.of(
                    base.version().next(random), changed(base.value().get(), change));
            if (writeFirst(operation, () -> replace(first, operation.key(), base.version(), record))) {
                var unused = writeSecond(operation, record);
                return record.value();
            }
        }
        throw overtaken();
    }

    private boolean replace(Side side, K key, Version expected, Versioned<V> record) {
        return meters.writes(side).time(() -> path(side).replace(key, expected, record));
    }

    @Override
    void reconcile(Operation<K> operation, Side source) {
        K key = operation.key();
        Versioned<V> old = record(Side.OLD, key);
        Versioned<V> now = record(Side.NEW, key);
        if (old.isNewerThan(now)) {
            writeIfNewer(Side.NEW, key, old);
        } else if (now.isNewerThan(old)) {
            writeIfNewer(Side.OLD, key, now);
        } else if (!same(old.value(), now.value())) {
            throw new UnrepairableException("Both paths hold a key at version " + old.version()
                    + ", but with different contents: the mapping between them is wrong, and repair cannot know which is right. Fix it, write the"
                    + " record again, and let repair try again.");
        }
    }
}

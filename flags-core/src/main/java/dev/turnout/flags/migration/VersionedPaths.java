package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.TimeSource;
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
    // What failed within it may work at once; what took longer has timed out, and would keep the caller
    // for as long again.
    private static final long SOON_NANOS = Duration.ofMillis(100).toNanos();

    private final VersionedDataPath<K, V> oldPath;
    private final VersionedDataPath<K, V> newPath;
    private final RandomGenerator random;
    private final Strays<K> strays;
    private final CallerTransactions callerTransactions;

    VersionedPaths(
            VersionedDataPath<K, V> oldPath,
            VersionedDataPath<K, V> newPath,
            Meters meters,
            Mirror mirror,
            TimeSource time,
            BiPredicate<V, V> sameWhen,
            RandomGenerator random,
            Strays<K> strays,
            CallerTransactions callerTransactions) {
        super(meters, mirror, time, sameWhen);
        this.oldPath = oldPath;
        this.newPath = newPath;
        this.random = random;
        this.strays = strays;
        this.callerTransactions = callerTransactions;
    }

    @Override
    boolean isVersioned() {
        return true;
    }

    @Override
    boolean holdsWrites(Stage stage) {
        return false;
    }

    @Override
    VersionedDataPath<K, V> path(Side side) {
        return side == Side.OLD ? oldPath : newPath;
    }

    private Versioned<V> record(Side side, K key) {
        return meters.reads(side).time(() -> path(side).read(key));
    }

    /**
     * Once more if it failed soon: a read has no effect, and without the second try it could fail a write that both
     * paths would have taken.
     */
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
        K key = operation.key();
        while (true) {
            Versioned<V> old = record(Side.OLD, operation);
            Versioned<V> now = record(Side.NEW, operation);
            if (!old.isNewerThan(now) && !now.isNewerThan(old)) {
                return now;
            }
            if (callerTransactions.areActive()) { // which could take back what is written here
                awaitAgreement(
                        operation,
                        "The key is moving to the other path, and its two paths did not agree in time. A read may not bring them up to each other"
                                + " inside a transaction of its caller; try again in another one.");
                continue;
            }
            Side newer = old.isNewerThan(now) ? Side.OLD : Side.NEW;
            Versioned<V> newest = newer == Side.OLD ? old : now;
            if (strays.isStray(key, newer, () -> isAhead(newer, key))) {
                strays.report(key, newer);
                // Not what the other path has: if the flag store has lost the crossing of the key, that is stale.
                throw new UnavailableException("The key is moving to the other path, and "
                        + (newer == Side.OLD ? "the old" : "the new")
                        + " one has a newer record of it than the one that answers, though no write is known that can have left it so. Put the record that is"
                        + " right, or go back to SHADOW and let Migration.rewrite(key) write what answers to both.");
            }
            push(newer.opposite(), operation, newest);
            return newest;
        }
    }

    /** In this order: where the other path is written first, it has by then what this one has. */
    private boolean isAhead(Side side, K key) {
        Versioned<V> record = record(side, key);
        return record.isNewerThan(record(side.opposite(), key));
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
                            + " it needs both. Read the record to see whether it happened; repair makes both paths agree.",
                    e);
        }
        operation.checkLease();
        operation.settle();
        return WriteOutcome.APPLIED;
    }

    private void writeSecond(Operation<K> operation, Side second, Versioned<V> record) {
        // What refuses it as too old should be a later write, which the first path has by now. If it has not, repair
        // looks at what it is.
        if (writeIfNewer(second, operation.key(), record) || !isAhead(second, operation.key())) {
            operation.settle();
        }
    }

    @Override
    Optional<V> update(Operation<K> operation, UnaryOperator<Optional<V>> change) {
        operation.record();
        Side first = firstToWrite(operation.stage());
        for (int attempt = 0; attempt < ATTEMPTS && operation.mayGoOn(); attempt++) {
            Versioned<V> base = needsBoth(operation.stage()) ? agreed(operation) : record(first, operation);
            Optional<V> changed = change.apply(base.value());
            if (changed.isEmpty()) {
                checkNothingToDo(operation);
                return changed;
            }
            Versioned<V> record = Versioned.of(base.version().next(random), changed.get());
            // Where both are needed, the old path is the first.
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
    WriteOutcome rewrite(Operation<K> operation) {
        if (operation.stage() == Stage.SYNC) {
            throw new UnavailableException(
                    "The key is moving to the other path. Nothing was applied; try again when it is on one side.");
        }
        operation.record();
        Side authority = operation.stage().side();
        Side first = firstToWrite(operation.stage());
        for (int attempt = 0; attempt < ATTEMPTS && operation.mayGoOn(); attempt++) {
            Versioned<V> right = record(authority, operation.key());
            Version other = record(authority.opposite(), operation.key()).version();
            Version next = right.version().max(other).next(random);
            Versioned<V> record =
                    right.value().map(value -> Versioned.of(next, value)).orElseGet(() -> Versioned.deleted(next));
            Version expected = first == authority ? right.version() : other;
            if (writeFirst(operation, () -> replace(first, operation.key(), expected, record))) {
                return writeSecond(operation, record);
            }
        }
        throw overtaken();
    }

    @Override
    void reconcile(Operation<K> operation, Side source, boolean recorded) {
        K key = operation.key();
        Versioned<V> old = record(Side.OLD, key);
        Versioned<V> now = record(Side.NEW, key);
        if (old.isNewerThan(now)) {
            checkNoStray(key, Side.OLD, old, now, recorded);
            writeIfNewer(Side.NEW, key, old);
        } else if (now.isNewerThan(old)) {
            // What began while the old path answered was written there first.
            checkNoStray(key, Side.NEW, now, old, recorded && source == Side.NEW);
            writeIfNewer(Side.OLD, key, now);
        } else if (!same(old.value(), now.value())) {
            throw new UnrepairableException("Both paths hold a key at version " + old.version()
                    + ", but with different contents: the mapping between them is wrong, and repair cannot know which is right. Fix it, write the"
                    + " record again, and let repair try again.");
        }
    }

    private void checkNoStray(K key, Side newer, Versioned<V> newest, Versioned<V> other, boolean explained) {
        if (explained || !strays.isStray(key, newer, () -> isAhead(newer, key))) {
            return;
        }
        String problem =
                "The " + (newer == Side.NEW ? "new path has a key at version " : "old path has a key at version ")
                        + newest.version() + ", the other one, which answers for it, at " + other.version()
                        + ", and no write is known that can have left it so: most likely its transaction was rolled back, or its database set back."
                        + " Repair does not copy it, as that may bring back what was refused. Decide which record is right: put it if it is the newer"
                        + " one, then let Migration.rewrite(key) write what the answering path has to both, and let repair try again.";
        if (newer == Side.NEW) {
            throw new UnrepairableException(problem);
        }
        throw new IllegalStateException(problem); // once it is in the journal, it cannot be distinguished from a write
    }
}

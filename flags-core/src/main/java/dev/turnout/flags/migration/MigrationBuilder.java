package dev.turnout.flags.migration;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.fleet.Node;
import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Keys;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Builds a {@link Migration}; begun by {@link Migration#named}. Not thread-safe.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the records
 */
public final class MigrationBuilder<K, V> {
    final String name;
    private final DataPath<K, V> oldPath;
    private final DataPath<K, V> newPath;
    private BiPredicate<V, V> sameWhen = Object::equals;
    Function<K, String> keyText = String::valueOf;
    Journal<K> journal = Journal.inMemory();
    int comparedPpm = Bucketing.PARTS;
    Duration deadline = Duration.ofSeconds(10);
    List<Duration> comparisonDelays = Comparisons.DELAYS; // shorter in tests

    MigrationBuilder(String name, DataPath<K, V> oldPath, DataPath<K, V> newPath) {
        this.name = Keys.check("migration", name);
        this.oldPath = requireNonNull(oldPath, "oldPath");
        this.newPath = requireNonNull(newPath, "newPath");
    }

    /** When two records are the same to callers; default: {@code equals}. */
    public MigrationBuilder<K, V> sameWhen(BiPredicate<V, V> same) {
        sameWhen = requireNonNull(same, "same");
        return this;
    }

    /**
     * The text form of a key, which its bucket is computed from; default: {@code String.valueOf}. It must never change, and be the same on every
     * node.
     */
    public MigrationBuilder<K, V> keyText(Function<K, String> text) {
        keyText = requireNonNull(text, "text");
        return this;
    }

    /**
     * Where keys are recorded on which the paths may differ; default: in the memory of this node, which other nodes don't see. Nodes of one
     * process share one journal.
     */
    public MigrationBuilder<K, V> journal(Journal<K> journalOfKeys) {
        journal = requireNonNull(journalOfKeys, "journalOfKeys");
        return this;
    }

    /**
     * The share of the keys of which reads are compared in the stages that compare; always the same keys. Default: all.
     *
     * @param sharePpm parts per million
     */
    public MigrationBuilder<K, V> compare(int sharePpm) {
        comparedPpm = Bucketing.checkShare(sharePpm);
        return this;
    }

    /**
     * How long an operation may go on to issue calls; default: 10 s. After it, a write that has reached one path only is left to repair.
     *
     * @param most more than zero
     */
    public MigrationBuilder<K, V> deadline(Duration most) {
        if (most.isZero() || most.isNegative()) {
            throw new IllegalArgumentException(
                    "The deadline of an operation must be more than zero, but was " + most + ".");
        }
        deadline = most;
        return this;
    }

    /**
     * Joins the node's fleet, reads the migration's state from the flag store, and begins to route. Blocks.
     *
     * @param node a {@code Flags}
     * @throws IllegalStateException if this node routes a migration of this name already
     * @throws dev.turnout.flags.store.FlagStoreException if the store can't be read
     */
    public Migration<K, V> build(Node node) {
        return new Migration<>(this, node);
    }

    Paths<K, V> paths(Meters meters, Mirror mirror, TimeSource time) {
        if (oldPath instanceof VersionedDataPath<K, V> old && newPath instanceof VersionedDataPath<K, V> now) {
            RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
            return new VersionedPaths<>(old, now, meters, mirror, sameWhen, random);
        }
        return new PlainPaths<>(oldPath, newPath, meters, mirror, sameWhen, time);
    }
}

package dev.turnout.flags.migration;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Keys;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Node;
import dev.turnout.flags.spi.PathFence;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiPredicate;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link Migration}; begun by {@link Migration#named}. Not thread-safe.
 *
 * @param <K> the type of the keys
 * @param <V> the type of the records
 */
public final class MigrationBuilder<K, V> {
    private static final Duration SHORTEST_LEASE = Duration.ofMillis(100);
    private static final int MOST_THREADS = 256;

    private final String name;
    private final DataPath<K, V> oldPath;
    private final DataPath<K, V> newPath;
    private BiPredicate<V, V> sameWhen = Object::equals;
    private Function<K, String> keyText = KeyText.byDefault();
    private boolean keysSpeakForThemselves = true;
    private String keyTextTold = KeyText.TOLD_BY_DEFAULT;
    private Journal<K> journal = Journal.inMemory();
    private int repairsPerSecond = 1_000;
    private int mirrorThreads = 16;
    private int repairThreads = 8;
    private int comparedPpm = Bucketing.PARTS;
    private int comparisonThreads = 8;
    private Duration deadline = Duration.ofSeconds(10);
    private Duration lease = Duration.ofSeconds(30);
    private Duration callTimeout = Duration.ofSeconds(10);
    private Duration crossingTimeout = Duration.ofSeconds(5);
    private Fences fences = Fences.NONE;

    private @Nullable VerifiedGate verifiedGate;

    private final List<Supplier<Optional<String>>> blockers = new ArrayList<>();

    private boolean allowedInTransactions;

    Workers workers = Workers.THREADS; // others in tests, as what follows

    @Nullable
    List<TransactionProbe> probes; // those of the class path if null

    PlainPaths.Rules plainRules = PlainPaths.Rules.ALL;
    RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
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
     * The text form of a key, which its bucket is computed from; default: its {@code toString()}, and keys whose class has none of its own are
     * refused when they are written. It must never change, and be the same on every node: it may not depend on a locale, a time zone or the like.
     *
     * <p>Nodes report how they write the samples. While two reports differ, keys switch sides all together or not at
     * all, and the gates name the nodes. A node that joins while keys are on both sides, and differs from the other
     * nodes, rejects operations. Without samples the difference would stay unnoticed.
     *
     * <pre>{@code
     * .keyText(id -> id.country() + "-" + id.number(), new OrderId("DE", 7), new OrderId("de", 1_234_567))
     * }</pre>
     *
     * @param text of equal keys the same, and of different keys different ones
     * @param samples keys that show what is special, the same on every node; their texts are not secret
     * @throws IllegalArgumentException if the samples show that {@code text} cannot be that, or their texts, quoted,
     *     have more than 250 characters together
     */
    @SafeVarargs
    public final MigrationBuilder<K, V> keyText(Function<K, String> text, K... samples) {
        keyText = requireNonNull(text, "text");
        keysSpeakForThemselves = false;
        List<K> keys = new ArrayList<>();
        for (K sample : samples) { // whatever takes the array as a whole, the compiler suspects of writing to it
            keys.add(sample);
        }
        keyTextTold = KeyText.told(text, keys);
        return this;
    }

    /**
     * Where keys are recorded on which the paths may differ; default: in the memory of this node, which other nodes do
     * not see. Nodes of one process share one journal.
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
     * How many keys this node may repair in a second, to prevent a storm after a long outage of a path; default: 1,000.
     * Keys that wait for a crossing are repaired as fast as the paths allow.
     *
     * @param most at least 1
     */
    public MigrationBuilder<K, V> repairsPerSecond(int most) {
        if (most < 1) {
            throw new IllegalArgumentException(
                    "At least 1 key a second must be repaired, but it was to be " + most + ".");
        }
        repairsPerSecond = most;
        return this;
    }

    /**
     * How many second writes this node makes at once, those that no caller waits for; default: 16. So many keep up with {@code most} divided by the time
     * that one takes: without versions these are two calls of paths, so with calls of 10 ms, 16 keep up with 800 writes a second, and with versions it
     * is one. Each uses a connection of the path while it runs. What they do not keep up with is left to repair, see
     * {@link MigrationSample#mirrorShed}.
     *
     * @param most from 1 to 256
     */
    public MigrationBuilder<K, V> mirrorThreads(int most) {
        mirrorThreads = checkThreads("mirrorThreads", most);
        return this;
    }

    /**
     * How many keys this node repairs at once, also those that wait for a crossing; default: 8. One key takes two reads and at most one write of paths with
     * versions, and three calls or more without. Each uses a connection of each path, and at moments one of the journal.
     *
     * @param most from 1 to 256
     */
    public MigrationBuilder<K, V> repairThreads(int most) {
        repairThreads = checkThreads("repairThreads", most);
        return this;
    }

    /**
     * How many keys this node compares at once; default: 8. A comparison takes a read of the path that has not answered, and more of both where they differ:
     * with reads of 10 ms, 8 keep up with 800 reads a second. Each uses a connection of the path while it runs. What
     * they do not keep up with is not compared, see {@link MigrationSample#comparedShare}; to compare fewer keys, but
     * these always, see {@link #compare}.
     *
     * @param most from 1 to 256
     */
    public MigrationBuilder<K, V> comparisonThreads(int most) {
        comparisonThreads = checkThreads("comparisonThreads", most);
        return this;
    }

    private static int checkThreads(String what, int most) {
        if (most < 1 || most > MOST_THREADS) {
            throw new IllegalArgumentException(
                    "The " + what + " must be from 1 to " + MOST_THREADS + ", but were to be " + most + ".");
        }
        return most;
    }

    /**
     * How long an operation may continue to issue calls; default: 10 s. After it, a write that has reached one path
     * only is left to repair.
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
     * How long this node may continue without reaching the fleet store; default: 30 s. When that is over it refuses
     * operations, and the fleet may move on without it. So a node that died, or is unreachable, blocks a crossing no
     * longer than that, and an outage of the fleet store that lasts longer stops the migration's operations on all
     * nodes.
     *
     * @param length at least 100 ms; or zero for a node that continues for ever, and then blocks every crossing until
     *     it comes back or an operator has confirmed that it is dead
     */
    public MigrationBuilder<K, V> lease(Duration length) {
        if (!length.isZero() && length.compareTo(SHORTEST_LEASE) < 0) {
            throw new IllegalArgumentException("A lease must last at least " + SHORTEST_LEASE.toMillis()
                    + " ms, or be zero for one that never ends, but was " + length + ".");
        }
        lease = length;
        return this;
    }

    /**
     * Fences in the stores of both paths, which their writes look at in their own transactions; default: none. They make sure of what leases
     * promise also where clocks cannot be trusted, for one more query in each write. All nodes must have them. Where a
     * path keeps no versions, a node that has lost contact is evicted only while both fences can be set to refuse it:
     * until then the migration waits for it.
     */
    public MigrationBuilder<K, V> fences(PathFence ofOldPath, PathFence ofNewPath) {
        fences = new Fences(requireNonNull(ofOldPath, "ofOldPath"), requireNonNull(ofNewPath, "ofNewPath"), false);
        return this;
    }

    /**
     * How long after its start a call of a path may still take effect; default: 10 s. Set it to what the paths' own time-outs allow. Paths without
     * versions depend on it: a node that died counts as gone only so long after its lease, and a repair that was interrupted is not taken
     * over sooner.
     *
     * @param most zero or more
     */
    public MigrationBuilder<K, V> callTimeout(Duration most) {
        if (most.isNegative()) {
            throw new IllegalArgumentException("The time-out of calls must be zero or more, but was " + most + ".");
        }
        callTimeout = most;
        return this;
    }

    /**
     * How long keys may be in {@link dev.turnout.flags.stage.Stage#SYNC} on their way to the new path; default: 5 s. There operations need both paths, and
     * without versions writes wait. An attempt that takes longer, as a path hangs, or a node does not read the state,
     * is abandoned: keys go back to {@link dev.turnout.flags.stage.Stage#SHADOW}, and enter it again after 5 s, then
     * after 10, and so on, up to 5 minutes. The rollback to the old path has no such limit. Keys do not enter it while
     * calls of a path take longer than a fifth of this, or a second if that is longer, on any node. Nodes that learn
     * late of changes, by polling every half a minute for instance, need more. A controller keeps to it, so every node
     * that may run one needs it.
     *
     * @param most more than zero
     */
    public MigrationBuilder<K, V> crossingTimeout(Duration most) {
        if (most.isZero() || most.isNegative()) {
            throw new IllegalArgumentException(
                    "The time-out of a crossing must be more than zero, but was " + most + ".");
        }
        crossingTimeout = most;
        return this;
    }

    /**
     * Lets keys begin to switch to the new path only while all of them are known to be equal; default: no such check.
     * Verify in the stage from which they switch. The rollback is never blocked.
     *
     * @param oldest the range of keys whose verification is the longest ago; empty if some were never verified, or found different; asked
     *     whenever gates are looked at, so it should be quick
     * @param maxAge how long ago that may be; more than zero
     */
    public MigrationBuilder<K, V> verified(Supplier<Optional<Verified>> oldest, Duration maxAge) {
        if (maxAge.isZero() || maxAge.isNegative()) {
            throw new IllegalArgumentException(
                    "A verification has an age of more than zero, but was to have at most " + maxAge + ".");
        }
        verifiedGate = new VerifiedGate(requireNonNull(oldest, "oldest"), maxAge);
        return this;
    }

    /**
     * Lets keys begin to switch to the new path only while this knows no reason against it; may be called several
     * times. The rollback is never blocked. It is asked where a controller runs, so every node that may run one needs
     * it.
     *
     * @param reason in words for operators, who read it among the blockers; asked whenever gates are looked at, so it
     *     should be quick; what it throws is a reason too
     */
    public MigrationBuilder<K, V> blockedBy(Supplier<Optional<String>> reason) {
        blockers.add(requireNonNull(reason, "reason"));
        return this;
    }

    /**
     * Writes also where the caller is inside a transaction of its own; default: {@link WriteInTransactionException}. Only for two paths that have
     * committed when they return, whatever transaction their caller is in (with Spring, propagation {@code REQUIRES_NEW} on every method that writes),
     * and for callers that have not locked what the paths write. The write stays when the caller rolls back. Of a path that joins the caller's
     * transaction, a rollback takes back what the other path keeps, and no journal knows of it.
     *
     * <p>Transactions are known by what the class path has: see {@link TransactionProbe}. One that was begun manually,
     * on a connection, is not.
     */
    public MigrationBuilder<K, V> allowedInTransactions() {
        allowedInTransactions = true;
        return this;
    }

    private CallerTransactions callerTransactions() {
        if (allowedInTransactions) {
            return CallerTransactions.NONE;
        }
        return probes == null
                ? CallerTransactions.find(oldPath.getClass(), newPath.getClass())
                : new CallerTransactions(probes);
    }

    /**
     * Joins the node's fleet, reads the migration's state from the flag store, and begins to route. Blocks.
     *
     * @param node a {@code Flags}
     * @throws RuntimeException if the flag store or the fleet store cannot be reached
     */
    public Migration<K, V> build(Node node) {
        if (!areVersioned()) {
            journal.claimTimeout().ifPresent(this::checkClaims);
        }
        Settings<K> settings = new Settings<>(
                name,
                keyText,
                keysSpeakForThemselves,
                keyTextTold,
                journal,
                repairsPerSecond,
                mirrorThreads,
                repairThreads,
                comparedPpm,
                comparisonThreads,
                deadline,
                lease,
                callTimeout,
                crossingTimeout,
                fences.ofPaths(areVersioned()),
                verifiedGate,
                blockers,
                comparisonDelays,
                workers,
                callerTransactions());
        fences.prepare();
        BiPredicate<V, V> same = sameWhen;
        RandomGenerator chance = random;
        PlainPaths.Rules rules = plainRules;
        return new Migration<>(
                settings,
                (meters, mirror, time) -> paths(settings, node, meters, mirror, time, same, chance, rules),
                node);
    }

    private boolean areVersioned() {
        return oldPath instanceof VersionedDataPath && newPath instanceof VersionedDataPath;
    }

    /** A repair may write until {@code callTimeout} after its claim, and what it writes may take as long again to take effect. */
    private void checkClaims(Duration claims) {
        if (claims.compareTo(callTimeout.multipliedBy(2)) <= 0) {
            throw new IllegalArgumentException(
                    "The paths of migration '" + name
                            + "' keep no versions, so a key must not be repaired by two at once: the journal's claimTimeout must be longer than twice the"
                            + " callTimeout, but they are " + claims + " and " + callTimeout
                            + ". Make the callTimeout shorter, with time-outs of the paths that keep to it, or the claimTimeout longer.");
        }
    }

    private Paths<K, V> paths(
            Settings<K> settings,
            Node node,
            Meters meters,
            Mirror mirror,
            TimeSource time,
            BiPredicate<V, V> same,
            RandomGenerator chance,
            PlainPaths.Rules rules) {
        if (oldPath instanceof VersionedDataPath<K, V> old && newPath instanceof VersionedDataPath<K, V> now) {
            Strays<K> strays = new Strays<>(settings, node);
            return new VersionedPaths<>(
                    old, now, meters, mirror, time, same, chance, strays, settings.callerTransactions());
        }
        return new PlainPaths<>(oldPath, newPath, meters, mirror, same, time, rules);
    }
}

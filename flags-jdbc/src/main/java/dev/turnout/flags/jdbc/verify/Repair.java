package dev.turnout.flags.jdbc.verify;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.migration.Reconciler;
import dev.turnout.flags.migration.UnrepairableException;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.LogThrottle;
import dev.turnout.flags.store.TimeSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Repairs what a verification has confirmed, one key at a time, in the authority's direction: the reconciler reads the
 * key again from both paths, so what has become equal in the meantime stays as it is. Does not touch what an operator
 * has to look at: what is newer on the mirror, what cannot be transformed, and, unless configured otherwise, what only
 * the mirror has. Thread-safe.
 *
 * <pre>{@code
 * Repair<Long> repair = Repair.through(migration.reconciler(), Side.OLD);
 * Verify.tables(mapping, oldDatabase, newDatabase).onDifference(repair.by(key -> key.only(Long.class))).build().run();
 * }</pre>
 */
public final class Repair<K> implements Consumer<Difference<K>> {
    private static final int MOST_KEPT = 1_000;

    private final Reconciler<K> reconciler;
    private final LogThrottle failures = new LogThrottle(Repair.class, TimeSource.SYSTEM);
    private final Side authority;
    private final boolean withExtras;
    private final Map<Difference.Kind, Long> left =
            new EnumMap<>(Difference.Kind.class); // guarded by this, as what follows
    private final List<String> problems = new ArrayList<>();
    private long repaired;
    private long failed;

    private Repair(Reconciler<K> reconciler, Side authority, boolean withExtras) {
        this.reconciler = reconciler;
        this.authority = authority;
        this.withExtras = withExtras;
    }

    /**
     * Repairs through what a migration repairs with.
     *
     * @param authority the path that is right, {@code OLD} or {@code NEW}: the one that was the authority of the verification
     */
    public static <K> Repair<K> through(Reconciler<K> reconciler, Side authority) {
        requireNonNull(reconciler, "reconciler");
        if (authority == Side.BOTH) {
            throw new IllegalArgumentException("One path has to be right where both differ: OLD or NEW.");
        }
        return new Repair<>(reconciler, authority, false);
    }

    /**
     * One that hands over also what only the mirror has: without versions it is then deleted there, with versions it is
     * kept unless there is a later tombstone.
     */
    public Repair<K> includeExtras() {
        return new Repair<>(reconciler, authority, true);
    }

    /** This, for differences under other keys. */
    public <D> Consumer<Difference<D>> by(Function<? super D, ? extends K> key) {
        return difference ->
                accept(new Difference<>(key.apply(difference.key()), difference.kind(), difference.fields()));
    }

    /** Repairs a key, or leaves it. Blocks. Throws nothing where that fails: others may still be repaired. */
    @Override
    public void accept(Difference<K> difference) {
        boolean mayRepair = switch (difference.kind()) {
            case MISSING, DIFFERENT -> true;
            case EXTRA -> withExtras;
            case NEWER_ON_MIRROR, NOT_TRANSFORMABLE -> false;
        };
        if (!mayRepair) {
            synchronized (this) {
                left.merge(difference.kind(), 1L, Long::sum);
            }
            return;
        }
        try {
            reconciler.reconcile(difference.key(), authority);
            synchronized (this) {
                repaired++;
            }
        } catch (UnrepairableException e) {
            noteFailure(difference.key(), e);
        } catch (Throwable e) { // also an Error of a path: it is a failure of this key
            failures.warn(e, "A key that differs could not be repaired; the next verification finds it again.");
            noteFailure(difference.key(), e);
        }
    }

    private synchronized void noteFailure(K key, Throwable problem) {
        failed++;
        if (problems.size() < MOST_KEPT) {
            problems.add("key '" + key + "': " + problem.getMessage());
        }
    }

    /** How many keys were handed over without an error. */
    public synchronized long repaired() {
        return repaired;
    }

    /** How many keys could not be repaired. */
    public synchronized long failed() {
        return failed;
    }

    /** Of the first 1,000 of them, the key and what is wrong. */
    public synchronized List<String> problems() {
        return List.copyOf(problems);
    }

    /** How many differences were left to the operator, by kind. */
    public synchronized Map<Difference.Kind, Long> left() {
        return Map.copyOf(left);
    }
}

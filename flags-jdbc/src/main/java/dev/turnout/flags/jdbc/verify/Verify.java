package dev.turnout.flags.jdbc.verify;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.rows.RowSource;
import dev.turnout.flags.jdbc.table.SchemaMapping;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Compares two tables while both are written to. A key that looks different is read again from both after a delay, until it is equal or was
 * found unchanged often enough: a write in flight to the second table is no difference. A tombstone is equal to nothing at all. Immutable; may
 * be run any number of times.
 *
 * <pre>{@code
 * VerifyResult<RowKey> result = Verify.tables(mapping, oldDatabase, newDatabase)
 *     .journal(migration.journal(), key -> key.only(Long.class)) // default: what waits for repair may be found different
 *     .revealColumns("status")                    // default: values are shown as keyed hashes
 *     .onDifference(repair)              // default: nothing is repaired
 *     .build()
 *     .run();
 * }</pre>
 *
 * <p>Of two tables that a {@link TableMapping} describes, each range of keys is first summed up by the two databases at the same time: the number
 * of its rows, and the sums of the two halves of a 128-bit hash of each. Only where these differ are the rows compared one by one. Where a
 * database cannot write values in the form that is compared, or a function in Java makes them, rows are streamed and hashed in Java, for both
 * tables. Values are compared by what they are, not by their types: an {@code INTEGER} with a {@code NUMERIC}, whose scale does not matter; texts
 * code point by code point, but the padding of a {@code CHAR}; -0 is not 0, and an empty text is not {@code NULL}. Of a text or bytes of more than
 * a million bytes, the length and a hash are compared. Versions are no contents.
 *
 * <p>Where the text keys of the two tables do not have the same collation, ranges are those of the keys' bytes. A table of another collation is then read
 * as a whole for each range, unless it has an index in that order, such as PostgreSQL's {@code COLLATE "C"}: give it one if it is large.
 *
 * <p>Either may be in a replica. While that is further behind than a key is looked at, two seconds by default, no key is found different; those
 * that do not become equal in time are unsettled. MariaDB and MySQL report whole seconds only, so there look for longer than one.
 *
 * <p>Of tables {@linkplain TableMapping.Builder#withoutKey() without a key} it is compared how often each has each row: the key of a {@link Difference} is a
 * keyed hash of the row, its field {@code rows} how many there are on both sides, and a row that was changed is one that is missing and another one that is
 * extra. Where the sums of both tables differ, they are read as a whole three times and more. Each table is read at its own time, so while they are written to, rows
 * that look different are looked at again, up to three times, and are unsettled if they change each time.
 *
 * <p>Tables that no mapping can describe are read row by row, by a {@link RowSource} each; see {@link #authority}. In memory are at most a few
 * chunks of either table, and the two records of the keys that look different.
 */
public final class Verify<K, V> {
    private static final int MOST_KEPT = 1_000;

    private final SweepContext<K, V> context;
    private final Consumer<? super Difference<K>> listener;
    private final Consumer<? super Progress> progress;
    private final Runnable pacing;
    private final Set<String> unverified;

    private Verify(
            SweepContext<K, V> context,
            Consumer<? super Difference<K>> listener,
            Consumer<? super Progress> progress,
            Runnable pacing,
            Set<String> unverified) {
        this.context = context;
        this.listener = listener;
        this.progress = progress;
        this.pacing = pacing;
        this.unverified = unverified;
    }

    /**
     * Begins a verification of two tables.
     *
     * @param mapping which table should become which; a function in it is called as the copying does, so a mistake in one is not found
     */
    public static Builder<RowKey, ?> tables(TableMapping mapping, DataSource source, DataSource target) {
        requireNonNull(mapping, "mapping");
        requireNonNull(source, "source");
        requireNonNull(target, "target");
        return new Builder<RowKey, CanonicalRow>(
                10_000,
                mapping.unverified(),
                builder -> mapping.hasKey()
                        ? TableComparison.of(mapping.verified(), source, target, builder.tables())
                        : MultisetComparison.of(mapping.verified(), source, target, builder.tables()));
    }

    /** Begins a verification of all tables of a schema. */
    public static SchemaVerify.Builder schema(SchemaMapping schema, DataSource source, DataSource target) {
        return new SchemaVerify.Builder(schema, source, target);
    }

    /**
     * Begins a verification of what no mapping can describe, with the table that is right where the two differ. Rows are compared in Java, in
     * the order of their keys.
     */
    public static <K, V> Builder<K, V> authority(DataSource database, RowSource<K, V> rows, KeyCodec<K> keys) {
        requireNonNull(keys, "keys");
        RowComparison.RowsSide<K, V> authority = new RowComparison.RowsSide<>("the authority", database, rows, keys);
        return new Builder<>(1_000, Set.of(), builder -> builder.rows(authority));
    }

    /**
     * Compares all keys. Blocks.
     *
     * @throws VerifyException if rows cannot be read, or are not in the order of their keys
     */
    public VerifyResult<K> run() {
        SweepProgress pace = new SweepProgress(context, progress, pacing);
        List<Difference<K>> first = new ArrayList<>();
        DifferenceCounts found = context.comparison().sweep(context, pace, difference -> {
            if (first.size() < MOST_KEPT) {
                first.add(difference);
            }
            listener.accept(difference);
        });
        return new VerifyResult<>(
                found.rows(),
                first,
                found.counts(),
                found.unsettled(),
                unverified,
                Duration.ofNanos(pace.elapsedNanos()));
    }

    /** Builds a {@link Verify}. Not thread-safe. */
    public static final class Builder<K, V> {
        private final Set<String> unverified;
        private final Function<Builder<K, V>, Comparison<K, V>> subject;
        private @Nullable Mirror<K, V> mirror;
        private @Nullable BiPredicate<? super V, ? super V> sameWhen;
        private @Nullable Side authority;
        private @Nullable Set<String> shown;
        private @Nullable VerifiedRanges ranges;
        private boolean hasJournal;
        private int chunkSize;
        // Two seconds in all: longer than a write takes to reach the second table, or its repair where that failed.
        private Duration settleDelay = Duration.ofMillis(200);
        private int attempts = 10;
        private Function<Collection<K>, Set<K>> pending = keys -> Set.of();
        private Consumer<? super Difference<K>> listener = difference -> {};
        private Consumer<? super Progress> progress = done -> {};
        private Runnable pacing = () -> {};
        private TimeSource time = TimeSource.SYSTEM;
        private LongConsumer waiting = LockSupport::parkNanos;

        private record Mirror<K, V>(DataSource database, RowSource<K, V> rows) {}

        private Builder(int chunkSize, Set<String> unverified, Function<Builder<K, V>, Comparison<K, V>> subject) {
            this.chunkSize = chunkSize;
            this.unverified = unverified;
            this.subject = subject;
        }

        private Comparison<K, V> rows(RowComparison.RowsSide<K, V> one) {
            if (mirror == null) {
                throw new IllegalStateException("A verification needs mirror(...).");
            }
            if (authority != null || shown != null || ranges != null) {
                throw new IllegalStateException(
                        "authority(side), revealColumns(...) and remember(...) are for tables(...) alone.");
            }
            return new RowComparison<>(
                    one,
                    new RowComparison.RowsSide<>("the mirror", mirror.database(), mirror.rows(), one.keys()),
                    one.keys(),
                    sameWhen == null ? Objects::equals : sameWhen);
        }

        private TableComparison.Options tables() {
            if (mirror != null || sameWhen != null) {
                throw new IllegalStateException(
                        "The mapping defines what is to be equal to what: mirror(...) and sameWhen(...) are for authority(...).");
            }
            return new TableComparison.Options(
                    authority == null ? Side.OLD : authority, shown == null ? Set.of() : shown, ranges, hasJournal);
        }

        /** The table that is to be equal to the one that {@link Verify#authority} begins with. Required there. */
        public Builder<K, V> mirror(DataSource database, RowSource<K, V> rows) {
            mirror = new Mirror<>(requireNonNull(database, "database"), requireNonNull(rows, "rows"));
            return this;
        }

        /** When the records of a key count as the same; the authority's is the first. Default: {@code equals}. */
        public Builder<K, V> sameWhen(BiPredicate<? super V, ? super V> same) {
            sameWhen = requireNonNull(same, "same");
            return this;
        }

        /**
         * Which of the two tables of a mapping is right where they differ.
         *
         * @param side the source as {@code OLD}, which is the default, or the target as {@code NEW}
         */
        public Builder<K, V> authority(Side side) {
            if (side == Side.BOTH) {
                throw new IllegalArgumentException("One of both tables has to be the authority: OLD or NEW.");
            }
            authority = side;
            return this;
        }

        /** The columns of the target whose values may be seen in a {@link Difference}; default: none, a keyed hash stands for each. */
        public Builder<K, V> revealColumns(String... columns) {
            shown = Set.of(columns);
            return this;
        }

        /**
         * Keeps when each range of a mapping's tables was last compared, continues where a run was interrupted, and
         * shares the ranges with all runs of it at the same time; default: nothing is kept.
         */
        public Builder<K, V> remember(VerifiedRanges verified) {
            ranges = requireNonNull(verified, "verified");
            return this;
        }

        /** Receives each confirmed difference, on the thread that runs, a {@link Repair} for instance; default: none. What it throws ends the run. */
        public Builder<K, V> onDifference(Consumer<? super Difference<K>> differenceListener) {
            listener = requireNonNull(differenceListener, "differenceListener");
            return this;
        }

        /**
         * How many rows are read, or summed up, at once.
         *
         * @param rows at least 1; default 10,000 for tables of a mapping, 1,000 otherwise
         */
        public Builder<K, V> chunkSize(int rows) {
            if (rows < 1) {
                throw new IllegalArgumentException("A chunk must have at least 1 row, but was to have " + rows + ".");
            }
            chunkSize = rows;
            return this;
        }

        /**
         * How a key that looks different is given time to become equal. One that is written meanwhile is given as many looks after its last
         * change, but thirty times as many in all, a minute by default, and counts as unsettled after that.
         *
         * @param delay before each further look; more than zero; default 200 ms
         * @param looks how many further looks; at least 1; default 10
         */
        public Builder<K, V> settle(Duration delay, int looks) {
            if (delay.isZero() || delay.isNegative() || looks < 1) {
                throw new IllegalArgumentException(
                        "To settle needs a delay of more than zero and at least 1 further look, but was to be " + looks
                                + " after " + delay + " each. A difference seen once may be a write in flight.");
            }
            settleDelay = delay;
            attempts = looks;
            return this;
        }

        /**
         * The journal of the migration, with keys as they are in it: of a key that waits there for repair it is known that it is late, so it is no
         * difference, and is given as much time as one that is written. Default: none is asked, and a key whose repair takes longer than its looks is
         * found different.
         */
        public Builder<K, V> journal(Journal<K> journal) {
            return journal(journal, key -> key);
        }

        /**
         * As {@link #journal(Journal)}.
         *
         * @param key of a compared key the one in the journal, such as {@code key -> key.only(Long.class)} for tables
         */
        public <J> Builder<K, V> journal(Journal<J> journal, Function<? super K, ? extends J> key) {
            requireNonNull(journal, "journal");
            requireNonNull(key, "key");
            hasJournal = true;
            pending = keys -> {
                Map<K, J> asked = new HashMap<>();
                keys.forEach(one -> asked.put(one, key.apply(one)));
                Set<J> late = journal.pending(asked.values());
                return keys.stream()
                        .filter(one -> late.contains(asked.get(one)))
                        .collect(Collectors.toSet());
            };
            return this;
        }

        /** Called after each chunk, on the thread that runs; default: none. */
        public Builder<K, V> onProgress(Consumer<? super Progress> progressListener) {
            progress = requireNonNull(progressListener, "progressListener");
            return this;
        }

        /** Adds a listener. */
        Builder<K, V> alsoTelling(Consumer<? super Progress> more) {
            Consumer<? super Progress> first = progress;
            progress = done -> {
                done.tell(first);
                more.accept(done);
            };
            return this;
        }

        /** Called before each chunk, without a connection, to wait while the databases are busy; default: no wait. What it throws ends the run. */
        public Builder<K, V> pacing(Runnable beforeEachChunk) {
            pacing = requireNonNull(beforeEachChunk, "beforeEachChunk");
            return this;
        }

        /** The clock that delays are measured by; default: the machine's. */
        public Builder<K, V> time(TimeSource timeSource) {
            time = requireNonNull(timeSource, "timeSource");
            return this;
        }

        /** Waits for about so many nanoseconds, or shorter. */
        Builder<K, V> waiting(LongConsumer wait) {
            waiting = wait;
            return this;
        }

        /**
         * Builds it. The databases of a mapping are asked for the types of its columns; no rows are read yet.
         *
         * @throws IllegalStateException if {@link #mirror} is missing, or a step does not fit to what was begun with
         * @throws IllegalArgumentException if columns of a mapping cannot be compared
         * @throws VerifyException if a database of a mapping cannot be asked
         */
        public Verify<K, V> build() {
            return new Verify<>(
                    new SweepContext<>(subject.apply(this), chunkSize, settleDelay, attempts, pending, time, waiting),
                    listener,
                    progress,
                    pacing,
                    unverified);
        }
    }
}

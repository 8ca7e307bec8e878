package dev.turnout.flags.jdbc.backfill;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.store.PeriodicTask;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches whether the two tables of a backfill, and the mapping between them, are still what they were when its last sweep was begun: a column
 * that came later is in no row that was copied. Thread-safe.
 *
 * <pre>{@code
 * SchemaDrift drift = SchemaDrift.watch(backfill, Duration.ofMinutes(1), reason -> pager.page(reason));
 * Migration.named("orders-v2", oldOrders, newOrders).blockedBy(drift::reason) ...
 * }</pre>
 *
 * <p>Where they have drifted, fix the mapping and run the backfill with {@link
 * BackfillBuilder#restartWithChangedMapping}; when that has copied all, the drift is over.
 * What is watched are the columns: their names, types and nullability, in PostgreSQL also their collations.
 */
public final class SchemaDrift implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SchemaDrift.class);
    private static final int LOOKS_MISSED = 3; // longer than that without one is too long
    private static final long SHORTEST_SILENCE_NANOS = Duration.ofSeconds(30).toNanos();

    /** What a look has found. */
    private enum Finding {
        AS_IT_WAS,
        NOT_COPIED_YET,
        DRIFTED,
        NOT_KNOWN
    }

    /** Of a look, when it has ended. */
    private record Look(Finding finding, String reason, long atNanos) {}

    private final BackfillContext context;
    private final TableCopy copy;
    private final Consumer<? super String> listener;
    private final long longestSilenceNanos;
    private final PeriodicTask looking;
    private volatile boolean closed;
    private volatile Look last;

    private SchemaDrift(BackfillContext context, TableCopy copy, Duration interval, Consumer<? super String> listener) {
        this.context = context;
        this.copy = copy;
        this.listener = listener;
        longestSilenceNanos = Math.max(
                SHORTEST_SILENCE_NANOS, interval.multipliedBy(LOOKS_MISSED).toNanos());
        last = new Look(Finding.AS_IT_WAS, "", context.time().nanoTime());
        check();
        looking = PeriodicTask.start("turnout-schema-" + context.name(), interval, this::check);
    }

    /**
     * Looks now, and then again and again, on a thread of its own. Blocks until it has looked once.
     *
     * @param backfill of tables that a mapping describes; it need not have run yet
     * @param interval how long after a look the next one begins; more than zero
     * @param listener notified when they have drifted, and when that cannot be determined, but not again while that lasts; on the thread that looked
     * @throws IllegalArgumentException if the backfill has no mapping
     */
    public static SchemaDrift watch(Backfill<?, ?> backfill, Duration interval, Consumer<? super String> listener) {
        BackfillContext context = backfill.context();
        if (!(backfill.job() instanceof TableCopy copy)) {
            throw new IllegalArgumentException("Backfill '" + context.name()
                    + "' has no TableMapping, so the columns that it depends on are unknown.");
        }
        if (!copy.mapping().hasKey()) {
            throw new IllegalArgumentException(
                    "Backfill '" + context.name()
                            + "' copies a table without a key, as a whole and at once: nothing of it is left that could drift.");
        }
        if (interval.isZero() || interval.isNegative()) {
            throw new IllegalArgumentException("The interval must be more than zero, but was " + interval + ".");
        }
        return new SchemaDrift(context, copy, interval, requireNonNull(listener, "listener"));
    }

    /**
     * Why keys should not switch sides, by the last look, which must not be long ago: a drift, or a sweep that has not
     * copied all yet. Empty if there is no reason, or no sweep was begun yet. Does not block.
     */
    public Optional<String> reason() {
        Look look = last;
        long silence = context.time().nanoTime() - look.atNanos();
        if (silence > longestSilenceNanos) {
            return Optional.of("The schemas of backfill '" + context.name() + "' were last compared "
                    + Duration.ofNanos(silence).toSeconds() + " s ago.");
        }
        return look.finding() == Finding.AS_IT_WAS ? Optional.empty() : Optional.of(look.reason());
    }

    /** Looks now. Blocks. */
    public synchronized void check() {
        Look before = last;
        Look now = look();
        if (closed) {
            return; // an interrupted look proves nothing
        }
        last = now;
        boolean isOtherDrift = now.finding() == Finding.DRIFTED && !now.reason().equals(before.reason());
        if (now.finding() == before.finding() && !isOtherDrift) {
            return;
        }
        if (now.finding() == Finding.AS_IT_WAS) {
            log.info("The schemas of backfill '{}' are those of its last sweep.", context.name());
        } else if (now.finding() != Finding.NOT_COPIED_YET) {
            log.warn("{}", now.reason());
            tell(now.reason());
        }
    }

    private void tell(String reason) {
        try {
            listener.accept(reason);
        } catch (Throwable e) { // it is known here all the same
            log.error("The listener failed.", e);
        }
    }

    private Look look() {
        try {
            Optional<BackfillTable.Mark> mark = new BackfillTable(context.home(), context.name()).last();
            return mark.isEmpty() ? found(Finding.AS_IT_WAS, "") : compare(mark.get());
        } catch (BackfillException e) {
            return found(Finding.DRIFTED, "The schemas have drifted: " + e.getMessage());
        } catch (Throwable e) { // also an Error: what is not known must not look as if it were well
            return found(
                    Finding.NOT_KNOWN,
                    "The schemas of backfill '" + context.name() + "' cannot be compared now: " + e.getMessage());
        }
    }

    private Look compare(BackfillTable.Mark mark) throws SQLException {
        String sweep = "sweep '" + mark.sweepId() + "' of backfill '" + context.name() + "'";
        List<String> planned = new RangeTable(context.home(), context.name()).planHash(mark.sweepId());
        if (planned.isEmpty()) {
            return mark.pass() == BackfillTable.Pass.COPY
                    ? found(Finding.NOT_COPIED_YET, "Nothing is copied yet by " + sweep + ".")
                    : found(Finding.AS_IT_WAS, ""); // the source was empty
        }
        String now = TablePair.of(copy.mapping(), copy.guard(), context.source(), context.target())
                .hash();
        if (!planned.equals(List.of(now))) {
            return found(
                    Finding.DRIFTED,
                    "The schemas have drifted: the mapping " + copy.mapping()
                            + ", or one of its tables, is another one than when " + sweep
                            + " was begun. Look at its Plan, fix the mapping, and " + TableRun.START_OVER);
        }
        return mark.pass() == BackfillTable.Pass.COPY
                ? found(Finding.NOT_COPIED_YET, "Not all is copied yet by " + sweep + ".")
                : found(Finding.AS_IT_WAS, "");
    }

    private Look found(Finding finding, String reason) {
        return new Look(finding, reason, context.time().nanoTime());
    }

    /** Ends its thread: {@link #reason} reports soon after that the last look is too old. Idempotent. */
    @Override
    public void close() {
        closed = true;
        looking.close();
    }
}

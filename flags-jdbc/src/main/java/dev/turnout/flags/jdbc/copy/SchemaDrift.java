package dev.turnout.flags.jdbc.copy;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.store.PeriodicTask;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
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
 * <p>Where they have drifted, mend the mapping and begin another sweep, which ends it. What is watched are the columns: their names, types,
 * nullability and collations.
 */
public final class SchemaDrift implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(SchemaDrift.class);

    private final Backfill<?, ?> backfill;
    private final TableCopy copy;
    private final Consumer<? super String> listener;
    private final PeriodicTask looking;
    private volatile Optional<String> reason = Optional.empty();

    private SchemaDrift(Backfill<?, ?> backfill, TableCopy copy, Duration interval, Consumer<? super String> listener) {
        this.backfill = backfill;
        this.copy = copy;
        this.listener = listener;
        check();
        looking = PeriodicTask.start("turnout-schema-" + backfill.name, interval, this::check);
    }

    /**
     * Looks now, and then again and again, on a thread of its own. Blocks until it has looked once.
     *
     * @param backfill of tables that a mapping describes; it need not have run yet
     * @param interval how long after a look the next one begins; more than zero
     * @param listener told the reason whenever there is another one, on the thread that looked
     * @throws IllegalArgumentException if the backfill has no mapping
     */
    public static SchemaDrift watch(Backfill<?, ?> backfill, Duration interval, Consumer<? super String> listener) {
        @Nullable TableCopy copy = backfill.tableCopy;
        if (copy == null) {
            throw new IllegalArgumentException("Backfill '" + backfill.name
                    + "' has no TableMapping, so nobody knows which columns it depends on.");
        }
        if (interval.isZero() || interval.isNegative()) {
            throw new IllegalArgumentException("The interval must be more than zero, but was " + interval + ".");
        }
        return new SchemaDrift(backfill, copy, interval, requireNonNull(listener, "listener"));
    }

    /** Why keys had better not cross, at the last look; empty if nothing has changed since the sweep, or none was begun yet. Does not block. */
    public Optional<String> reason() {
        return reason;
    }

    /** Looks now. Blocks. */
    public synchronized void check() {
        Optional<String> before = reason;
        reason = look();
        if (reason.equals(before)) {
            return;
        }
        if (reason.isEmpty()) {
            log.info("The schemas of backfill '{}' are those of its last sweep again.", backfill.name);
        } else {
            log.warn("{}", reason.get());
            listener.accept(reason.get());
        }
    }

    private Optional<String> look() {
        try {
            List<String> sweeps = new BackfillTable(backfill.target, backfill.name).sweepId();
            List<String> planned = sweeps.isEmpty()
                    ? List.of()
                    : new RangeTable(backfill.target, backfill.name).planHash(sweeps.get(0));
            if (planned.isEmpty()) {
                return Optional.empty(); // nothing was copied, as the source was empty or no sweep was begun
            }
            String now = TablePair.of(copy.mapping(), copy.guard(), backfill.source, backfill.target)
                    .hash();
            return planned.equals(List.of(now))
                    ? Optional.empty()
                    : Optional.of("The schemas have drifted: the mapping " + copy.mapping()
                            + ", or one of its tables, is another one than when sweep '" + sweeps.get(0)
                            + "' of backfill '" + backfill.name
                            + "' was begun. Look at its Plan, mend the mapping, and begin another sweep.");
        } catch (CopyException e) {
            return Optional.of("The schemas have drifted: " + e.getMessage());
        } catch (SQLException e) {
            return Optional.of(
                    "The schemas of backfill '" + backfill.name + "' can't be compared now: " + e.getMessage());
        }
    }

    /** Ends its thread. Idempotent. */
    @Override
    public void close() {
        looking.close();
    }
}

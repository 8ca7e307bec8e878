package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Node;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.store.Snapshot;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * Records that one path has newer than the path that answers for their key, though no write can have left them so: with versions a stray is what a
 * path has kept that the authority has lost again, as the transaction was rolled back in which it had taken it, or as its database was set back. To
 * copy a stray would bring back what callers know as refused. To throw it away might lose the last copy of what was acknowledged. So it stays, and an
 * operator decides. Thread-safe; blocks as long as flag store and journal do.
 */
final class Strays<K> {
    private static final Tenure NOBODYS = new Tenure("", new Lease(Duration.ZERO, 0));
    private static final long REPORTED_AGAIN_NANOS = Duration.ofSeconds(10).toNanos();
    private static final int MOST_REMEMBERED = 1_000;

    private final String migration;
    private final Function<K, String> keyText;
    private final Journal<K> journal;
    private final Node node;
    private final Map<K, Long> reportedNanos = new LinkedHashMap<>(); // guarded by itself

    Strays(Settings<K> settings, Node node) {
        this.migration = settings.name();
        this.keyText = settings.keyText();
        this.journal = settings.journal();
        this.node = node;
    }

    /**
     * Whether a record that no known entry of the journal explains is a stray.
     *
     * <p>Up to {@code LIVE}, writes go to the old path first: while that path answers, the new one never has a newer record, not even for a moment. When
     * the new path answers, the old one has what is under way, or of unknown outcome, and the journal knows it.
     *
     * @param newer the path that has a newer record than the other
     * @param stillNewer reads both again
     * @throws UnavailableException if that cannot be determined
     */
    boolean isStray(K key, Side newer, BooleanSupplier stillNewer) {
        if (slice(key, node.state()).cameFrom() == newer) {
            return false;
        }
        try {
            if (newer == Side.OLD && mayBeWritten(key)) {
                return false;
            }
            // The node may be one that still lags behind in SYNC while the other path answers elsewhere: the flag store
            // has to name the one that did, before the records are read again and after that.
            Slice before = slice(key, node.refresh());
            return before.cameFrom() != newer && stillNewer.getAsBoolean() && before.equals(slice(key, node.refresh()));
        } catch (RuntimeException e) {
            if (newer == Side.OLD) { // during a rollback, which must not depend on it; a write that is under way is far
                // more likely
                return false;
            }
            throw new UnavailableException(
                    "The new path has a newer record than the old one, and the flag store cannot be asked which of them answers; try again.",
                    e);
        }
    }

    private boolean mayBeWritten(K key) {
        return !journal.knowsOperationsInFlight()
                || !journal.pending(List.of(key)).isEmpty();
    }

    private Slice slice(K key, Snapshot snapshot) {
        Route route = Route.of(migration, snapshot, NOBODYS);
        Slice everywhere = route.everywhere();
        return everywhere != null ? everywhere : route.sliceOf(keyText.apply(key));
    }

    /**
     * Lets repair look at a stray of the new path, which quarantines it: no keys switch sides before an operator has
     * decided. Once in a while, as many may read it.
     */
    void report(K key, Side newer) {
        if (newer == Side.NEW && isDueForReport(key)) { // of the old path, an entry would be taken for that of a write
            journal.record(key, Side.OLD);
        }
    }

    private boolean isDueForReport(K key) {
        long now = node.time().nanoTime();
        synchronized (reportedNanos) {
            Long last = reportedNanos.get(key);
            if (last != null && now - last < REPORTED_AGAIN_NANOS) {
                return false;
            }
            if (reportedNanos.size() >= MOST_REMEMBERED) {
                reportedNanos.clear();
            }
            reportedNanos.put(key, now);
            return true;
        }
    }
}

package dev.turnout.benchmarks.comparison;

import dev.turnout.benchmarks.comparison.Router.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** All that users did and saw. Thread-safe. */
final class History {
    /**
     * A write.
     *
     * @param value unlike that of every other write; null if it deletes
     * @param start before the call, by the clock of all
     * @param end after it
     */
    record Write(int key, @Nullable Long value, long start, long end, Outcome outcome) {
        /** When it has happened at the latest: never surely, if its outcome is unknown. */
        long latest() {
            return outcome == Outcome.UNKNOWN ? Long.MAX_VALUE : end;
        }
    }

    /** A read that gave an answer; null if that was that there is no record. */
    record Read(int key, @Nullable Long value, long start, long end) {}

    private final List<Write> writes = new ArrayList<>();
    private final List<Read> reads = new ArrayList<>();
    private long failedReads;

    synchronized void add(Write write) {
        writes.add(write);
    }

    synchronized void add(Read read) {
        reads.add(read);
    }

    synchronized void addFailedRead() {
        failedReads++;
    }

    synchronized List<Write> writes() {
        return List.copyOf(writes);
    }

    synchronized List<Read> reads() {
        return List.copyOf(reads);
    }

    synchronized long failedReads() {
        return failedReads;
    }
}

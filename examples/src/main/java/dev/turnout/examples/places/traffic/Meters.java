package dev.turnout.examples.places.traffic;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/**
 * How long operations took, and how many failed, since the last call that asked. Thread-safe; one thread at a time
 * asks.
 */
public final class Meters {
    /** Operations that are distinguished: what they do, and whether their place is answered for by the new database. */
    public enum Kind {
        /** A read that the old database answers. */
        READ,
        /** A write that the old database decides. */
        WRITE,
        /** A read that the new database answers. */
        MOVED_READ,
        /** A write that the new database decides. */
        MOVED_WRITE;

        static Kind of(boolean write, boolean moved) {
            return write ? (moved ? MOVED_WRITE : WRITE) : (moved ? MOVED_READ : READ);
        }
    }

    private static final class Meter {
        private final Recorder micros = new Recorder(2);
        private final LongAdder failed = new LongAdder();
    }

    private final Map<Kind, Meter> meters = new ConcurrentHashMap<>();
    private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
    private long sinceNanos = System.nanoTime(); // used by who asks

    /** Nothing yet. */
    public Meters() {
        for (Kind kind : Kind.values()) {
            meters.put(kind, new Meter());
        }
    }

    private Meter of(Kind kind) {
        return meters.computeIfAbsent(kind, key -> new Meter());
    }

    void succeeded(Kind kind, long nanos) {
        of(kind).micros.recordValue(TimeUnit.NANOSECONDS.toMicros(nanos));
    }

    void failed(Kind kind, RuntimeException why) {
        of(kind).failed.increment();
        failures.computeIfAbsent(why.getClass().getSimpleName(), name -> new LongAdder())
                .increment();
    }

    /** What was measured since the last call; the next one begins now. */
    public Interval interval() {
        long now = System.nanoTime();
        double seconds = (now - sinceNanos) / 1e9;
        sinceNanos = now;
        Map<Kind, Histogram> micros = new TreeMap<>();
        Map<Kind, Long> failed = new TreeMap<>();
        for (Kind kind : Kind.values()) {
            micros.put(kind, of(kind).micros.getIntervalHistogram());
            failed.put(kind, of(kind).failed.sumThenReset());
        }
        Map<String, Long> names = new TreeMap<>();
        failures.forEach((name, count) -> names.merge(name, count.sumThenReset(), Long::sum));
        names.values().removeIf(count -> count == 0);
        return new Interval(seconds, micros, failed, names);
    }
}

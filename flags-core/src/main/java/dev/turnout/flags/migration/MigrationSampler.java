package dev.turnout.flags.migration;

import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** Reads what a node did of a migration, interval by interval. Each sampler has intervals of its own. Thread-safe. */
public final class MigrationSampler {
    /** The growth of a counter since it was last asked. */
    private static final class Growth {
        private final LongSupplier counter;
        private long last;

        Growth(LongSupplier counter) {
            this.counter = counter;
            this.last = counter.getAsLong();
        }

        Growth(LongAdder counter) {
            this(counter::sum);
        }

        long next() {
            long now = counter.getAsLong();
            long growth = now - last;
            last = now;
            return growth;
        }
    }

    private final Meter.Reader oldReads;
    private final Meter.Reader oldWrites;
    private final Meter.Reader newReads;
    private final Meter.Reader newWrites;
    private final Meter.Reader gets;
    private final Meter.Reader puts;
    private final Growth compared;
    private final Growth different;
    private final Growth notCompared;
    private final Growth mirrorFailed;
    private final Growth mirrorShed;
    private final Growth repaired;
    private final LongSupplier journalDepth;
    private final LongSupplier nanoTime;
    private long lastNanos;

    MigrationSampler(Meters meters, LongSupplier repaired, LongSupplier journalDepth, LongSupplier nanoTime) {
        oldReads = new Meter.Reader(meters.oldReads);
        oldWrites = new Meter.Reader(meters.oldWrites);
        newReads = new Meter.Reader(meters.newReads);
        newWrites = new Meter.Reader(meters.newWrites);
        gets = new Meter.Reader(meters.gets);
        puts = new Meter.Reader(meters.puts);
        compared = new Growth(meters.compared);
        different = new Growth(meters.different);
        notCompared = new Growth(meters.notCompared);
        mirrorFailed = new Growth(meters.mirrorFailed);
        mirrorShed = new Growth(meters.mirrorShed);
        this.repaired = new Growth(repaired);
        this.journalDepth = journalDepth;
        this.nanoTime = nanoTime;
        next();
    }

    /** What happened since the last call, or since the sampler was made. */
    public synchronized MigrationSample next() {
        long now = nanoTime.getAsLong();
        Duration interval = Duration.ofNanos(now - lastNanos);
        lastNanos = now;
        return new MigrationSample(
                interval,
                new MigrationSample.PathCalls(oldReads.next(), oldWrites.next()),
                new MigrationSample.PathCalls(newReads.next(), newWrites.next()),
                gets.next(),
                puts.next(),
                compared.next(),
                different.next(),
                notCompared.next(),
                mirrorFailed.next(),
                mirrorShed.next(),
                repaired.next(),
                journalDepth.getAsLong());
    }
}

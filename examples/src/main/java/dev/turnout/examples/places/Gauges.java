package dev.turnout.examples.places;

import dev.turnout.examples.places.traffic.Interval;
import dev.turnout.examples.places.traffic.Meters;
import dev.turnout.examples.places.traffic.PauseMeter;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.MigrationSample;
import dev.turnout.flags.migration.MigrationSampler;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.function.ToLongFunction;

/** What is measured of a stage, by those who use the service and by the library. Used by one thread. */
final class Gauges {
    /**
     * What was measured.
     *
     * @param traffic what users saw
     * @param compared reads that the library compared with the other path
     * @param different of those, the ones that differed for good
     * @param repaired keys that repair brought up to date
     */
    record Reading(Interval traffic, long compared, long different, long repaired) {}

    private final Meters meters = new Meters();
    private final PauseMeter pauses = new PauseMeter();
    private final List<MigrationSampler> samplers;

    Gauges(List<Migration<Long, dev.turnout.examples.places.store.Place>> nodes) {
        samplers = nodes.stream().map(Migration::sampler).toList();
    }

    Meters meters() {
        return meters;
    }

    PauseMeter pauses() {
        return pauses;
    }

    /** Watches the writes of a stage change. */
    void watchPause(LongPredicate slice) {
        pauses.begin(slice);
    }

    /** What happened since the last reading. */
    Reading read() {
        List<MigrationSample> samples =
                samplers.stream().map(MigrationSampler::next).toList();
        return new Reading(
                meters.interval(),
                sum(samples, MigrationSample::compared),
                sum(samples, MigrationSample::different),
                sum(samples, MigrationSample::repaired));
    }

    private static long sum(List<MigrationSample> samples, ToLongFunction<MigrationSample> part) {
        return samples.stream().mapToLong(part).sum();
    }
}

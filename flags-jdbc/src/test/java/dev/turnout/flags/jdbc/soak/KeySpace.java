package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.List;
import java.util.function.LongFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Which key comes next. Half of the operations go to a few keys that are there from beginning to end, the hottest of them often at the same time; the
 * others to keys that come and go, so there are many histories, and some with few writes. Nodes agree on them, as they share a clock.
 */
final class KeySpace {
    /** Keys that are there from the beginning: from 0 to this, without it. */
    static final int LASTING = 32;

    /** Keys that goals set apart: every fourth of those, and some that come and go. */
    static final Cohort COHORT = new Cohort(
            "vip",
            LongStream.concat(
                            LongStream.range(0, LASTING).filter(key -> key % 4 == 1),
                            LongStream.of(40, 41, 42, 43, 200, 201, 202, 203, 360, 361, 362, 363))
                    .mapToObj(String::valueOf)
                    .collect(Collectors.toSet()),
            List.of());

    private static final int HOT = 6;
    private static final int PASSING = 160; // at a time
    private static final long LIFETIME_NANOS = Duration.ofSeconds(100).toNanos();
    private static final int HOT_PERCENT = 25;
    private static final int LASTING_PERCENT = 50;
    private static final int OLD_PERCENT = 54;

    /** Where a state has the lasting keys, and where it wants them. */
    static String where(MigrationState state) {
        return where(key -> slice(state, String.valueOf(key)).stage(), state);
    }

    /** Where the lasting keys are, and where a state wants them. */
    static String where(LongFunction<Stage> stageOf, @Nullable MigrationState state) {
        return LongStream.range(0, LASTING).mapToObj(stageOf).map(Stage::name).collect(Collectors.joining(" "))
                + " on the way to " + (state == null ? "nothing" : state.goal());
    }

    private static Slice slice(MigrationState state, String key) {
        boolean apart =
                COHORT.members().contains(key) && state.position().cohorts().containsKey(COHORT.name());
        return apart
                ? state.position().cohorts().get(COHORT.name())
                : state.position().at(state.bucketing().bucket(key));
    }

    private final long startNanos;

    KeySpace(long startNanos) {
        this.startNanos = startNanos;
    }

    long next(RandomGenerator random, boolean writes) {
        int percent = random.nextInt(100);
        if (percent < HOT_PERCENT) {
            return random.nextInt(HOT);
        }
        if (percent < LASTING_PERCENT) {
            return random.nextInt(LASTING);
        }
        int slot = random.nextInt(PASSING);
        long generation = generation(slot);
        boolean old = percent < OLD_PERCENT && !writes; // read long after its last write
        return LASTING + slot + PASSING * (old ? random.nextLong(generation + 1) : generation);
    }

    private long generation(int slot) {
        long sinceStart = Math.max(0, System.nanoTime() - startNanos);
        return (sinceStart + slot * (LIFETIME_NANOS / PASSING)) / LIFETIME_NANOS; // not all at once
    }
}

package dev.turnout.flags.stage;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.rule.Bucketing;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Where operators want a migration to be: a share of the keys at a stage, the other keys not beyond the stage before
 * it, and named cohorts of keys ahead of the rest.
 *
 * @param stage for the share
 * @param sharePpm parts per million of the keys
 * @param cohorts stages of cohorts of keys, whatever their share is
 */
public record Goal(Stage stage, int sharePpm, Map<String, Stage> cohorts) {
    /** Checks the share and copies the cohorts. */
    public Goal {
        requireNonNull(stage, "stage");
        Bucketing.checkShare(sharePpm);
        cohorts = Collections.unmodifiableMap(new LinkedHashMap<>(cohorts));
    }

    /** This share of the keys at {@code stage}. */
    public static Goal of(Stage stage, int sharePpm) {
        return new Goal(stage, sharePpm, Map.of());
    }

    /** All keys at {@code stage}. */
    public static Goal of(Stage stage) {
        return of(stage, Bucketing.PARTS);
    }

    /** The same, and a cohort of keys at a stage of its own. */
    public Goal with(String cohort, Stage itsStage) {
        Map<String, Stage> more = new LinkedHashMap<>(cohorts);
        more.put(cohort, itsStage);
        return new Goal(stage, sharePpm, more);
    }

    /** Whether it wants all keys at the same stage. */
    boolean isForAll() {
        return sharePpm == Bucketing.PARTS && cohorts.isEmpty();
    }

    /** Where this goal wants a slice of the keys that is inside, or outside, the share. */
    Stage wanted(Slice slice, boolean insideShare) {
        if (insideShare) {
            return stage;
        }
        Stage limit = stage.before();
        if (slice.stage() == Stage.SYNC) { // no key stays on the bridge: forward or back, whichever the limit allows
            return slice.cameFrom() == Side.NEW && limit.side() == Side.NEW ? Stage.LIVE : earlier(limit, Stage.SHADOW);
        }
        return earlier(limit, slice.stage());
    }

    private static Stage earlier(Stage one, Stage other) {
        return one.compareTo(other) <= 0 ? one : other;
    }

    @Override
    public String toString() {
        String share = sharePpm == Bucketing.PARTS ? "" : " at " + percent(sharePpm);
        return stage + share + (cohorts.isEmpty() ? "" : " " + cohorts);
    }

    /** A share as a percentage: 12,500 is {@code 1.25 %}. */
    public static String percent(int sharePpm) {
        return java.math.BigDecimal.valueOf(sharePpm, 4).stripTrailingZeros().toPlainString() + " %";
    }
}

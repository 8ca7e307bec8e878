package dev.turnout.flags.stage;

import dev.turnout.flags.rule.Bucketing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * Where every key of a migration is: a total function from bucket to slice, and cohorts of keys with slices of their own.
 *
 * @param cohorts slices of cohorts; a key belongs to the first cohort that lists it
 * @param ranges the rest, by bucket, in order; the last ends at 1,000,000
 */
public record Position(Map<String, Slice> cohorts, List<Range> ranges) {
    /**
     * The keys whose bucket is below {@code below} and not in an earlier range.
     *
     * @param below from 1 to 1,000,000
     * @param slice where they are
     */
    public record Range(int below, Slice slice) {}

    /** Checks that the ranges cover all buckets, and copies. */
    public Position {
        cohorts = Collections.unmodifiableMap(new LinkedHashMap<>(cohorts));
        ranges = List.copyOf(ranges);
        int end = 0;
        for (Range range : ranges) {
            if (range.below() <= end || range.below() > Bucketing.PARTS) {
                throw new IllegalArgumentException(
                        "The ranges of a position must end at growing parts per million up to 1000000, but "
                                + range.below() + " follows " + end + ".");
            }
            end = range.below();
        }
        if (end != Bucketing.PARTS) {
            throw new IllegalArgumentException(
                    "The ranges of a position must cover all 1000000 parts per million, but end at " + end + ".");
        }
        for (int i = 1; i < ranges.size(); i++) {
            Stage before = ranges.get(i - 1).slice().stage();
            Stage after = ranges.get(i).slice().stage();
            if (before.compareTo(after) < 0) {
                throw new IllegalArgumentException(
                        "The ranges of a position go from later stages to earlier ones: then a larger share"
                                + " only adds keys. But " + before + " stands before " + after + ".");
            }
        }
    }

    /** All keys in one slice. */
    public static Position all(Slice slice) {
        return new Position(Map.of(), List.of(new Range(Bucketing.PARTS, slice)));
    }

    /** The slice of the keys in a bucket that are in no cohort. */
    public Slice at(int bucket) {
        for (Range range : ranges) {
            if (bucket < range.below()) {
                return range.slice();
            }
        }
        throw new IllegalArgumentException("A bucket is from 0 to 999999, but was " + bucket + ".");
    }

    /** All slices there are. */
    public Stream<Slice> slices() {
        return Stream.concat(cohorts.values().stream(), ranges.stream().map(Range::slice));
    }

    /** Whether all keys are in the same slice: then a key's bucket need not be known. */
    public boolean isUniform() {
        return cohorts.isEmpty() && ranges.size() == 1;
    }

    /** Whether all keys are on the same side, none in {@link Stage#SYNC}: which it is, is known without a key's bucket then. */
    public boolean isOnOneSide() {
        Side side = at(0).stage().side();
        return side != Side.BOTH && slices().allMatch(slice -> slice.stage().side() == side);
    }

    /** The goal to stay here. */
    public Goal here() {
        Range first = ranges.get(0);
        Map<String, Stage> stages = new LinkedHashMap<>();
        cohorts.forEach((cohort, slice) -> stages.put(cohort, slice.stage()));
        return new Goal(first.slice().stage(), first.below(), stages);
    }

    /** A wanted move of a slice: where it is, and where the goal wants it. */
    record Wanted(Slice slice, Stage stage) {}

    /** What {@code goal} wants of each slice of this position, cut where the goal cuts. */
    List<Wanted> wanted(Goal goal) {
        List<Wanted> all = new ArrayList<>();
        mapped(goal, (slice, stage) -> {
            all.add(new Wanted(slice, stage));
            return slice;
        });
        return all;
    }

    /** The position in which each slice became what {@code change} makes of it and of the stage that {@code goal} wants it in. */
    Position mapped(Goal goal, BiFunction<Slice, Stage, Slice> change) {
        Map<String, Slice> newCohorts = new LinkedHashMap<>();
        for (String cohort : allCohorts(goal)) {
            Slice slice = sliceOf(cohort);
            newCohorts.put(cohort, change.apply(slice, wantedOfCohort(goal, cohort, slice)));
        }
        List<Range> before = cuts(goal).stream()
                .map(below -> new Range(below, at(below - 1)))
                .toList();
        List<Range> after = before.stream()
                .map(range -> new Range(
                        range.below(),
                        change.apply(range.slice(), goal.wanted(range.slice(), range.below() <= goal.sharePpm()))))
                .toList();
        return new Position(newCohorts, merged(inOrder(before, after)))
                .withoutCohortsAtOneWithTheRest(goal.cohorts().keySet());
    }

    /**
     * Takes moves back until ranges go from later stages to earlier ones again: one that may move on must not pass, or fall behind, a
     * neighbour that has to wait.
     */
    private static List<Range> inOrder(List<Range> before, List<Range> after) {
        List<Range> ordered = new ArrayList<>(after);
        boolean changed = true;
        while (changed) { // ends at the latest when all moves are taken back
            changed = false;
            for (int i = 1; i < ordered.size(); i++) {
                Stage left = ordered.get(i - 1).slice().stage();
                Stage right = ordered.get(i).slice().stage();
                if (left.compareTo(right) < 0) {
                    boolean rightWentAhead =
                            right.compareTo(before.get(i).slice().stage()) > 0;
                    int back = rightWentAhead ? i : i - 1;
                    ordered.set(back, before.get(back));
                    changed = true;
                }
            }
        }
        return ordered;
    }

    Position mapped(UnaryOperator<Slice> change) {
        Map<String, Slice> newCohorts = new LinkedHashMap<>(cohorts);
        newCohorts.replaceAll((name, slice) -> change.apply(slice));
        List<Range> newRanges = ranges.stream()
                .map(range -> new Range(range.below(), change.apply(range.slice())))
                .toList();
        return new Position(newCohorts, merged(newRanges));
    }

    private Set<String> allCohorts(Goal goal) {
        Set<String> all = new LinkedHashSet<>(cohorts.keySet());
        all.addAll(goal.cohorts().keySet());
        return all;
    }

    private Slice sliceOf(String cohort) {
        Slice own = cohorts.get(cohort);
        if (own != null) {
            return own;
        }
        if (ranges.size() > 1) {
            throw new IllegalArgumentException(
                    "Cohort '" + cohort + "' can be set apart only while all other keys are at one stage: now its"
                            + " members are spread over several. Bring the share to 0 % or 100 % first, or name the cohort from the start.");
        }
        return ranges.get(0).slice();
    }

    private Stage wantedOfCohort(Goal goal, String cohort, Slice slice) {
        Stage wanted = goal.cohorts().get(cohort);
        if (wanted != null) {
            return wanted;
        }
        // No longer ahead: it joins the rest as soon as the rest is at one stage, and is carried along until then.
        boolean everyone = goal.sharePpm() == Bucketing.PARTS || goal.sharePpm() == 0;
        if (!everyone && slice.stage() == Stage.SYNC) { // no key stays on the bridge: back, which is always open
            return slice.cameFrom() == Side.NEW ? Stage.LIVE : Stage.SHADOW;
        }
        return everyone ? goal.wanted(slice, goal.sharePpm() != 0) : slice.stage();
    }

    private Set<Integer> cuts(Goal goal) {
        Set<Integer> cuts = new TreeSet<>();
        ranges.forEach(range -> cuts.add(range.below()));
        if (goal.sharePpm() > 0) {
            cuts.add(goal.sharePpm());
        }
        return cuts;
    }

    private static List<Range> merged(List<Range> ranges) {
        List<Range> merged = new ArrayList<>();
        for (Range range : ranges) {
            int last = merged.size() - 1;
            if (last >= 0 && merged.get(last).slice().mergesWith(range.slice())) {
                Slice both = merged.get(last).slice().mergedWith(range.slice());
                merged.set(last, new Range(range.below(), both));
            } else {
                merged.add(range);
            }
        }
        return merged;
    }

    private Position withoutCohortsAtOneWithTheRest(Set<String> kept) {
        if (ranges.size() > 1) {
            return this;
        }
        Slice rest = ranges.get(0).slice();
        Map<String, Slice> apart = new LinkedHashMap<>();
        for (Map.Entry<String, Slice> cohort : cohorts.entrySet()) {
            if (!kept.contains(cohort.getKey()) && cohort.getValue().mergesWith(rest)) {
                rest = rest.mergedWith(cohort.getValue());
            } else {
                apart.put(cohort.getKey(), cohort.getValue());
            }
        }
        return apart.equals(cohorts) ? this : new Position(apart, List.of(new Range(Bucketing.PARTS, rest)));
    }

    /** Why this position cannot become {@code next} in one version, whatever is known of the fleet. */
    List<Blocker> blockers(Position next) {
        Set<Blocker> blockers = new LinkedHashSet<>();
        Set<Integer> cuts = new TreeSet<>();
        ranges.forEach(range -> cuts.add(range.below()));
        next.ranges.forEach(range -> cuts.add(range.below()));
        for (int below : cuts) {
            at(below - 1).blocker(next.at(below - 1).stage()).ifPresent(blockers::add);
        }
        Set<String> names = new LinkedHashSet<>(cohorts.keySet());
        names.addAll(next.cohorts.keySet());
        for (String name : names) {
            Slice from = cohorts.get(name);
            Slice to = next.cohorts.get(name);
            if (from != null && to != null) {
                from.blocker(to.stage()).ifPresent(blockers::add);
            } else if (to
                    != null) { // its members come from where their buckets are: each of those slices must allow it
                ranges.forEach(range -> range.slice().blocker(to.stage()).ifPresent(blockers::add));
            } else if (from != null) {
                next.ranges.forEach(range -> from.blocker(range.slice().stage()).ifPresent(blockers::add));
            }
        }
        return List.copyOf(blockers);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        int from = 0;
        for (Range range : ranges) {
            text.append(text.isEmpty() ? "" : ", ").append(range.slice().stage());
            if (ranges.size() > 1) {
                text.append(' ').append(Goal.percent(range.below() - from));
            }
            from = range.below();
        }
        cohorts.forEach(
                (cohort, slice) -> text.append(", ").append(cohort).append(' ').append(slice.stage()));
        return text.toString();
    }
}

package dev.turnout.flags.http.server;

import dev.turnout.flags.stage.Position;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Finds keys that leave SYNC on the side that they did not come from. */
final class Crossing {
    private Crossing() {}

    /** Whether keys would switch sides if {@code next} followed {@code now}. */
    static boolean isBetween(Position now, Position next) {
        return ofRanges(now, next) || ofCohorts(now, next);
    }

    private static boolean ofRanges(Position now, Position next) {
        Set<Integer> cuts = new TreeSet<>();
        Stream.concat(now.ranges().stream(), next.ranges().stream()).forEach(range -> cuts.add(range.below()));
        return cuts.stream().anyMatch(below -> crosses(now.at(below - 1), next.at(below - 1)));
    }

    private static boolean ofCohorts(Position now, Position next) {
        Set<String> names = new LinkedHashSet<>(now.cohorts().keySet());
        names.addAll(next.cohorts().keySet());
        return names.stream()
                .anyMatch(name ->
                        slices(now, name).anyMatch(from -> slices(next, name).anyMatch(to -> crosses(from, to))));
    }

    /** Where the keys of a cohort are: in its own slice, or else in any of the ranges. */
    private static Stream<Slice> slices(Position position, String cohort) {
        Map<String, Slice> cohorts = position.cohorts();
        Slice own = cohorts.get(cohort);
        return own == null ? position.ranges().stream().map(Position.Range::slice) : Stream.of(own);
    }

    private static boolean crosses(Slice from, Slice to) {
        boolean turnsRound = from.stage() == Stage.SYNC && to.stage() == Stage.SYNC && from.cameFrom() != to.cameFrom();
        return from.crosses(to.stage()) || turnsRound;
    }
}

package dev.turnout.flags.http.server;

import dev.turnout.flags.stage.Position;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Finds keys that leave SYNC on the side that they did not come from. */
final class Crossing {
    private Crossing() {}

    /** A stage that keys would cross to if {@code next} followed {@code now}; empty if none would cross. */
    static Optional<Stage> stageBeyond(Position now, Position next) {
        return Stream.concat(ofRanges(now, next), ofCohorts(now, next)).findFirst();
    }

    private static Stream<Stage> ofRanges(Position now, Position next) {
        Set<Integer> cuts = new TreeSet<>();
        Stream.concat(now.ranges().stream(), next.ranges().stream()).forEach(range -> cuts.add(range.below()));
        return cuts.stream().flatMap(below -> crossed(now.at(below - 1), next.at(below - 1)).stream());
    }

    private static Stream<Stage> ofCohorts(Position now, Position next) {
        Set<String> names = new LinkedHashSet<>(now.cohorts().keySet());
        names.addAll(next.cohorts().keySet());
        return names.stream()
                .flatMap(name -> slices(now, name)
                        .flatMap(from -> slices(next, name).flatMap(to -> crossed(from, to).stream())));
    }

    /** Where the keys of a cohort are: in its own slice, or else in any of the ranges. */
    private static Stream<Slice> slices(Position position, String cohort) {
        Map<String, Slice> cohorts = position.cohorts();
        Slice own = cohorts.get(cohort);
        return own == null ? position.ranges().stream().map(Position.Range::slice) : Stream.of(own);
    }

    private static Optional<Stage> crossed(Slice from, Slice to) {
        boolean turnsRound = from.stage() == Stage.SYNC && to.stage() == Stage.SYNC && from.cameFrom() != to.cameFrom();
        return from.crosses(to.stage()) || turnsRound ? Optional.of(to.stage()) : Optional.empty();
    }
}

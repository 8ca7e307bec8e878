package dev.turnout.flags.migration;

import static dev.turnout.flags.stage.Stage.LIVE;
import static dev.turnout.flags.stage.Stage.RAMP_DOWN;
import static dev.turnout.flags.stage.Stage.SHADOW;
import static dev.turnout.flags.stage.Stage.SYNC;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The production code of routing, fleet, journal, repair and controller, in every order of events that a small world has. */
class ProtocolExplorationTest {
    static Stream<Scope> small() {
        return Stream.of(
                new Scope("SYNC: two writes", SYNC).put(0).put(1),
                new Scope("SHADOW to LIVE: a write, a read", SHADOW, LIVE)
                        .put(0)
                        .read(1),
                new Scope("SHADOW to LIVE: two writes", SHADOW, LIVE).put(0).put(1));
    }

    static Stream<Scope> large() {
        return Stream.of(
                new Scope("LIVE to SHADOW: a write, a read, a fault", LIVE, SHADOW)
                        .put(0)
                        .read(1)
                        .faults(1),
                new Scope("SHADOW to LIVE: a write, a read, a fault", SHADOW, LIVE)
                        .put(0)
                        .read(1)
                        .faults(1),
                new Scope("RAMP_DOWN to SHADOW: a write, a read, a fault", RAMP_DOWN, SHADOW)
                        .put(0)
                        .read(1)
                        .faults(1),
                new Scope("SHADOW to LIVE: a write on a node that crashes, a read", SHADOW, LIVE)
                        .put(1)
                        .read(0)
                        .crashes(1));
    }

    @ParameterizedTest
    @MethodSource("small")
    void nothing_goes_wrong_in_any_order_of_events(Scope scope) {
        assertClean(Explorer.all(scope));
    }

    @ParameterizedTest
    @MethodSource("large")
    @Tag("long")
    void nothing_goes_wrong_in_any_order_of_more_events(Scope scope) {
        assertClean(Explorer.all(scope));
    }

    private static void assertClean(Explorer.Result result) {
        System.out.println(result.line());
        assertThat(result.problems()).as(result.toString()).isEmpty();
    }

    @Test
    void a_schedule_is_had_again_by_its_choices() {
        Scope scope = new Scope("SHADOW: two writes over whatever is there", SHADOW)
                .put(0)
                .put(1)
                .without(Rule.GUARD_WRITE);
        Explorer.Result found = Explorer.random(scope, 1, 2_000);
        assertThat(found.isClean()).isFalse();

        Explorer.Result again = Explorer.replay(scope, found.choices());

        assertThat(again.problems()).isEqualTo(found.problems());
        assertThat(List.copyOf(again.trace())).isEqualTo(found.trace());
    }
}

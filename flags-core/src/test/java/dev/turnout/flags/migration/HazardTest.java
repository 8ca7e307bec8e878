package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import java.util.EnumSet;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What went wrong in routers that moved data without these rules: it does not happen here, and would be seen if it did, as it is seen
 * when the rule is removed.
 */
@Tag("exploration")
class HazardTest {
    private static final int BY_CHANCE = 1_000;
    private static final Report RULES = new Report(
            "rules", "| rule | what is done instead | world | schedules | shortest trace |", "|---|---|---|--:|--:|");
    private static final Report TRACES =
            new Report("traces", "# What happens without a rule, in the fewest events", "");

    static Stream<Hazard> hazards() {
        return Hazard.all();
    }

    @ParameterizedTest(name = "{0}")
    @Execution(CONCURRENT)
    @MethodSource("hazards")
    void goes_wrong_without_its_rule(Hazard hazard) {
        Explorer.Result result = hazard.seen(BY_CHANCE);

        assertThat(result.isClean()).as("seen: without " + hazard.rule()).isFalse();
        RULES.add("| " + hazard.rule() + " | " + hazard.rule().without + " | " + hazard.world() + " | "
                + result.schedules() + " | " + result.trace().size() + " |");
        TRACES.add("\n## " + hazard + "\n\n" + hazard.rule() + ": " + hazard.rule().without + ". " + hazard.world()
                + ".\n\n"
                + Stream.concat(result.trace().stream(), result.problems().stream())
                        .map(line -> "    " + line)
                        .collect(Collectors.joining("\n")));
    }

    @ParameterizedTest(name = "never: {0}")
    @Execution(CONCURRENT)
    @MethodSource("hazards")
    @Tag("long")
    void does_not_go_wrong_with_all_rules(Hazard hazard) {
        Explorer.Result result = Explorer.random(hazard.world(), 2, BY_CHANCE / 5);

        assertThat(result.problems()).as(result.toString()).isEmpty();
    }

    static Stream<Scope> worlds() {
        Map<String, Scope> byName = new TreeMap<>();
        Hazard.all().map(Hazard::world).forEach(world -> byName.put(world.toString(), world));
        return byName.values().stream();
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @MethodSource("worlds")
    @Tag("long")
    void nothing_goes_wrong_with_all_rules_in_any_order_of_events(Scope world) {
        ProtocolExplorationTest.assertClean(Explorer.upTo(world, 500 * Explorer.TIMES));
    }

    @Test
    void every_rule_has_a_hazard() {
        assertThat(Hazard.all().map(Hazard::rule)).containsAll(EnumSet.allOf(Rule.class));
    }
}

package dev.turnout.flags.migration;

import static dev.turnout.flags.stage.Stage.LIVE;
import static dev.turnout.flags.stage.Stage.RAMP_DOWN;
import static dev.turnout.flags.stage.Stage.SHADOW;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Without any one of these rules something goes wrong, and the exploration sees it: so it would see a mistake in the code too. */
class RuleRemovalTest {
    /** Found by schedules that are drawn by a seed. */
    static Stream<Scope> foundByChance() {
        return Stream.of(
                new Scope("SHADOW to LIVE: a write, a read", SHADOW, LIVE)
                        .put(0)
                        .read(1)
                        .without(Rule.BRIDGE),
                new Scope("RAMP_DOWN to SHADOW: a write, a read", RAMP_DOWN, SHADOW)
                        .put(0)
                        .read(1)
                        .without(Rule.SYNC_READ_BOTH),
                new Scope("SHADOW to LIVE: a write, a read, a fault", SHADOW, LIVE)
                        .put(1)
                        .read(0)
                        .faults(1)
                        .without(Rule.NEEDS_BOTH),
                new Scope("LIVE to SHADOW: a write, two reads", LIVE, SHADOW)
                        .put(0)
                        .read(1)
                        .read(1)
                        .without(Rule.OLD_FIRST),
                new Scope("RAMP_DOWN to LIVE: two writes, a read", RAMP_DOWN, LIVE)
                        .put(0)
                        .put(1)
                        .read(1)
                        .without(Rule.CONSULT_BOTH),
                new Scope("SHADOW: two writes", SHADOW).put(0).put(1).without(Rule.GUARD_WRITE),
                new Scope("SHADOW to LIVE: a delete, a read", SHADOW, LIVE)
                        .delete(0)
                        .read(1)
                        .without(Rule.TOMBSTONE),
                new Scope("SHADOW to LIVE: a write, a read, a fault", SHADOW, LIVE)
                        .put(0)
                        .read(1)
                        .faults(1)
                        .without(Rule.GATE_NEW),
                new Scope("SHADOW to LIVE: a write, a read, a fault", SHADOW, LIVE)
                        .put(1)
                        .read(0)
                        .faults(1)
                        .without(Rule.SWEEP_AFTER_ACK),
                new Scope("SHADOW to LIVE: a read, nothing copied", SHADOW, LIVE)
                        .nothingCopied()
                        .read(0)
                        .without(Rule.FULL_SWEEP),
                new Scope("RAMP_DOWN to SHADOW: a write, a read, a fault", RAMP_DOWN, SHADOW)
                        .put(0)
                        .read(1)
                        .faults(1)
                        .without(Rule.GATE_OLD),
                new Scope("SHADOW: a write, a crash", SHADOW).put(1).crashes(1).without(Rule.INTENT),
                new Scope("SHADOW to LIVE: a write, a fault", SHADOW, LIVE)
                        .put(0)
                        .faults(1)
                        .without(Rule.OWNER));
    }

    /** Found when all orders of events are tried. */
    static Stream<Scope> foundByAll() {
        return Stream.of(
                new Scope("LIVE to SHADOW: a write, a read", LIVE, SHADOW)
                        .put(0)
                        .read(1)
                        .without(Rule.CROSS_ACK),
                new Scope("SHADOW to LIVE: a write, a read, a fault", SHADOW, LIVE)
                        .put(1)
                        .read(0)
                        .faults(1)
                        .without(Rule.DRAIN),
                new Scope("SHADOW to RAMP_DOWN: a write, a read, a lapse", SHADOW, RAMP_DOWN)
                        .put(0)
                        .read(1)
                        .lapses(1)
                        .without(Rule.JOIN),
                new Scope("SHADOW to RAMP_DOWN: a write, a read, a lapse", SHADOW, RAMP_DOWN)
                        .put(0)
                        .read(1)
                        .lapses(1)
                        .without(Rule.LEASE));
    }

    @ParameterizedTest
    @MethodSource("foundByChance")
    void a_missing_rule_is_seen(Scope scope) {
        assertSeen(Explorer.random(scope, 1, 20_000));
    }

    @ParameterizedTest
    @MethodSource("foundByAll")
    @Tag("long")
    void a_rule_that_is_missed_seldom_is_seen(Scope scope) {
        assertSeen(Explorer.all(scope));
    }

    private static void assertSeen(Explorer.Result result) {
        Rule rule = result.scope().removed.iterator().next();
        System.out.println("| " + rule + " | " + rule.without + " | " + result.scope() + " | " + result.schedules()
                + " | " + result.trace().size() + " |");
        assertThat(result.isClean()).as("without " + rule + ", " + rule.without).isFalse();
    }
}

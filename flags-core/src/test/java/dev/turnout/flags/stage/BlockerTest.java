package dev.turnout.flags.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.blockers.EveryBlocker;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class BlockerTest {
    static List<Blocker> all() {
        return EveryBlocker.all();
    }

    /** Programs ask for them. */
    @Test
    void the_codes_stay_what_they_are() {
        assertThat(all())
                .extracting(Blocker::code)
                .containsExactly(
                        "no-nodes",
                        "nodes-behind",
                        "nodes-unaware",
                        "revision-unread",
                        "position-lost",
                        "node-overridden",
                        "node-not-fenced",
                        "key-texts-differ",
                        "journals-differ",
                        "sweep-missing",
                        "sweep-running",
                        "key-quarantined",
                        "keys-to-repair",
                        "repair-too-slow",
                        "paths-unhealthy",
                        "crossing-timed-out",
                        "not-verified",
                        "verified-before-stage",
                        "verification-too-old",
                        "paused",
                        "custom",
                        "check-failed",
                        "step-failed",
                        "sync-skipped",
                        "still-moving",
                        "last-stage",
                        "changed-meanwhile",
                        "controller-needed",
                        "illegal-edit",
                        "not-removable");
        assertThat(all())
                .extracting(Object::getClass)
                .containsExactlyInAnyOrder(Blocker.class.getPermittedSubclasses());
    }

    @ParameterizedTest
    @MethodSource("all")
    void a_message_is_a_part_of_a_sentence(Blocker blocker) {
        assertThat(blocker.message())
                .isNotBlank()
                .doesNotEndWith(".")
                .isEqualTo(blocker.message().strip());
    }

    @ParameterizedTest
    @EnumSource(Blocker.IllegalEdit.Rule.class)
    void each_rule_has_a_message_of_its_own(Blocker.IllegalEdit.Rule rule) {
        assertThat(List.of(Blocker.IllegalEdit.Rule.values()))
                .filteredOn(other -> message(other).equals(message(rule)))
                .containsExactly(rule);
    }

    private static String message(Blocker.IllegalEdit.Rule rule) {
        return new Blocker.IllegalEdit(rule, 5, 8).message();
    }

    @Test
    void nodes_are_named_with_what_they_have_done() {
        assertThat(all().subList(1, 5))
                .extracting(Blocker::message)
                .satisfiesExactly(
                        behind -> assertThat(behind)
                                .isEqualTo(
                                        "every node has to acknowledge version 5, but node 'a' has acknowledged version 4,"
                                                + " node 'b' has acknowledged version 0"),
                        unaware -> assertThat(unaware)
                                .isEqualTo(
                                        "nodes that do not route it: 'a', 'b'; deploy a build that does, or stop them"),
                        unread -> assertThat(unread)
                                .isEqualTo("nodes that have not read revision 12 of the flag store yet: 'a', 'b'"),
                        lost -> assertThat(lost)
                                .startsWith(
                                        "node 'a' routes by version 9 of entry entry, but the flag store has no entry of it: "));
    }

    @Test
    void what_is_not_known_yet_is_said() {
        assertThat(new Blocker.SweepRunning(0, 0).message()).isEqualTo("a sweep of the recorded keys begins");
        assertThat(new Blocker.RepairTooSlow(150, -1, 100).message())
                .isEqualTo(
                        "150 keys wait for repair, and whether they become fewer is not known yet; keys enter SYNC when they"
                                + " become fewer, or at most 100 wait");
        assertThat(new Blocker.NodeOverridden("a", Stage.SHADOW, false).message())
                .isEqualTo("node 'a' is overridden manually with SHADOW");
        assertThat(new Blocker.SweepMissing(SweepScope.RECORDED).message())
                .isEqualTo("the sweep of the recorded keys, begun in SYNC, has not finished");
    }

    @Test
    void what_others_have_written_becomes_a_part_of_a_sentence() {
        assertThat(new Blocker.Custom("The schemas have drifted.").message()).isEqualTo("The schemas have drifted");
        assertThat(new Blocker.KeyQuarantined("7", "Fix it.").message()).isEqualTo("key '7' is quarantined: Fix it");
    }

    @Test
    void messages_are_joined_in_their_order() {
        assertThat(Blocker.messages(List.of(new Blocker.Paused(), new Blocker.Custom("x"))))
                .isEqualTo("it is paused; x");
        assertThat(Blocker.messages(List.of())).isEmpty();
    }

    @Test
    void facts_do_not_change_afterwards() {
        List<String> nodes = new ArrayList<>(List.of("a"));
        Blocker.NodesUnaware blocker = new Blocker.NodesUnaware(nodes);
        nodes.add("b");

        assertThat(blocker).isEqualTo(new Blocker.NodesUnaware(List.of("a")));
    }
}

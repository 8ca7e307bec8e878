package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is evicted from the fleet of paths without versions can write nothing more, as their fences refuse it first. */
class RefusalTest {
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration AFTER_LONGEST_TRACE = Duration.ofSeconds(41);

    private final SteppedFleet fleet = new SteppedFleet(Stage.SHADOW);
    private final PlainMapPath oldPath = new PlainMapPath();
    private final PlainMapPath newPath = new PlainMapPath();
    private final MapFence ofOld = MapFence.of(oldPath);
    private final MapFence ofNew = MapFence.of(newPath);
    private final SteppedFleet.Node one = plain("one");
    private final SteppedFleet.Node two = plain("two");
    private final Controller controller = fleet.rig.controller(one.migration());

    private SteppedFleet.Node plain(String name) {
        return fleet.node(
                name,
                fleet.rig.builder(oldPath, newPath),
                builder -> builder.fences(ofOld, ofNew).lease(LEASE).callTimeout(Duration.ofSeconds(10)));
    }

    @AfterEach
    void close() throws Exception {
        fleet.close();
    }

    private List<String> members() {
        return fleet.rig.fleet.members(Rig.NAME).stream().map(Member::node).toList();
    }

    private String idOf(String node) {
        return fleet.rig.fleet.members(Rig.NAME).stream()
                .filter(member -> member.node().equals(node))
                .map(Member::id)
                .findFirst()
                .orElseThrow();
    }

    /** The first node looks, the second one has lost contact. */
    private void passes(Duration time) {
        fleet.time.pass(time);
        one.report();
        looks(one);
    }

    private static void looks(SteppedFleet.Node node) {
        ((ManualWorkers) node.workers()).run("turnout-controller-m");
    }

    @Test
    void both_fences_refuse_a_member_before_it_is_out() {
        String id = idOf("two");
        List<List<String>> membersWhenTold = new ArrayList<>();
        ofOld.before = () -> membersWhenTold.add(members());
        ofNew.before = ofOld.before;
        passes(Duration.ZERO);

        passes(AFTER_LONGEST_TRACE);

        assertThat(members()).containsExactly("one");
        assertThat(membersWhenTold).hasSize(2).containsOnly(List.of("one", "two"));
        assertThat(ofOld.refused).containsExactly(id);
        assertThat(ofNew.refused).containsExactly(id);
        assertThat(one.migration().put(1, "continues")).isEqualTo(WriteOutcome.MIRROR_PENDING);
    }

    @Test
    void while_a_fence_cannot_be_told_nobody_is_evicted_and_nothing_else_waits_for_that() {
        List<String> attempts = new ArrayList<>();
        ofNew.before = () -> {
            attempts.add("one more");
            throw MapPath.down();
        };
        fleet.want(Goal.of(Stage.LIVE));
        passes(Duration.ZERO);

        passes(AFTER_LONGEST_TRACE);
        assertThat(members()).containsExactly("one", "two");
        assertThat(controller.status().blockers())
                .anySatisfy(blocker -> assertThat(blocker)
                        .isInstanceOfSatisfying(
                                Blocker.NodeNotFenced.class,
                                one -> assertThat(one.node()).isEqualTo("two")));
        fleet.want(Goal.of(Stage.OFF));
        passes(Duration.ofSeconds(4));
        assertThat(fleet.rig.state().position()).hasToString("OFF");
        assertThat(attempts).as("as each may block for long").hasSize(1);
        assertThat(members()).as("until it is tried again").containsExactly("one", "two");
        passes(Duration.ofSeconds(1));
        assertThat(attempts).as("after 5 s").hasSize(2);
        assertThat(members()).containsExactly("one", "two");

        ofNew.recover();
        passes(Duration.ofSeconds(5));
        assertThat(members()).containsExactly("one");
        assertThat(controller.status().blockers()).isEmpty();
    }

    @Test
    void a_fence_that_cannot_be_told_is_in_the_log_and_so_is_that_it_can_again() {
        passes(Duration.ZERO);
        try (LogLines log = new LogLines(FailureDetector.class)) {
            ofNew.fail();
            passes(AFTER_LONGEST_TRACE);
            passes(Duration.ofSeconds(5));
            ofNew.recover();
            passes(Duration.ofSeconds(5));

            assertThat(log.all())
                    .satisfiesExactly(
                            line -> assertThat(line)
                                    .startsWith(
                                            "WARN Node 'two' has lost contact to migration 'm', but cannot be evicted"),
                            line -> assertThat(line)
                                    .isEqualTo("INFO The fences of migration 'm' can be set again to refuse nodes"
                                            + " that have lost contact."
                                            + " (It had failed 2 times.)"),
                            line -> assertThat(line).startsWith("WARN Node 'two' is evicted from migration 'm'"));
            assertThat(log.traces()).containsExactly("down");
        }
    }

    @Test
    void an_operator_who_evicts_a_member_hears_that_a_fence_cannot_be_told() {
        ofOld.fail();

        assertThatThrownBy(() -> controller.evict("two", "ana")).hasMessage("down");
        assertThat(members()).containsExactly("one", "two");
        ofOld.recover();
        assertThat(controller.evict("two", "ana")).isTrue();

        assertThat(members()).containsExactly("one");
        assertThatThrownBy(() -> two.migration().put(1, "lives after all")).isInstanceOf(FencedException.class);
        ofOld.fail(); // needs not be set again
        two.report();
        assertThat(members()).containsExactly("one", "two");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_member_that_is_refused_and_was_not_evicted_after_all_takes_another_place(boolean wrapped) {
        var checked = oldPath.before;
        oldPath.before = call -> {
            try {
                checked.accept(call);
            } catch (FencedException e) {
                throw wrapped ? new IllegalStateException("as the path reports it", e) : e;
            }
        };
        String before = idOf("two");
        ofOld.refuse(before);

        assertThatThrownBy(() -> two.migration().put(1, "a"))
                .isInstanceOf(wrapped ? IllegalStateException.class : FencedException.class);
        assertThatThrownBy(() -> two.migration().put(1, "b")).isInstanceOf(UnavailableException.class);
        two.report();

        assertThat(ofNew.refused).as("before it leaves").containsExactly(before);
        assertThat(idOf("two")).isNotEqualTo(before);
        assertThat(members()).containsExactly("one", "two");
        assertThat(two.migration().put(1, "c")).isEqualTo(WriteOutcome.MIRROR_PENDING);
    }

    @Test
    void a_member_that_is_refused_stays_until_both_fences_are_told() {
        String before = idOf("two");
        ofOld.refuse(before);
        ofNew.fail();
        assertThatThrownBy(() -> two.migration().put(1, "a")).isInstanceOf(FencedException.class);

        two.report();
        assertThat(idOf("two")).isEqualTo(before);
        ofNew.recover();
        two.report();

        assertThat(idOf("two")).isNotEqualTo(before);
    }

    @Test
    void with_versions_a_member_is_evicted_without_a_word_to_the_fences() throws Exception {
        try (SteppedFleet versioned = new SteppedFleet(Stage.LIVE)) {
            MapFence down = new MapFence();
            down.fail();
            SteppedFleet.Node node = versioned.node("one", builder -> builder.fences(down, down));
            versioned.node("two", builder -> builder.fences(down, down));

            assertThat(versioned.rig.controller(node.migration()).evict("two", "ana"))
                    .isTrue();
        }
    }
}

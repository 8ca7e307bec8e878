package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockito.Mockito.mock;

import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is thrown, an operation ends: its node acknowledges newer versions, and a key on which the paths may differ is known. */
class OperationEndTest {
    private final SteppedFleet fleet = new SteppedFleet(Stage.OFF);
    private final PlainMapPath plainOld = new PlainMapPath();
    private final PlainMapPath plainNew = new PlainMapPath();
    private boolean broken;

    @AfterEach
    void close() throws Exception {
        fleet.close();
    }

    private SteppedFleet.Node at(Stage stage, boolean versioned) throws Exception {
        MigrationBuilder<Integer, String> builder =
                versioned ? fleet.rig.builder(fleet.oldPath, fleet.newPath) : fleet.rig.builder(plainOld, plainNew);
        SteppedFleet.Node node = fleet.node(
                "node",
                builder,
                each -> each.sameWhen((one, other) -> {
                            if (broken) {
                                throw new StackOverflowError("of what compares");
                            }
                            return one.equals(other);
                        })
                        .compare(0));
        fleet.walk(fleet.shadow(node), Goal.of(stage), node);
        return node;
    }

    static Stream<Arguments> places() {
        return Stream.of(Stage.OFF, Stage.SHADOW, Stage.LIVE, Stage.RAMP_DOWN, Stage.COMPLETE)
                .flatMap(stage -> Stream.of(true, false)
                        .flatMap(versioned -> Stream.of("old before", "old after", "new before", "new after", "compare")
                                .map(place -> Arguments.of(stage, versioned, place))));
    }

    @ParameterizedTest
    @MethodSource("places")
    void an_error_at_any_call_of_a_write_ends_it(Stage stage, boolean versioned, String place) throws Exception {
        SteppedFleet.Node node = at(stage, versioned);
        node.migration().put(1, "before");
        Rig.eventually(() ->
                fleet.rig.journal.owners().isEmpty() && node.migration().fence.isIdle());
        Consumer<String> error = call -> {
            if (!call.equals("read") && !call.equals("get")) {
                throw new NoClassDefFoundError("of a path");
            }
        };
        switch (place) {
            case "old before" -> {
                fleet.oldPath.before = error;
                plainOld.before = error;
            }
            case "old after" -> {
                fleet.oldPath.after = error;
                plainOld.after = error;
            }
            case "new before" -> {
                fleet.newPath.before = error;
                plainNew.before = error;
            }
            case "new after" -> {
                fleet.newPath.after = error;
                plainNew.after = error;
            }
            default -> broken = true;
        }

        for (String how : new String[] {"put", "delete", "update"}) {
            Throwable thrown = catchThrowable(() -> {
                switch (how) {
                    case "put" -> node.migration().put(1, "a");
                    case "delete" -> node.migration().delete(1);
                    default -> node.migration().update(1, value -> value + "!");
                }
            });
            assertThat(thrown)
                    .as(how)
                    .satisfiesAnyOf(
                            t -> assertThat(t).isNull(),
                            t -> assertThat(t).isInstanceOf(NoClassDefFoundError.class),
                            t -> assertThat(t).isInstanceOf(UncertainWriteException.class));
        }

        Rig.eventually(() -> node.migration().fence.isIdle());
        assertThat(fleet.rig.journal.owners()).as("owners of entries in flight").isEmpty();
        boolean equal = versioned
                ? fleet.oldPath.value(1).equals(fleet.newPath.value(1))
                : Objects.equals(plainOld.records.get(1), plainNew.records.get(1));
        assertThat(!stage.isDual() || equal || fleet.rig.journal.depth() == 1)
                .as("paths that differ are known")
                .isTrue();
    }

    @ParameterizedTest
    @MethodSource("places")
    void an_error_of_an_update_s_function_ends_it_and_leaves_nothing(Stage stage, boolean versioned, String place)
            throws Exception {
        SteppedFleet.Node node = at(stage, versioned);
        node.migration().put(1, "before");
        Rig.eventually(() ->
                fleet.rig.journal.owners().isEmpty() && node.migration().fence.isIdle());

        assertThatThrownBy(() -> node.migration().update(1, value -> {
                    throw new AssertionError("of a function");
                }))
                .hasMessage("of a function");
        assertThatThrownBy(() -> node.migration().update(1, value -> null))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("delete(key)");

        assertThat(node.migration().fence.isIdle()).isTrue();
        assertThat(fleet.rig.journal.keys()).isEmpty();
        assertThat(node.migration().get(1)).contains("before");
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"SHADOW", "LIVE", "RAMP_DOWN"})
    void an_update_whose_write_fails_after_its_effect_is_left_to_repair(Stage stage) throws Exception {
        SteppedFleet.Node node = at(stage, true);
        node.migration().put(1, "before");
        Rig.eventually(() -> node.migration().fence.isIdle());
        (stage == Stage.RAMP_DOWN ? fleet.newPath : fleet.oldPath).after = call -> {
            if (call.equals("replace")) {
                throw MapPath.down();
            }
        };

        assertThatThrownBy(() -> node.migration().update(1, value -> value + "!"))
                .hasMessage("down");

        assertThat(fleet.rig.journal.depth()).isEqualTo(1);
        fleet.oldPath.recover();
        fleet.newPath.recover();
        node.repair();
        assertThat(fleet.oldPath.value(1)).contains("before!");
        assertThat(fleet.newPath.value(1)).contains("before!");
    }

    @Test
    @SuppressWarnings("unchecked")
    void a_journal_that_throws_at_the_end_of_an_operation_does_not_hide_what_became_of_it() throws Exception {
        boolean[] down = {false};
        Journal<Integer> inner = fleet.rig.journal;
        SteppedFleet.Node node = fleet.node(
                "node",
                builder -> builder.journal((Journal<Integer>) mock(Journal.class, invocation -> {
                    if (down[0] && invocation.getMethod().getName().equals("handOver")) {
                        throw new IllegalStateException("the journal is down");
                    }
                    return invocation.getMethod().invoke(inner, invocation.getArguments());
                })));
        fleet.shadow(node);
        down[0] = true;
        fleet.oldPath.failWrites();

        try (LogLines log = new LogLines(Operation.class)) {
            assertThatThrownBy(() -> node.migration().put(1, "a")).hasMessage("down");

            assertThat(log.all()).singleElement().asString().contains("The journal of migration 'm' has thrown");
        }
        assertThat(node.migration().fence.isIdle()).isTrue();
    }

    @Test
    @SuppressWarnings("unchecked")
    void one_whose_thread_cannot_end_it_is_ended_by_the_next_report() throws Exception {
        boolean[] full = {false};
        Journal<Integer> inner = fleet.rig.journal;
        SteppedFleet.Node node = fleet.node(
                "node",
                builder -> builder.journal((Journal<Integer>) mock(Journal.class, invocation -> {
                    if (full[0] && invocation.getMethod().getName().equals("clear")) {
                        throw new StackOverflowError("no room for another call");
                    }
                    return invocation.getMethod().invoke(inner, invocation.getArguments());
                })));
        fleet.walk(fleet.shadow(node), Goal.of(Stage.LIVE), node);
        full[0] = true;

        assertThat(node.migration().put(1, "a")).isEqualTo(WriteOutcome.APPLIED);
        assertThat(node.migration().put(2, "b")).isEqualTo(WriteOutcome.APPLIED);

        assertThat(node.migration().fence.isIdle()).isFalse();
        full[0] = false;
        node.report();
        assertThat(node.migration().fence.isIdle()).isTrue();
        assertThat(inner.keys()).isEmpty();
    }

    @Test
    void a_caller_and_its_mirror_never_both_end_it() throws Exception {
        SteppedFleet.Node node = at(Stage.SHADOW, true);

        for (int key = 0; key < 20_000; key++) {
            var unused = node.migration().put(key % 100, "a");
        }

        Rig.eventually(() -> node.migration().fence.isIdle());
        assertThat(fleet.rig.journal.owners()).isEmpty();
        Rig.eventually(() -> {
            node.repair();
            fleet.time.pass(Duration.ofMillis(10));
            return fleet.rig.journal.depth() == 0;
        });
        assertThat(fleet.newPath.records.keySet()).hasSize(100);
    }
}

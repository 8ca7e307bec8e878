package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;

import dev.turnout.flags.Flags;
import dev.turnout.flags.fleet.Member;
import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.IllegalMoveException;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KeyTextTest {
    private record Id(String country, int number) {}

    @Nested
    class a_function_is_refused_whose_samples_show {
        private void refuses(String reason, Function<Object, String> text, Object... samples) {
            assertThatThrownBy(() -> KeyText.of(text, List.of(samples)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(reason);
        }

        @Test
        void that_a_key_has_no_text() {
            refuses("must not be blank", key -> " ", 7);
        }

        @Test
        void that_a_text_is_another_one_each_time() {
            AtomicInteger calls = new AtomicInteger();
            refuses("is another one each time", key -> key + "/" + calls.incrementAndGet(), 7);
        }

        @Test
        void that_a_text_is_another_one_for_each_object() {
            refuses("is another one each time", String::valueOf, new Object());
            refuses("is another one each time", key -> "id-" + key, new byte[] {1, 2});
        }

        @Test
        void that_two_keys_are_written_alike() {
            refuses("the keys are not equal", key -> ((Id) key).country(), new Id("DE", 1), new Id("DE", 2));
        }

        @Test
        void that_one_key_is_written_in_two_ways() {
            refuses(
                    "the keys are equal",
                    key -> Integer.toString(System.identityHashCode(key)),
                    new Id("DE", 1),
                    new Id("DE", 1));
        }
    }

    @Test
    void nodes_tell_the_text_of_the_samples_in_ascii_and_in_short() {
        assertThat(KeyText.plain().told()).isEqualTo("String.valueOf");
        assertThat(KeyText.of(Id::country, List.of(new Id("d'e", 1), new Id("\u00e4\u0000", 2)))
                        .told())
                .isEqualTo("'d\\0027e', '\\00e4\\0000'");
        String one = KeyText.of(key -> "x".repeat(400) + key, List.of("1")).told();
        String other = KeyText.of(key -> "x".repeat(400) + key, List.of("2")).told();
        assertThat(one).hasSizeLessThan(300).isNotEqualTo(other);
    }

    static List<Object> plainKeys() {
        return List.of("7", (byte) 7, (short) 7, 7, 7L, BigInteger.TEN, new UUID(1, 2));
    }

    @ParameterizedTest
    @MethodSource("plainKeys")
    void text_integers_and_uuids_need_no_function(Object key) {
        KeyText.plain().check(key);
    }

    static List<Object> otherKeys() {
        return List.of(new Id("DE", 7), new byte[] {7}, new Object(), 7.0, new AtomicInteger(7), Stage.LIVE);
    }

    @ParameterizedTest
    @MethodSource("otherKeys")
    void others_do(Object key) throws Exception {
        try (Rig rig = new Rig(Stage.OFF)) {
            Migration<Object, String> migration = rig.opened(
                    Migration.named(Rig.NAME, new OnePath(), new OnePath()).build(rig.flags()));

            assertThatThrownBy(() -> migration.get(key))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("Keys of " + key.getClass().getTypeName())
                    .hasMessageContaining("MigrationBuilder.keyText");
            assertThatThrownBy(() -> migration.put(key, "a")).isInstanceOf(IllegalArgumentException.class);
            assertThat(migration.get("7")).isEmpty();
        }
    }

    @Test
    void a_function_decides_for_any_class() throws Exception {
        try (Rig rig = new Rig(Stage.OFF)) {
            Migration<Object, String> migration = rig.opened(Migration.named(Rig.NAME, new OnePath(), new OnePath())
                    .keyText(key -> ((Id) key).country(), new Id("DE", 7))
                    .build(rig.flags()));

            assertThat(migration.get(new Id("FR", 8))).isEmpty();
            assertThat(migration.members()).extracting(Member::keyText).containsExactly("'DE'");
        }
    }

    private static final class OnePath implements DataPath<Object, String> {
        @Override
        public Optional<String> get(Object key) {
            return Optional.empty();
        }

        @Override
        public void put(Object key, String value) {}

        @Override
        public void delete(Object key) {}
    }

    @Test
    void a_write_is_refused_whose_key_the_journal_cannot_keep() throws Exception {
        MapPath oldPath = new MapPath("old");
        try (Rig rig = new Rig(Stage.DUAL_WRITE)) {
            Journal<Integer> journal = mock();
            doReturn("journal").when(journal).id();
            doThrow(new IllegalArgumentException("Key 1 is read as another one."))
                    .when(journal)
                    .record(any(), any(), any());
            Migration<Integer, String> migration = rig.opened(
                    rig.builder(oldPath, new MapPath("new")).journal(journal).build(rig.flags()));

            assertThatThrownBy(() -> migration.put(1, "a"))
                    .isInstanceOf(RefusedWriteException.class)
                    .hasMessageEndingWith("Nothing was applied. Key 1 is read as another one.")
                    .satisfies(refused -> assertThat(WriteOutcome.of(refused)).isEqualTo(WriteOutcome.NOT_APPLIED));
            assertThat(oldPath.get(1)).isEmpty();
        }
    }

    @Nested
    class nodes_that_differ {
        private static final String NAMED =
                "node 'node-1' writes them as String.valueOf; node 'node-2' writes them as 'k7'";

        private final MapPath oldPath = new MapPath("old");
        private final MapPath newPath = new MapPath("new");
        private final Rig rig = new Rig(Stage.DUAL_WRITE);
        private Migration<Integer, String> migration;
        private Controller controller;

        @BeforeEach
        void node() {
            migration = rig.migration(oldPath, newPath);
            controller = rig.controller(migration);
            migration.beginSweep().finished("test");
        }

        @AfterEach
        void close() throws Exception {
            rig.close();
        }

        /** A node of another build. Its process ends with it. */
        private record Other(Flags flags, Migration<Integer, String> migration) implements AutoCloseable {
            @Override
            public void close() {
                migration.close();
                flags.close();
            }
        }

        private Other other() {
            Flags flags = rig.flags();
            try {
                return rig.opened(new Other(
                        flags,
                        rig.builder(oldPath, newPath)
                                .keyText(key -> "k" + key, 7)
                                .build(flags)));
            } catch (RuntimeException e) {
                flags.close();
                throw e;
            }
        }

        private CompletableFuture<MigrationState> move(Goal goal) {
            return controller.moveTo(goal, "ana", "x");
        }

        private void blockedBy(String... words) {
            Rig.eventually(() -> controller.status().blockers().stream()
                    .anyMatch(blocker -> List.of(words).stream().allMatch(blocker::contains)));
        }

        @Test
        void are_named_by_the_gates_and_hold_a_crossing_until_they_agree() throws Exception {
            Other other = other();
            assertThat(controller.status().gates())
                    .filteredOn(gate -> !gate.isOpen())
                    .extracting(Gate::to)
                    .containsExactly(Stage.LIVE, Stage.RAMP_DOWN, Stage.COMPLETE);

            CompletableFuture<MigrationState> arrival = move(Goal.of(Stage.LIVE, 100_000));
            blockedBy(NAMED, "Deploy builds with the same keyText");
            assertThat(rig.state().position().at(0).stage())
                    .as("nothing waits in SYNC")
                    .isEqualTo(Stage.DUAL_WRITE);

            other.close();
            Rig.get(arrival);
        }

        @Test
        void hold_keys_that_are_in_sync_already() throws Exception {
            Rig.get(move(Goal.of(Stage.SYNC)));
            controller.close();
            Migration<Integer, String> other =
                    rig.opened(rig.builder(oldPath, newPath).build(rig.flags()));
            rig.fleet
                    .join(Rig.NAME, "odd", rig.journal.id(), "'k7'", Duration.ZERO)
                    .report(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, null);
            Controller next = rig.controller(other);

            assertThatThrownBy(() -> next.moveNow(Goal.of(Stage.LIVE), "ana", "x"))
                    .isInstanceOf(IllegalMoveException.class)
                    .hasMessageContaining("node 'odd' writes them as 'k7'");
        }

        @Test
        void let_all_keys_go_back_as_it_makes_no_difference_where_each_is() throws Exception {
            Rig.get(move(Goal.of(Stage.LIVE, 100_000)));
            Rig.get(move(Goal.of(Stage.LIVE)));
            other();

            assertThat(controller.status().gates())
                    .filteredOn(gate -> gate.to() == Stage.SHADOW)
                    .allMatch(Gate::isOpen);
            assertThat(Rig.get(controller.rollBack("ana", "x")).isOnOldSide()).isTrue();
        }

        @Test
        void let_no_share_go_back_as_they_would_not_agree_on_which() throws Exception {
            Rig.get(move(Goal.of(Stage.LIVE)));
            Other other = other();

            CompletableFuture<MigrationState> arrival = move(Goal.of(Stage.LIVE, 100_000));
            blockedBy(NAMED);
            assertThat(rig.state().position().at(999_999).stage().side()).isEqualTo(Side.NEW);

            other.close();
            Rig.get(arrival);
        }

        @Test
        void begin_nothing_while_keys_are_on_both_sides() throws Exception {
            Rig.get(move(Goal.of(Stage.LIVE, 100_000)));

            assertThatThrownBy(this::other)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("would write keys as 'k7', but node 'node-1' writes them as String.valueOf")
                    .hasMessageContaining("begins nothing")
                    .hasMessageContaining("bring all keys to the stages of one side first");
            assertThat(migration.members())
                    .as("who begins nothing holds nobody up")
                    .hasSize(1);

            Rig.get(controller.rollBack("ana", "x"));
            assertThat(other().migration().stageOf(1)).isEqualTo(Stage.SHADOW);
        }

        @Test
        void are_none_who_were_built_alike_or_say_nothing() throws Exception {
            rig.migration(oldPath, newPath);
            rig.fleet
                    .join(Rig.NAME, "of an older version", rig.journal.id(), "", Duration.ZERO)
                    .report(Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, null);

            Rig.get(move(Goal.of(Stage.LIVE, 100_000)));
            assertThat(rig.migration(oldPath, newPath).stageOf(1)).isNotNull();
        }
    }

    @Test
    void two_builds_with_one_function_agree_all_the_time() throws Exception {
        MapPath oldPath = new MapPath("old");
        MapPath newPath = new MapPath("new");
        try (Rig rig = new Rig(Stage.DUAL_WRITE)) {
            Migration<Integer, String> one = rig.opened(
                    rig.builder(oldPath, newPath).keyText(key -> "k" + key, 7).build(rig.flags()));
            Controller controller = rig.controller(one);
            one.beginSweep().finished("test");
            Rig.get(controller.moveTo(Goal.of(Stage.LIVE, 500_000), "ana", "x"));

            Migration<Integer, String> another = rig.opened(rig.builder(oldPath, newPath)
                    .keyText(key -> "k".concat(Integer.toString(key)), 7)
                    .build(rig.flags()));
            Rig.get(controller.moveTo(Goal.of(Stage.LIVE), "ana", "x"));
            assertThat(another.stageOf(1)).isEqualTo(Stage.LIVE);
        }
    }
}

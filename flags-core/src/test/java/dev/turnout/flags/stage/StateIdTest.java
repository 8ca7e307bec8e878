package dev.turnout.flags.stage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.DocumentWriter;
import dev.turnout.flags.document.Entry;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Hash;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StateIdTest {
    private static final Slice LIVE = new Slice(Stage.LIVE, 7, 5, Side.NEW, "shared", OldPathState.IN_SYNC);
    private static final Slice SYNC = new Slice(Stage.SYNC, 8, 5, Side.OLD, "shared", OldPathState.IN_SYNC);
    private static final MigrationState STATE = state(9, new Bucketing("orders"), position(LIVE, SYNC, 250_000));

    private static MigrationState state(long version, Bucketing bucketing, Position position) {
        return new MigrationState("orders", "one", version, bucketing, position, Goal.of(Stage.LIVE), false, 0);
    }

    private static Position position(Slice first, Slice rest, int below) {
        return new Position(
                Map.of("vip", LIVE), List.of(new Position.Range(below, first), new Position.Range(1_000_000, rest)));
    }

    private static Slice sync(
            long since, long dualSince, Side from, String journal, OldPathState oldPath, boolean drained) {
        return new Slice(Stage.SYNC, since, dualSince, from, journal, oldPath, drained);
    }

    static Stream<MigrationState> other_states() {
        Slice shadow = new Slice(Stage.SHADOW, 8, 5, Side.OLD, "shared", OldPathState.IN_SYNC);
        Bucketing same = STATE.bucketing();
        return Stream.of(
                state(10, same, STATE.position()),
                new MigrationState("orders", "two", 9, same, STATE.position(), STATE.goal(), false, 0),
                new MigrationState("orders", "", 9, same, STATE.position(), STATE.goal(), false, 0),
                state(9, new Bucketing("orders-2"), STATE.position()),
                state(9, new Bucketing(Hash.UNLEASH, "orders"), STATE.position()),
                state(9, same, position(LIVE, SYNC, 250_001)),
                state(9, same, position(LIVE, shadow, 250_000)),
                state(9, same, Position.all(SYNC)),
                state(9, same, new Position(Map.of(), STATE.position().ranges())),
                state(
                        9,
                        same,
                        new Position(Map.of("vips", LIVE), STATE.position().ranges())),
                state(
                        9,
                        same,
                        new Position(Map.of("vip", SYNC), STATE.position().ranges())),
                state(9, same, position(LIVE, sync(9, 5, Side.OLD, "shared", OldPathState.IN_SYNC, false), 250_000)),
                state(9, same, position(LIVE, sync(8, 4, Side.OLD, "shared", OldPathState.IN_SYNC, false), 250_000)),
                state(9, same, position(LIVE, sync(8, 5, Side.NEW, "shared", OldPathState.IN_SYNC, false), 250_000)),
                state(9, same, position(LIVE, sync(8, 5, Side.OLD, "", OldPathState.IN_SYNC, false), 250_000)),
                state(9, same, position(LIVE, sync(8, 5, Side.OLD, "shared", OldPathState.LAGGING, false), 250_000)),
                state(9, same, position(LIVE, sync(8, 5, Side.OLD, "shared", OldPathState.IN_SYNC, true), 250_000)));
    }

    @ParameterizedTest
    @MethodSource("other_states")
    void another_state_has_another_name(MigrationState other) {
        assertThat(other.id()).isNotEqualTo(STATE.id());
    }

    @Test
    void the_same_position_has_the_same_name_whatever_its_goal() {
        MigrationState again = state(9, new Bucketing("orders"), position(LIVE, SYNC, 250_000));

        assertThat(again.id()).isEqualTo(STATE.id());
        assertThat(again.withGoal(Goal.of(Stage.OFF)).id()).isEqualTo(STATE.id());
        assertThat(again.paused(true).id()).isEqualTo(STATE.id());
    }

    @Test
    void positions_that_are_equal_have_one_name_in_whatever_order_their_cohorts_are() {
        Map<String, Slice> oneWay = new LinkedHashMap<>();
        oneWay.put("a", LIVE);
        oneWay.put("b", SYNC);
        Map<String, Slice> otherWay = new LinkedHashMap<>();
        otherWay.put("b", SYNC);
        otherWay.put("a", LIVE);
        Position one = new Position(oneWay, STATE.position().ranges());
        Position other = new Position(otherWay, STATE.position().ranges());

        assertThat(one).isEqualTo(other);
        assertThat(state(9, STATE.bucketing(), one).id())
                .isEqualTo(state(9, STATE.bucketing(), other).id());
    }

    @Test
    void no_two_texts_read_like_one() {
        Slice one = sync(8, 5, Side.OLD, "x 5:false", OldPathState.IN_SYNC, false);
        Slice other = sync(8, 5, Side.OLD, "x", OldPathState.IN_SYNC, false);

        assertThat(state(9, new Bucketing("a\n1"), Position.all(one)).id())
                .isNotEqualTo(state(9, new Bucketing("a"), Position.all(other)).id());
    }

    /** Nodes of other processes, machines and versions of the library compare them. */
    @Test
    void names_are_the_same_in_every_process() {
        assertThat(MigrationState.startingAt("orders", Stage.OFF).id()).isEqualTo(new StateId("", 1, "2f1159be"));
        assertThat(STATE.id()).isEqualTo(new StateId("one", 9, "d41168bb"));
    }

    @Test
    void a_name_outlives_writing_and_reading() {
        String json = DocumentWriter.entryToJson(new Entry.OfMigration(STATE));

        assertThat(DocumentReader.entryFromJson(EntryKey.migration("orders"), json))
                .isInstanceOfSatisfying(
                        Entry.OfMigration.class,
                        read -> assertThat(read.state().id()).isEqualTo(STATE.id()));
    }

    @Test
    void a_state_follows_itself_and_older_ones_of_its_entry() {
        StateId id = new StateId("one", 5, "aa");

        assertThat(id.follows(id)).isTrue();
        assertThat(id.follows(new StateId("one", 4, "bb"))).isTrue();
        assertThat(id.follows(new StateId("one", 6, "aa"))).isFalse();
        assertThat(id.follows(new StateId("one", 5, "bb"))).isFalse();
        assertThat(id.follows(new StateId("two", 4, "aa"))).isFalse();
        assertThat(id.follows(new StateId("", 4, "aa"))).isFalse();
        assertThat(StateId.NONE.follows(id)).isFalse();
    }
}

package dev.turnout.flags.jdbc.soak;

import static dev.turnout.flags.jdbc.soak.Op.NOTHING;
import static dev.turnout.flags.jdbc.soak.Op.delete;
import static dev.turnout.flags.jdbc.soak.Op.get;
import static dev.turnout.flags.jdbc.soak.Op.put;
import static dev.turnout.flags.jdbc.soak.Op.update;
import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.stage.Stage;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Times stand as start and end; values are 1, 2, 3. */
class KeyHistoryTest {
    private static final long K = 7;

    private static Verdict check(long last, Op... ops) {
        return KeyHistory.check(List.of(ops), Optional.of(get(K, 1_000_000, 1_000_000, last)));
    }

    private static void assertFound(Verdict verdict, long lost, long stale, long notLinearizable) {
        assertThat(List.of(verdict.lost(), verdict.stale(), verdict.notLinearizable()))
                .as("lost, stale, not linearizable: %s", verdict.samples())
                .containsExactly(lost, stale, notLinearizable);
    }

    @Test
    void what_is_read_as_it_was_written_is_right() {
        Verdict verdict = check(
                NOTHING,
                get(K, 0, 1, NOTHING),
                put(K, 2, 5, 1),
                get(K, 3, 4, 1), // before the acknowledgement
                update(K, 6, 7, 1, 2),
                get(K, 8, 9, 2),
                delete(K, 10, 12, 3),
                get(K, 11, 13, 2), // as the deletion continues
                get(K, 14, 15, NOTHING));

        assertThat(verdict.isClean()).as("%s", verdict.samples()).isTrue();
        assertThat(verdict.operations()).isEqualTo(8);
        assertThat(verdict.reads()).isEqualTo(6);
        assertThat(verdict.acknowledged()).isEqualTo(3);
    }

    @Test
    void concurrent_writes_may_take_effect_in_either_order() {
        assertFound(check(1, put(K, 0, 10, 1), put(K, 0, 10, 2), get(K, 3, 4, 2), get(K, 11, 12, 1)), 0, 0, 0);
        assertFound(check(2, put(K, 0, 10, 1), put(K, 0, 10, 2), get(K, 3, 4, 1), get(K, 11, 12, 2)), 0, 0, 0);
    }

    @Test
    void a_read_of_something_older_than_an_acknowledged_write_is_stale() {
        assertFound(check(2, put(K, 0, 1, 1), put(K, 2, 3, 2), get(K, 4, 5, 1), get(K, 6, 7, 2)), 0, 1, 1);
    }

    @Test
    void a_stale_read_is_one_also_if_what_it_read_was_never_acknowledged_but_seen() {
        Op unknown = put(K, 0, 1, 1).unknown();
        assertFound(check(2, unknown, get(K, 2, 3, 1), put(K, 4, 5, 2), get(K, 6, 7, 1)), 0, 1, 1);
    }

    @Test
    void a_read_of_a_deleted_record_is_stale() {
        assertFound(check(NOTHING, put(K, 0, 1, 1), delete(K, 2, 3, 2), get(K, 4, 5, 1)), 0, 1, 1);
    }

    @Test
    void nothing_is_stale_after_an_acknowledged_write() {
        assertFound(check(1, put(K, 0, 1, 1), get(K, 2, 3, NOTHING), get(K, 4, 5, 1)), 0, 1, 1);
        assertFound(check(2, put(K, 0, 1, 1), delete(K, 2, 3, 9), put(K, 4, 5, 2), get(K, 6, 7, NOTHING)), 0, 1, 1);
    }

    @Test
    void a_write_that_nobody_sees_after_something_older_is_lost() {
        assertFound(check(1, put(K, 0, 1, 1), put(K, 2, 3, 2)), 1, 0, 1);
        assertFound(check(1, put(K, 0, 1, 1), put(K, 2, 3, 2), get(K, 4, 5, 1), get(K, 6, 7, 1)), 1, 2, 1);
        assertFound(check(3, put(K, 0, 1, 1), put(K, 2, 3, 2), get(K, 4, 5, 1), put(K, 6, 7, 3)), 1, 1, 1);
        assertFound(check(NOTHING, put(K, 0, 1, 1)), 1, 0, 1);
    }

    @Test
    void a_deletion_after_which_the_record_is_stored_still_is_lost() {
        assertFound(check(1, put(K, 0, 1, 1), delete(K, 2, 3, 2)), 1, 0, 1);
    }

    @Test
    void a_value_that_comes_back_is_not_linearizable() {
        Op unknown = put(K, 0, 9, 2).unknown();
        assertFound(check(1, put(K, 0, 4, 1), unknown, get(K, 2, 3, 2), get(K, 5, 6, 1)), 0, 0, 0); // 2 before 1
        assertFound(check(1, put(K, 0, 1, 1), unknown, get(K, 1, 2, 1), get(K, 3, 4, 2), get(K, 5, 6, 1)), 0, 0, 1);
    }

    @Test
    void a_value_that_nobody_wrote_or_that_was_refused_is_not_linearizable() {
        assertFound(check(NOTHING, get(K, 0, 1, 5)), 0, 0, 1);
        assertFound(check(NOTHING, get(K, 0, 1, 5), put(K, 2, 3, 5).unknown()), 0, 0, 1);
        assertFound(check(1, put(K, 0, 1, 1), put(K, 2, 3, 2).refused(), get(K, 4, 5, 2), get(K, 6, 7, 1)), 0, 0, 1);
    }

    @Test
    void a_write_of_unknown_outcome_may_happen_late_or_never() {
        Op unknown = put(K, 0, 1, 1).unknown();
        assertFound(check(2, unknown, put(K, 2, 3, 2), get(K, 4, 5, 2)), 0, 0, 0);
        assertFound(check(1, unknown, put(K, 2, 3, 2), get(K, 4, 5, 2), get(K, 6, 7, 1)), 0, 0, 0);
        assertFound(check(2, unknown, put(K, 2, 8, 2), get(K, 6, 7, 1), get(K, 9, 10, 2)), 0, 0, 0);
        assertFound(check(2, unknown, put(K, 2, 3, 2), get(K, 4, 5, 2), get(K, 6, 7, 1), get(K, 8, 9, 2)), 0, 0, 1);
    }

    @Test
    void a_deletion_of_unknown_outcome_happens_once() {
        Op unknown = delete(K, 0, 1, 9).unknown();
        Op[] once = {unknown, put(K, 2, 3, 1), get(K, 4, 5, NOTHING), get(K, 6, 7, NOTHING), put(K, 8, 9, 2)};
        assertFound(check(2, once), 0, 0, 0);
        assertFound(
                check(
                        2,
                        once[0],
                        once[1],
                        once[2],
                        put(K, 6, 7, 3),
                        get(K, 8, 9, 3),
                        get(K, 10, 11, NOTHING),
                        put(K, 12, 13, 2)),
                1,
                1,
                1);
    }

    @Test
    void nothing_cannot_be_read_while_a_value_is_stored() {
        Op unknown = delete(K, 0, 1, 9).unknown();
        assertFound(
                check(1, put(K, 0, 1, 1), get(K, 2, 3, 1), unknown, get(K, 4, 5, NOTHING), get(K, 6, 7, 1)), 0, 0, 1);
    }

    @Test
    void what_was_there_from_the_beginning_counts_as_written() {
        Op first = put(K, Long.MIN_VALUE + 1, Long.MIN_VALUE + 1, 1);
        assertFound(check(1, first, get(K, 0, 1, 1)), 0, 0, 0);
        assertFound(check(NOTHING, first, get(K, 0, 1, 1)), 1, 0, 1);
    }

    @Test
    void two_updates_of_one_value_overlap() {
        Verdict verdict = check(3, put(K, 0, 1, 1), update(K, 2, 6, 1, 2), update(K, 3, 5, 1, 3));

        assertThat(verdict.overlapping()).isEqualTo(1);
        assertThat(verdict.isClean()).isTrue();
    }

    @Test
    void updates_overlap_only_while_nodes_are_on_both_sides_of_a_crossing() {
        Op one = update(K, 2, 6, 1, 2);
        Op other = update(K, 3, 5, 1, 3);

        Verdict crossing = check(3, put(K, 0, 1, 1), one.in(Stage.LIVE), other.in(Stage.SYNC, Stage.RAMP_DOWN));
        Verdict sameSide = check(3, put(K, 0, 1, 1), one.in(Stage.LIVE), other.in(Stage.LIVE, Stage.SYNC));

        assertThat(crossing.unexplained()).isZero();
        assertThat(crossing.isClean()).isTrue();
        assertThat(sameSide.unexplained()).isEqualTo(1);
        assertThat(sameSide.isClean()).isFalse();
    }

    @Test
    void findings_of_keys_add_up() {
        Verdict bad = check(1, put(K, 0, 1, 1), put(K, 2, 3, 2), get(K, 4, 5, 1));
        Verdict both = bad.plus(bad);

        assertFound(both, 2, 2, 2);
        assertThat(both.operations()).isEqualTo(6);
        assertThat(both.samples()).isNotEmpty();
    }
}

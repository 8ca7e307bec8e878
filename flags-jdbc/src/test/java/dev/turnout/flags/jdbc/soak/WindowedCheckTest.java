package dev.turnout.flags.jdbc.soak;

import static dev.turnout.flags.jdbc.soak.Op.NOTHING;
import static dev.turnout.flags.jdbc.soak.Op.get;
import static dev.turnout.flags.jdbc.soak.Op.put;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The windows are from 100 to 200 and from 300 to 400. */
class WindowedCheckTest {
    private static final long K = 7;

    private final WindowedCheck check = new WindowedCheck(List.of(new Window(100, 200), new Window(300, 400)));

    private Judgement judge(long last, Op... ops) {
        check.key(K, List.of(ops), get(K, 1_000_000, 1_000_000, last));
        return check.judgement();
    }

    @Test
    void what_is_read_in_a_window_says_nothing() {
        Judgement judgement = judge(2, put(K, 0, 1, 1), put(K, 2, 3, 2), get(K, 99, 150, 1), get(K, 150, 160, NOTHING));

        assertThat(judgement.verdict().isClean()).isTrue();
        assertThat(judgement.keysOfWindows()).isEmpty();
        assertThat(judgement.recorded()).isEqualTo(4);
    }

    @Test
    void a_key_that_is_not_written_in_a_window_is_judged_to_the_end() {
        assertThat(judge(1, put(K, 0, 1, 1), put(K, 2, 3, 2), get(K, 150, 160, 2))
                        .verdict()
                        .lost())
                .isEqualTo(1);
        assertThat(judge(2, put(K, 0, 1, 1), put(K, 2, 3, 2), get(K, 250, 260, 1))
                        .verdict()
                        .stale())
                .isEqualTo(1);
    }

    @Test
    void what_is_written_in_a_window_may_be_there_later_or_not() {
        Op write = put(K, 150, 160, 2);

        assertThat(judge(1, put(K, 0, 1, 1), write, get(K, 210, 220, 1)).later().isClean())
                .isTrue();
        assertThat(judge(2, put(K, 0, 1, 1), write, get(K, 210, 220, 2)).later().isClean())
                .isTrue();
        assertThat(check.judgement().keysOfWindows()).containsExactly(K);
    }

    @Test
    void a_key_that_is_written_in_a_window_is_judged_up_to_it() {
        Judgement judgement = judge(3, put(K, 0, 1, 1), put(K, 2, 3, 2), get(K, 4, 5, 1), put(K, 150, 160, 3));

        assertThat(judgement.verdict().stale()).isEqualTo(1);
        assertThat(judgement.later().isClean()).isTrue();
    }

    @Test
    void what_comes_after_a_window_is_judged_apart() {
        Judgement judgement = judge(
                5,
                put(K, 0, 1, 1),
                put(K, 150, 160, 2),
                put(K, 210, 220, 3),
                get(K, 230, 240, 1),
                put(K, 350, 360, 4),
                put(K, 410, 420, 5),
                get(K, 430, 440, 4),
                get(K, 450, 460, 5));

        assertThat(judgement.verdict().isClean()).isTrue();
        // 4 may have been stored late, but not while 5 was.
        assertThat(judgement.later().notLinearizable()).isEqualTo(1);
    }

    @Test
    void a_write_of_a_process_that_died_before_a_window_may_have_happened_in_it() {
        Op died = new Op(Op.Kind.PUT, Op.Outcome.BEGUN, K, 50, Op.NEVER, 2, NOTHING, 0);

        assertThat(judge(1, put(K, 0, 1, 1), died).keysOfWindows()).containsExactly(K);
    }
}

package dev.turnout.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BudgetTest {
    @Test
    void says_what_was_measured_and_whether_that_is_enough() {
        assertThat(Budget.atMost("x/a", 1.504, 2, "", "beside y").line())
                .isEqualTo("budget x/a: measured 1.5 (beside y), at most 2: held");
        assertThat(Budget.atLeast("x/b", 1.504, 2, "ms", "").line())
                .isEqualTo("budget x/b: measured 1.5 ms, at least 2 ms: missed");
    }

    @Test
    void what_was_not_measured_is_missed() {
        assertThat(Budget.atMost("x/a", Double.NaN, 2, "", "").line())
                .isEqualTo("budget x/a: measured nothing, at most 2: missed");
    }

    @Test
    void what_is_just_missed_does_not_look_like_the_bound() {
        assertThat(Budget.atMost("x/a", 2.001, 2, "", "").line())
                .isEqualTo("budget x/a: measured 2.001, at most 2: missed");
    }
}

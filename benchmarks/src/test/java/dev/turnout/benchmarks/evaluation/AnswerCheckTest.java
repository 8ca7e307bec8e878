package dev.turnout.benchmarks.evaluation;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.benchmarks.WrongAnswerException;
import dev.turnout.benchmarks.evaluation.Scenario.Answer;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class AnswerCheckTest {
    private static final List<User> USERS = Scenario.SHARE.users();

    @ParameterizedTest
    @MethodSource("all_that_engines_can")
    void every_engine_answers_right(EngineKind kind, Scenario scenario) {
        List<User> users = scenario.users();
        try (Engine engine = kind.open(scenario, users)) {
            AnswerCheck.check(kind.title(), engine, scenario, users, scenario.flags());
        }
    }

    static Stream<Arguments> all_that_engines_can() {
        return Stream.of(EngineKind.values())
                .flatMap(kind ->
                        Stream.of(Scenario.values()).filter(kind::can).map(scenario -> Arguments.of(kind, scenario)));
    }

    @ParameterizedTest
    @EnumSource(value = Scenario.class, names = "SHARE", mode = EnumSource.Mode.EXCLUDE)
    void one_wrong_answer_is_found(Scenario scenario) {
        int[] flags = scenario.flags();
        int wrong = scenario == Scenario.RULE ? USERS.size() - 1 : 17; // of the rule's users all are in a share
        assertThatThrownBy(() -> check(scenario, i -> isOn(scenario, flags, i) != (i == wrong)))
                .isInstanceOf(WrongAnswerException.class)
                .hasMessageContaining("user " + wrong + ",");
        assertThatCode(() -> check(scenario, i -> isOn(scenario, flags, i))).doesNotThrowAnyException();
    }

    @Test
    void a_share_that_is_too_large_is_found() {
        assertThatThrownBy(() -> check(Scenario.SHARE, i -> i % 5 < 3))
                .hasMessageContaining("on for 6060 of 10100 keys");
        assertThatThrownBy(() -> check(Scenario.RULE, i -> i < Scenario.USERS && i % 5 < 2))
                .hasMessageContaining("on for 4000 of 10000 keys");
    }

    @Test
    void a_share_in_which_no_key_stays_is_found() {
        boolean[] last = new boolean[1];
        assertThatThrownBy(() -> check(Scenario.SHARE, i -> last[0] = !last[0])).hasMessageContaining("two answers");
    }

    private static boolean isOn(Scenario scenario, int[] flags, int user) {
        Answer answer = scenario.answer(flags[user], user, USERS.get(user));
        return answer == Answer.BY_KEY ? user % 100 < scenario.percent() : answer == Answer.ON;
    }

    private static void check(Scenario scenario, IntPredicate isOn) {
        Engine engine = new Engine() {
            @Override
            public boolean isOn(int flag, int user) {
                return isOn.test(user);
            }

            @Override
            public void close() {
                // nothing to end
            }
        };
        AnswerCheck.check("The engine", engine, scenario, USERS, scenario.flags());
    }
}

package dev.turnout.benchmarks.evaluation;

import dev.turnout.benchmarks.WrongAnswerException;
import java.time.Duration;
import java.util.List;

/**
 * Sees that an engine answers right before it is measured: exactly where the answer is determined, and within bounds where each engine's own
 * hash decides, of which all that is asked is that it gives the same answer twice.
 */
final class AnswerCheck {
    private static final int PERCENT_OFF = 5;
    private static final int AT_LEAST = 100;
    // Only an engine that takes milliseconds for one answer gets there; it is checked as far as that, and no less than
    // AT_LEAST.
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private AnswerCheck() {}

    /** @throws WrongAnswerException naming the first answer that is wrong */
    static void check(String engineName, Engine engine, Scenario scenario, List<User> users, int[] flags) {
        int byKey = 0;
        int on = 0;
        long start = System.nanoTime();
        for (int i = users.size() - 1; i >= 0; i--) { // the unknown users first, for an engine that does not get far
            boolean answer = engine.isOn(flags[i], i);
            Scenario.Answer right = scenario.answer(flags[i], i, users.get(i));
            if (right == Scenario.Answer.BY_KEY) {
                byKey++;
                on += answer ? 1 : 0;
                if (answer != engine.isOn(flags[i], i)) {
                    throw new WrongAnswerException(engineName + " gives key '"
                            + users.get(i).key() + "' two answers in '" + scenario.title() + "'.");
                }
            } else if (answer != (right == Scenario.Answer.ON)) {
                throw new WrongAnswerException(engineName + " answers " + (answer ? "on" : "off") + " in '"
                        + scenario.title() + "' for flag '" + scenario.flagKey(flags[i]) + "' and user " + i
                        + ", but right is " + right + ".");
            } else if (users.size() - i >= AT_LEAST && System.nanoTime() - start > PATIENCE.toNanos()) {
                break;
            }
        }
        if (Math.abs(on - byKey * scenario.percent() / 100) > byKey * PERCENT_OFF / 100) {
            throw new WrongAnswerException(engineName + " is on for " + on + " of " + byKey + " keys in '"
                    + scenario.title() + "', but right is " + scenario.percent() + " %, and " + PERCENT_OFF
                    + " % more or less.");
        }
    }
}

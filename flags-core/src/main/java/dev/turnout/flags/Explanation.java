package dev.turnout.flags;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The way to an answer, for a reader: recorded by the code that decides, while it decides. Contains the context's own
 * values. As text it is one line for the answer and one for each step.
 *
 * @param details the answer
 * @param steps in the order in which they were taken, the deciding one last
 */
public record Explanation(EvaluationDetails<Object> details, List<Step> steps) {
    /** Copies. */
    public Explanation {
        steps = List.copyOf(steps);
    }

    /**
     * One step.
     *
     * @param part what was looked at, such as {@code rule 2} or {@code prerequisite new-checkout}
     * @param passed whether it held; for a rule: whether it decided
     * @param why in words
     */
    public record Step(String part, boolean passed, String why) {
        @Override
        public String toString() {
            return (passed ? "+ " : "- ") + part + ": " + why;
        }
    }

    @Override
    public String toString() {
        return steps.stream().map(step -> "\n  " + step).collect(Collectors.joining("", details.toString(), ""));
    }
}

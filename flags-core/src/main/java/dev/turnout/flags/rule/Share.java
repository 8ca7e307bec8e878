package dev.turnout.flags.rule;

import java.time.Instant;
import java.util.List;

/**
 * How many of the subjects that a rule is about take part: one share, or steps that follow each other in time.
 *
 * @param ppm parts per million from 0 (no subject) to 1,000,000 (everyone); before the first step, if there are any
 * @param steps in order of time; none means that the share stays
 */
public record Share(int ppm, List<Step> steps) {
    /** Everyone. */
    public static final Share EVERYONE = of(Bucketing.PARTS);

    /**
     * From a moment on.
     *
     * @param from the share is used from then until the next step
     * @param ppm parts per million
     */
    public record Step(Instant from, int ppm) {
        /** Checks the share. */
        public Step {
            Bucketing.checkShare(ppm);
        }
    }

    /** Checks the shares and the order of the steps. */
    public Share {
        Bucketing.checkShare(ppm);
        steps = List.copyOf(steps);
        for (int i = 1; i < steps.size(); i++) {
            if (!steps.get(i).from().isAfter(steps.get(i - 1).from())) {
                throw new IllegalArgumentException("The steps of a share must be in order of time, but "
                        + steps.get(i).from() + " follows " + steps.get(i - 1).from() + ".");
            }
        }
    }

    /**
     * One that stays.
     *
     * @throws IllegalArgumentException if it is not from 0 to 1,000,000
     */
    public static Share of(int ppm) {
        return new Share(ppm, List.of());
    }

    /** One that changes with time, and is 0 before the first step. */
    public static Share inSteps(Step... steps) {
        return new Share(0, List.of(steps));
    }

    /** Whether it is everyone, at all times: no key is needed then. */
    public boolean isEveryone() {
        return ppm == Bucketing.PARTS && steps.isEmpty();
    }
}

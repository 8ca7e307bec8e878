package dev.turnout.flags;

import dev.turnout.flags.Explanation.Step;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Schedule;
import dev.turnout.flags.rule.Subject;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes down the steps of one decision. */
final class Trace {
    private final List<Step> steps = new ArrayList<>();

    List<Step> steps() {
        return steps;
    }

    void add(String part, boolean passed, String why) {
        steps.add(new Step(part, passed, why));
    }

    void schedule(Schedule schedule, boolean scheduled, long now) {
        add(
                "schedule",
                scheduled,
                "from " + (schedule.from() == null ? "ever" : schedule.from()) + " until "
                        + (schedule.until() == null ? "ever" : schedule.until()) + ", and it is "
                        + Instant.ofEpochMilli(now));
    }

    void prerequisite(String flag, Set<String> wanted, @Nullable String variant, boolean met) {
        String answer = variant == null ? "is turned off" : "answers '" + variant + "'";
        add("prerequisite " + flag, met, "it " + answer + ", and one of " + wanted + " is required");
    }

    void notAbout(CompiledRule rule, Subject subject) {
        add(name(rule), false, "not about this context: " + rule.why(subject));
    }

    void about(CompiledRule rule, Subject subject, int bucket, long now, @Nullable Outcome outcome) {
        String about = rule.why(subject);
        if (!rule.needsBucket()) {
            add(name(rule), true, about);
        } else if (bucket < 0) {
            add(name(rule), false, about + "; but the context has no bucketing key, and so is in no share");
        } else {
            String variant = outcome == null ? "no variant" : "variant '" + outcome.variant() + "'";
            add(
                    name(rule),
                    outcome != null,
                    about + "; part " + bucket + " of a million, of which " + percent(rule.sharePpm(now))
                            + " take part, gets " + variant);
        }
    }

    private static String name(CompiledRule rule) {
        return "rule " + rule.number();
    }

    private static String percent(int ppm) {
        BigDecimal percent = BigDecimal.valueOf(ppm).scaleByPowerOfTen(2).divide(BigDecimal.valueOf(Bucketing.PARTS));
        return percent.stripTrailingZeros().toPlainString() + " %";
    }
}

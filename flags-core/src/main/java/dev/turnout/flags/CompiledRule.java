package dev.turnout.flags;

import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Matcher;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.rule.Share;
import dev.turnout.flags.rule.Subject;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A rule made ready to decide. Immutable. */
final class CompiledRule {
    private final int number;
    private final boolean isAboutEveryone;
    private final Matcher matcher;
    private final boolean needsBucket;
    // If it is a share of one variant, at all times: what subjects get that do not take part, and those that do. Chosen
    // by arithmetic, as a branch that goes either way at random costs nearly half as much as the hash.
    private final @Nullable Outcome @Nullable [] plainShare;
    private final Outcome[] outcomes; // one for each variant of the split
    private final int[] weights; // of these variants, of a million
    private final int firstShare;
    private final long[] stepMillis;
    private final int[] stepShares;

    /**
     * A rule.
     *
     * @param otherwise what subjects get that do not take part; {@code null} if there is another rule that they may
     *     continue to
     */
    CompiledRule(
            int number, Rule rule, Matcher matcher, Function<String, Outcome> outcomeOf, @Nullable Outcome otherwise) {
        this.number = number;
        this.matcher = matcher;
        isAboutEveryone = rule.cohorts().isEmpty() && rule.conditions().isEmpty();
        needsBucket = rule.isSplit();
        outcomes = rule.split().keySet().stream().map(outcomeOf).toArray(Outcome[]::new);
        weights = rule.split().values().stream().mapToInt(Integer::intValue).toArray();
        firstShare = rule.share().ppm();
        List<Share.Step> steps = rule.share().steps();
        stepMillis = steps.stream().mapToLong(step -> millis(step.from())).toArray();
        plainShare = outcomes.length == 1 && steps.isEmpty() ? new @Nullable Outcome[] {otherwise, outcomes[0]} : null;
        stepShares = steps.stream().mapToInt(Share.Step::ppm).toArray();
    }

    /** Instants that are too far away for milliseconds are as far away as can be. */
    static long millis(Instant moment) {
        try {
            return moment.toEpochMilli();
        } catch (ArithmeticException e) {
            return moment.isBefore(Instant.EPOCH) ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    /** Its index among the rules of the flag. */
    int number() {
        return number;
    }

    boolean isAbout(Subject subject) {
        return isAboutEveryone || matcher.matches(subject);
    }

    String why(Subject subject) {
        return matcher.why(subject);
    }

    /** Whether the part that the bucketing key falls into decides. */
    boolean needsBucket() {
        return needsBucket;
    }

    int sharePpm(long now) {
        for (int i = stepMillis.length - 1; i >= 0; i--) {
            if (now >= stepMillis[i]) {
                return stepShares[i];
            }
        }
        return firstShare;
    }

    /**
     * What a subject gets that the rule is about; {@code null} if it continues to the next rule. Where there is none,
     * that may also be the flag's default.
     */
    @Nullable
    Outcome outcome(int bucket, long now) {
        if (!needsBucket) {
            return outcomes[0];
        }
        if (plainShare != null) { // what the rest would come to, sooner
            return plainShare[(bucket - firstShare) >>> 31]; // 1 if less
        }
        int share = sharePpm(now);
        int inVariant = bucket;
        for (int i = 0; i < outcomes.length; i++) {
            if (inVariant < weights[i]) {
                boolean takesPart = (long) inVariant * Bucketing.PARTS < (long) share * weights[i];
                return takesPart ? outcomes[i] : null;
            }
            inVariant -= weights[i];
        }
        throw new AssertionError("The parts of a split are a million together.");
    }
}

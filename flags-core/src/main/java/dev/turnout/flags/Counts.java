package dev.turnout.flags;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts decisions, in striped adders, so that no thread waits for another. The counters of a flag outlive its changes. Thread-safe. */
final class Counts {
    private static final Logger log = LoggerFactory.getLogger(Flags.class);
    private static final int MOST_REMEMBERED = 1_000;

    private record Answer(String variant, Reason reason) {}

    private final Map<String, Map<Answer, LongAdder>> byFlag = new ConcurrentHashMap<>();
    private final LongAdder notFound = new LongAdder();
    private final LongAdder mismatches = new LongAdder();
    private final Set<String> unknown = ConcurrentHashMap.newKeySet();

    BiFunction<String, Reason, LongAdder> ofFlag(String flagKey) {
        Map<Answer, LongAdder> answers = byFlag.computeIfAbsent(flagKey, key -> new ConcurrentHashMap<>());
        return (variant, reason) -> answers.computeIfAbsent(new Answer(variant, reason), key -> new LongAdder());
    }

    /** Forgets the flags that are no more. */
    void retain(Collection<String> flagKeys) {
        byFlag.keySet().retainAll(flagKeys);
    }

    /** Logged once for each key, of which no more than a thousand are remembered: keys may come from outside. */
    void notFound(String flagKey) {
        notFound.increment();
        if (!unknown.contains(flagKey) && unknown.size() < MOST_REMEMBERED && unknown.add(flagKey)) {
            log.warn("There is no flag '{}': callers get their default. This is logged once.", printable(flagKey));
        }
    }

    private static String printable(String key) {
        String start = key.length() <= 100 ? key : key.substring(0, 100) + "...";
        return start.replaceAll("\\p{Cntrl}", "?");
    }

    void typeMismatch() {
        mismatches.increment();
    }

    List<EvaluationCount> read() {
        List<EvaluationCount> counts = new ArrayList<>();
        byFlag.forEach((flag, answers) -> answers.forEach((answer, count) -> {
            if (count.sum() > 0) {
                counts.add(new EvaluationCount(flag, answer.variant(), answer.reason(), count.sum()));
            }
        }));
        return counts;
    }

    long sumOf(ErrorCode error) {
        return switch (error) {
            case FLAG_NOT_FOUND -> notFound.sum();
            case TYPE_MISMATCH -> mismatches.sum();
            case TARGETING_KEY_MISSING -> 0; // is answered with the default variant, and counted there
        };
    }
}

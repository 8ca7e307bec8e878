package dev.turnout.flags;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the questions that no flag could answer; what flags answer is counted by their {@link Outcome}s. Thread-safe. */
final class Counts {
    private static final Logger log = LoggerFactory.getLogger(Flags.class);
    private static final int MOST_REMEMBERED = 1_000;

    private final LongAdder notFound = new LongAdder();
    private final LongAdder mismatches = new LongAdder();
    private final Set<String> unknown = ConcurrentHashMap.newKeySet();

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

    long sumOf(ErrorCode error) {
        return switch (error) {
            case FLAG_NOT_FOUND -> notFound.sum();
            case TYPE_MISMATCH -> mismatches.sum();
            case TARGETING_KEY_MISSING -> 0; // is answered with the default variant, and counted there
        };
    }
}

package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What a migration was built with; see {@link MigrationBuilder}. A builder that is used again changes nothing of it.
 *
 * @param keysSpeakForThemselves whether keys are put into buckets by their own text
 * @param keyTextTold what is reported to the fleet of how keys become text
 * @param callerTransactions inside of which nothing is written
 */
record Settings<K>(
        String name,
        Function<K, String> keyText,
        boolean keysSpeakForThemselves,
        String keyTextTold,
        Journal<K> journal,
        int repairsPerSecond,
        int mirrorThreads,
        int repairThreads,
        int comparedPpm,
        int comparisonThreads,
        Duration deadline,
        Duration lease,
        Duration callTimeout,
        Duration crossingTimeout,
        Fences fences,
        @Nullable VerifiedGate verifiedGate,
        List<Supplier<Optional<String>>> blockers,
        List<Duration> comparisonDelays,
        Workers workers,
        CallerTransactions callerTransactions) {
    Settings {
        blockers = List.copyOf(blockers);
        comparisonDelays = List.copyOf(comparisonDelays);
    }
}

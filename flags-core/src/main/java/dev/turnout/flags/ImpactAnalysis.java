package dev.turnout.flags;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a change of a document would do, before it is made: asks both documents for each context of a sample, with the code that decides, and
 * counts who would move between variants.
 */
public final class ImpactAnalysis {
    private ImpactAnalysis() {}

    /**
     * What would happen to one flag.
     *
     * @param flagKey which flag
     * @param asked how many contexts there were in the sample
     * @param moves how many of them would move, by where from and to; empty if none would
     */
    public record Impact(String flagKey, long asked, Map<Move, Long> moves) {
        /** Copies. */
        public Impact {
            moves = Map.copyOf(moves);
        }

        /** How many would get another variant than now. */
        public long moved() {
            return moves.values().stream().mapToLong(Long::longValue).sum();
        }

        /** How many would begin to get this variant. */
        public long in(String variant) {
            return moves.entrySet().stream()
                    .filter(move -> move.getKey().to().equals(variant))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
        }

        /** How many would no longer get this variant. */
        public long out(String variant) {
            return moves.entrySet().stream()
                    .filter(move -> move.getKey().from().equals(variant))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
        }
    }

    /**
     * From one variant to another.
     *
     * @param from empty for the caller's default, which callers get if there is no such flag or it is turned off
     * @param to the same
     */
    public record Move(String from, String to) {}

    /**
     * Compares two documents. Takes as long as deciding each flag twice for each context.
     *
     * @param sample walked through once
     * @param time at which the rules are asked
     * @return for each flag of either document, in their order
     */
    public static List<Impact> compare(
            FlagDocument before, FlagDocument after, Iterable<EvaluationContext> sample, TimeSource time) {
        FlagsSnapshot now = compiled(before, time);
        FlagsSnapshot then = compiled(after, time);
        Set<String> keys = new LinkedHashSet<>(before.flags().keySet());
        keys.addAll(after.flags().keySet());
        Map<String, Map<Move, Long>> moves = new LinkedHashMap<>();
        keys.forEach(key -> moves.put(key, new LinkedHashMap<>()));
        long asked = 0;
        for (EvaluationContext context : sample) {
            asked++;
            moves.forEach((key, counts) -> {
                Move move = new Move(variant(now, key, context), variant(then, key, context));
                if (!move.from().equals(move.to())) {
                    counts.merge(move, 1L, Long::sum);
                }
            });
        }
        long size = asked;
        return moves.entrySet().stream()
                .map(entry -> new Impact(entry.getKey(), size, entry.getValue()))
                .toList();
    }

    private static FlagsSnapshot compiled(FlagDocument document, TimeSource time) {
        FlagStore nowhere = new InMemoryFlagStore();
        Environment environment =
                new Environment(time, List.of(), new Counts(), new Freshness(nowhere, time, Duration.ofDays(1)));
        return Compiler.compile(new Snapshot(1, document, Map.of()), environment, null);
    }

    private static String variant(FlagsSnapshot snapshot, String flagKey, EvaluationContext context) {
        CompiledFlag flag = snapshot.flags().get(flagKey);
        String variant = flag == null ? null : flag.decide(context).variant();
        return variant == null ? "" : variant;
    }
}

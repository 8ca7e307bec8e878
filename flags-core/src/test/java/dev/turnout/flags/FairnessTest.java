package dev.turnout.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.rule.Bucketing;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Statistics of what flags decide, over a million keys. All bounds are four standard deviations of the binomial distribution. */
class FairnessTest {
    private static final int KEYS = 1_000_000;

    static Stream<Named<IntFunction<String>>> kinds() {
        return Stream.of(
                Named.of("sequential ids", i -> String.valueOf(i)),
                Named.of("users of equal length", i -> "user-" + (1_000_000 + i)),
                Named.of("mail addresses", i -> "someone." + i + "@example.com"),
                Named.of("spread ids", i -> Long.toHexString(i * 0x9e3779b97f4a7c15L)));
    }

    /** For each flag the numbers of the keys for which it is on. */
    private static Map<String, BitSet> on(Flags flags, IntFunction<String> keyOf) {
        Map<FlagHandle<Boolean>, BitSet> sets = new LinkedHashMap<>();
        Map<String, BitSet> named = new LinkedHashMap<>();
        flags.snapshot().document().flags().keySet().forEach(key -> {
            named.put(key, new BitSet(KEYS));
            sets.put(flags.flag(key, false), named.get(key));
        });
        for (int i = 0; i < KEYS; i++) {
            int number = i;
            EvaluationContext unit = EvaluationContext.of(keyOf.apply(i));
            sets.forEach((flag, on) -> on.set(number, flag.value(unit)));
        }
        return named;
    }

    private static void assertShare(String what, int count, double share) {
        double sigma = Math.sqrt(KEYS * share * (1 - share));
        assertThat((double) count).as(what).isBetween(KEYS * share - 4 * sigma, KEYS * share + 4 * sigma);
    }

    private static Flags flags(Map<String, Integer> shares) {
        Map<String, Flag> flags = new LinkedHashMap<>();
        shares.forEach(
                (key, share) -> flags.put(key, Flag.bool(key).share(share, "on").build()));
        return Flags.from(new InMemoryFlagStore(new FlagDocument(Map.of(), flags, Map.of())));
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @MethodSource("kinds")
    void a_share_is_that_share_of_the_keys(IntFunction<String> keyOf) {
        int[] shares = {10, 1_000, 10_000, 125_000, 500_000, 900_000, 999_000};
        Map<String, Integer> named = new LinkedHashMap<>();
        for (int share : shares) {
            named.put("share-" + share, share);
        }
        try (Flags flags = flags(named)) {
            Map<String, BitSet> on = on(flags, keyOf);
            named.forEach(
                    (key, share) -> assertShare(key, on.get(key).cardinality(), share / (double) Bucketing.PARTS));
        }
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @MethodSource("kinds")
    void two_flags_at_ten_percent_have_one_percent_in_common(IntFunction<String> keyOf) {
        Map<String, Integer> named = new LinkedHashMap<>();
        for (String key : new String[] {"flag-a", "flag-b", "flag-1", "flag-2", "new-checkout", "old-checkout"}) {
            named.put(key, 100_000);
        }
        try (Flags flags = flags(named)) {
            Map<String, BitSet> sets = on(flags, keyOf);
            sets.forEach((one, ones) -> sets.forEach((other, others) -> {
                if (one.compareTo(other) < 0) {
                    BitSet both = (BitSet) ones.clone();
                    both.and(others);
                    assertShare(one + " and " + other, both.cardinality(), 0.01);
                }
            }));
        }
    }

    @Test
    @Execution(CONCURRENT)
    void nothing_is_nobody_and_a_million_is_everybody() {
        try (Flags flags = flags(Map.of("nobody", 0, "everybody", Bucketing.PARTS))) {
            Map<String, BitSet> on = on(flags, String::valueOf);
            assertThat(on.get("nobody").cardinality()).isZero();
            assertThat(on.get("everybody").cardinality()).isEqualTo(KEYS);
        }
    }

    /**
     * Each key joins at the step after its part, and stays: so with every step of one part per million some join and
     * none leaves.
     */
    @Test
    @Execution(CONCURRENT)
    void raising_a_share_part_by_part_never_removes_a_unit() {
        Bucketing bucketing = new Bucketing("growing");
        CompiledFlag[] byShare = new CompiledFlag[Bucketing.PARTS + 1];
        Environment environment = new Environment(
                TimeSource.SYSTEM,
                List.of(),
                new Counts(),
                new Freshness(new InMemoryFlagStore(), TimeSource.SYSTEM, Duration.ofDays(1)));
        for (int i = 0; i < KEYS; i++) {
            EvaluationContext unit = EvaluationContext.of(String.valueOf(i));
            int part = bucketing.bucket(unit.targetingKey());
            for (int share = part; share <= part + 1; share++) {
                if (byShare[share] == null) {
                    Flag flag = Flag.bool("growing").share(share, "on").build();
                    byShare[share] = environment.compile(flag, CompiledFlag.Parts.NONE, 1, null);
                }
                assertOn(byShare[share], unit, share > part);
            }
        }
        // And with the first and the last keys of the million, at every thousandth step of all.
        for (int i = 0; i < 100; i++) {
            EvaluationContext unit = EvaluationContext.of(String.valueOf(i * 9_999));
            boolean before = false;
            for (int share = 0; share <= Bucketing.PARTS; share += 1_000) {
                Flag flag = Flag.bool("growing").share(share, "on").build();
                boolean now = environment
                        .compile(flag, CompiledFlag.Parts.NONE, 1, null)
                        .decide(unit)
                        .isOn();
                assertThat(before && !now).isFalse();
                before = now;
            }
            assertThat(before).isTrue();
        }
    }

    private static void assertOn(CompiledFlag flag, EvaluationContext unit, boolean on) {
        if (flag.decide(unit).isOn() != on) { // a million assertions would take longer than the decisions
            assertThat(flag.decide(unit).isOn()).as(unit.targetingKey()).isEqualTo(on);
        }
    }

    @Test
    @Execution(CONCURRENT)
    void an_analysis_of_impact_counts_the_contexts_that_would_move() {
        FlagDocument before = document(
                Flag.bool("new").share(100_000, "on").build(), Flag.bool("same").build());
        FlagDocument after = document(
                Flag.bool("new").share(250_000, "on").build(), Flag.bool("same").build());
        Iterable<EvaluationContext> sample = () -> Stream.iterate(0, i -> i < KEYS, i -> i + 1)
                .map(i -> EvaluationContext.of("u" + i))
                .iterator();

        ImpactAnalysis.Impact impact =
                ImpactAnalysis.compare(before, after, sample, TimeSource.SYSTEM).get(0);

        assertThat(impact.asked()).isEqualTo(KEYS);
        assertShare("in", (int) impact.in("on"), 0.15);
        assertThat(impact.out("on")).isZero();
        assertThat(impact.moved()).isEqualTo(impact.out("off")).isEqualTo(impact.in("on"));
        assertThat(ImpactAnalysis.compare(before, FlagDocument.EMPTY, sample, TimeSource.SYSTEM)
                        .get(1)
                        .moves())
                .containsExactly(Map.entry(new ImpactAnalysis.Move("off", ""), (long) KEYS));
    }

    private static FlagDocument document(Flag... flags) {
        Map<String, Flag> all = new LinkedHashMap<>();
        for (Flag flag : flags) {
            all.put(flag.key(), flag);
        }
        return new FlagDocument(Map.of(), all, Map.of());
    }
}

package dev.turnout.benchmarks.evaluation;

import dev.turnout.benchmarks.WrongAnswerException;
import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.Flags;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * 10,000 flags with two rules each: how long it takes from a document's text to flags that answer, what they keep of the heap, and how long a
 * change of one of them takes until it is decided by.
 *
 * @param characters the length of the document as JSON
 * @param jsonMillis from JSON, the median
 * @param yamlMillis from YAML, the median
 * @param heapMegabytes what is kept, the text not counted
 * @param changeMillis of one of them, the median
 */
record Loading(int characters, double jsonMillis, double yamlMillis, double heapMegabytes, double changeMillis) {
    private static final EvaluationContext PRO =
            EvaluationContext.of(User.key(0)).with("plan", "pro");
    private static final EvaluationContext FREE =
            EvaluationContext.of(User.key(0)).with("plan", "free");

    /** Measures in this process, which should have done nothing else before. */
    static Loading measure(boolean quick) {
        String json = json();
        String yaml = yaml();
        int rounds = quick ? 3 : 15;
        double jsonMillis = median(rounds, () -> timeToLoad(json));
        double yamlMillis = median(rounds, () -> timeToLoad(yaml));
        return new Loading(json.length(), jsonMillis, yamlMillis, heapOf(json), changeMillis(json, quick ? 20 : 200));
    }

    private interface Timed {
        long nanos();
    }

    /** Of the second half of the rounds; the first half warms up. */
    private static double median(int rounds, Timed timed) {
        long[] nanos = new long[rounds];
        for (int i = -rounds; i < rounds; i++) {
            nanos[Math.max(0, i)] = timed.nanos();
        }
        Arrays.sort(nanos);
        return nanos[rounds / 2] / 1e6;
    }

    private static long timeToLoad(String text) {
        long start = System.nanoTime();
        try (Flags flags = load(text)) {
            boolean right = flags.isOn(key(Scenario.FLAGS - 1), PRO);
            long nanos = System.nanoTime() - start;
            check(right);
            checkAll(flags);
            return nanos;
        }
    }

    private static Flags load(String text) {
        return Flags.from(new InMemoryFlagStore(DocumentReader.read("10,000 flags", text)));
    }

    /** Everyone with the plan, and half of the others. */
    private static void checkAll(Flags flags) {
        int on = 0;
        for (int i = 0; i < Scenario.FLAGS; i++) {
            check(flags.isOn(key(i), PRO));
            on += flags.isOn(key(i), FREE) ? 1 : 0;
        }
        check(Math.abs(on - Scenario.FLAGS / 2) < Scenario.FLAGS / 20);
    }

    private static void check(boolean right) {
        if (!right) {
            throw new WrongAnswerException(
                    "The 10,000 flags that were loaded do not answer as their document defines.");
        }
    }

    private static double heapOf(String text) {
        long before = usedHeap();
        Flags flags = load(text);
        long after = usedHeap();
        check(flags.isOn(key(0), PRO));
        return (after - before) / 1e6;
    }

    /** Collects until nothing more goes. */
    private static long usedHeap() {
        long least = Long.MAX_VALUE;
        while (true) {
            System.gc();
            long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
            if (used > least - 10_000) {
                return Math.min(used, least);
            }
            least = used;
        }
    }

    private static double changeMillis(String text, int rounds) {
        InMemoryFlagStore store = new InMemoryFlagStore(DocumentReader.read("10,000 flags", text));
        try (Flags flags = Flags.from(store)) {
            List<String> keys = new ArrayList<>();
            for (int i = 0; i < 2 * rounds; i++) {
                keys.add(key(i * 7));
            }
            return median(rounds, () -> {
                String key = keys.remove(0);
                EntryKey entry = EntryKey.flag(key);
                Flag flag =
                        Objects.requireNonNull(store.read().document().flags().get(key));
                Change change = Change.by("benchmark", "no user any more")
                        .put(flag.withRules(List.<Rule>of()), store.read().idOf(entry));
                long start = System.nanoTime();
                store.apply(change);
                boolean stillOn = flags.isOn(key, PRO);
                long nanos = System.nanoTime() - start;
                check(!stillOn);
                return nanos;
            });
        }
    }

    private static String key(int number) {
        return "new-checkout-" + number;
    }

    private static String json() {
        Map<String, Object> flags = new LinkedHashMap<>();
        for (int i = 0; i < Scenario.FLAGS; i++) {
            flags.put(
                    key(i),
                    Map.of(
                            "type",
                            "boolean",
                            "default",
                            "off",
                            "rules",
                            List.of(
                                    Map.of(
                                            "when",
                                            List.of(Map.of("attribute", "plan", "equals", "pro")),
                                            "variant",
                                            "on"),
                                    Map.of("share", 500_000, "variant", "on"))));
        }
        return Json.of(Map.of("version", 1, "flags", flags));
    }

    private static String yaml() {
        StringBuilder yaml = new StringBuilder("version: 1\nflags:\n");
        for (int i = 0; i < Scenario.FLAGS; i++) {
            yaml.append("  ").append(key(i)).append(":\n");
            yaml.append("    type: boolean\n    default: \"off\"\n    rules:\n");
            yaml.append("      - when:\n          - {attribute: plan, equals: pro}\n        variant: \"on\"\n");
            yaml.append("      - {share: 500000, variant: \"on\"}\n");
        }
        return yaml.toString();
    }
}

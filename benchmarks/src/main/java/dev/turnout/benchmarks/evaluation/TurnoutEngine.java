package dev.turnout.benchmarks.evaluation;

import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.Flags;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Ours, from a document. A flag that is on has the default {@code on}, and no rule. */
final class TurnoutEngine implements Engine {
    private final String[] flagKeys;
    private final EvaluationContext[] contexts;
    private final Flags flags;

    TurnoutEngine(Scenario scenario, List<User> users) {
        flagKeys = scenario.flagKeys().toArray(String[]::new);
        contexts = users.stream().map(TurnoutEngine::context).toArray(EvaluationContext[]::new);
        flags = Flags.from(new InMemoryFlagStore(DocumentReader.read(scenario.id(), document(scenario))));
    }

    static EvaluationContext context(User user) {
        return EvaluationContext.of(user.key())
                .with("country", user.country())
                .with("plan", user.plan())
                .with("team", user.team());
    }

    @Override
    public boolean isOn(int flag, int user) {
        return flags.isOn(flagKeys[flag], contexts[user]);
    }

    @Override
    public void close() {
        flags.close();
    }

    private static String document(Scenario scenario) {
        Map<String, Object> all = new LinkedHashMap<>();
        for (int i = 0; i < scenario.flagCount(); i++) {
            all.put(scenario.flagKey(i), flag(scenario, i));
        }
        Map<String, Object> cohorts =
                scenario == Scenario.COHORT ? Map.of("beta", Map.of("members", Scenario.members())) : Map.of();
        return Json.of(Map.of("version", 1, "cohorts", cohorts, "flags", all));
    }

    private static Map<String, Object> flag(Scenario scenario, int number) {
        List<Map<String, Object>> rules = switch (scenario) {
            case ON_OFF, MANY_FLAGS -> List.of();
            case SHARE -> List.of(Map.of("share", 500_000, "variant", "on"));
            case RULE ->
                List.of(Map.of(
                        "when",
                        List.of(
                                Map.of("attribute", "country", "in", Scenario.COUNTRIES),
                                Map.of("attribute", "plan", "equals", Scenario.PLAN)),
                        "share",
                        300_000,
                        "variant",
                        "on"));
            case TWENTY_RULES ->
                IntStream.rangeClosed(1, Scenario.RULES)
                        .mapToObj(i -> Map.<String, Object>of(
                                "when", List.of(Map.of("attribute", "team", "equals", "team-" + i)), "variant", "on"))
                        .toList();
            case COHORT -> List.of(Map.of("cohorts", List.of("beta"), "variant", "on"));
        };
        boolean on = rules.isEmpty() && scenario.isOn(number);
        return Map.of("type", "boolean", "default", on ? "on" : "off", "rules", rules);
    }
}

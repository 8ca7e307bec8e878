package dev.turnout.benchmarks.evaluation;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.launchdarkly.sdk.LDContext;
import com.launchdarkly.sdk.server.Components;
import com.launchdarkly.sdk.server.LDClient;
import com.launchdarkly.sdk.server.LDConfig;
import com.launchdarkly.sdk.server.integrations.FileData;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * LaunchDarkly's SDK with its file data source, which takes all that its servers send, and without events. A flag that is off has its
 * targeting turned off; conditions are clauses, shares are rollouts, the cohort is a segment that lists its members.
 */
final class LaunchDarklyEngine implements Engine {
    private static final int ON = 0;
    private static final int OFF = 1;

    private final String[] flagKeys;
    private final LDContext[] contexts;
    private final LDClient client;

    LaunchDarklyEngine(Scenario scenario, List<User> users) {
        flagKeys = scenario.flagKeys().toArray(String[]::new);
        contexts = users.stream()
                .map(user -> LDContext.builder(user.key())
                        .set("country", user.country())
                        .set("plan", user.plan())
                        .set("team", user.team())
                        .build())
                .toArray(LDContext[]::new);
        try {
            Path file = Files.createTempFile("launchdarkly", ".json");
            try {
                Files.writeString(file, document(scenario), UTF_8);
                client = new LDClient(
                        "sdk-key",
                        new LDConfig.Builder()
                                .dataSource(FileData.dataSource().filePaths(file))
                                .events(Components.noEvents())
                                .diagnosticOptOut(true)
                                .logging(Components.noLogging())
                                .build());
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean isOn(int flag, int user) {
        return client.boolVariation(flagKeys[flag], contexts[user], false);
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String document(Scenario scenario) {
        Map<String, Object> flags = new LinkedHashMap<>();
        for (int i = 0; i < scenario.flagCount(); i++) {
            flags.put(scenario.flagKey(i), flag(scenario, i));
        }
        Map<String, Object> segments = scenario == Scenario.COHORT
                ? Map.of("beta", Map.of("key", "beta", "version", 1, "salt", "beta", "included", Scenario.members()))
                : Map.of();
        return Json.of(Map.of("flags", flags, "segments", segments));
    }

    private static Map<String, Object> flag(Scenario scenario, int number) {
        List<Map<String, Object>> rules = switch (scenario) {
            case ON_OFF, MANY_FLAGS, SHARE -> List.of();
            case RULE ->
                List.of(Map.of(
                        "id",
                        "rule",
                        "clauses",
                        List.of(
                                clause("country", "in", List.copyOf(Scenario.COUNTRIES)),
                                clause("plan", "in", List.of(Scenario.PLAN))),
                        "rollout",
                        rollout(30)));
            case TWENTY_RULES ->
                IntStream.rangeClosed(1, Scenario.RULES)
                        .mapToObj(i -> Map.<String, Object>of(
                                "id",
                                "rule-" + i,
                                "clauses",
                                List.of(clause("team", "in", List.of("team-" + i))),
                                "variation",
                                ON))
                        .toList();
            case COHORT ->
                List.of(Map.of(
                        "id",
                        "rule",
                        "clauses",
                        List.of(clause("", "segmentMatch", List.of("beta"))),
                        "variation",
                        ON));
        };
        boolean onOff = scenario == Scenario.ON_OFF || scenario == Scenario.MANY_FLAGS;
        Map<String, Object> flag = new LinkedHashMap<>();
        flag.put("key", scenario.flagKey(number));
        flag.put("version", 1);
        flag.put("salt", scenario.flagKey(number));
        flag.put("on", !onOff || scenario.isOn(number));
        flag.put("variations", List.of(true, false));
        flag.put("offVariation", OFF);
        flag.put("rules", rules);
        flag.put(
                "fallthrough",
                scenario == Scenario.SHARE ? Map.of("rollout", rollout(50)) : Map.of("variation", onOff ? ON : OFF));
        return flag;
    }

    private static Map<String, Object> clause(String attribute, String operator, List<String> values) {
        return Map.of("attribute", attribute, "op", operator, "values", values, "contextKind", "user");
    }

    /** Weights are thousandths of a percent. */
    private static Map<String, Object> rollout(int percent) {
        return Map.of(
                "contextKind",
                "user",
                "variations",
                List.of(
                        Map.of("variation", ON, "weight", percent * 1_000),
                        Map.of("variation", OFF, "weight", (100 - percent) * 1_000)));
    }
}

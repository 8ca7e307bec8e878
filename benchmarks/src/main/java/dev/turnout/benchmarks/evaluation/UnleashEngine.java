package dev.turnout.benchmarks.evaluation;

import io.getunleash.DefaultUnleash;
import io.getunleash.Unleash;
import io.getunleash.UnleashContext;
import io.getunleash.event.ClientFeaturesResponse;
import io.getunleash.util.UnleashConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Unleash's SDK from a bootstrap document, without fetching and metrics. Conditions are constraints, shares are gradual rollouts that stick
 * to the user, twenty rules are twenty strategies, the cohort is a segment whose constraint lists its members.
 */
final class UnleashEngine implements Engine {
    private static final int SEGMENT = 1;

    private final String[] flagKeys;
    private final UnleashContext[] contexts;
    private final Unleash unleash;

    UnleashEngine(Scenario scenario, List<User> users) {
        flagKeys = scenario.flagKeys().toArray(String[]::new);
        contexts = users.stream()
                .map(user -> UnleashContext.builder()
                        .userId(user.key())
                        .addProperty("country", user.country())
                        .addProperty("plan", user.plan())
                        .addProperty("team", user.team())
                        .build())
                .toArray(UnleashContext[]::new);
        String document = document(scenario);
        // What it fetched the last time would be taken before the bootstrap document.
        Path backup = newBackup();
        unleash = new DefaultUnleash(UnleashConfig.builder()
                .appName("benchmarks")
                .instanceId(scenario.id())
                .unleashAPI("http://localhost:1/api")
                .apiKey("none")
                .backupFile(backup.toString())
                .disablePolling()
                .disableMetrics()
                .unleashFeatureFetcherFactory(config -> () -> ClientFeaturesResponse.notChanged())
                .toggleBootstrapProvider(() -> Optional.of(document))
                .build());
    }

    private static Path newBackup() {
        try {
            Path directory = Files.createTempDirectory("unleash");
            directory.toFile().deleteOnExit();
            Path file = directory.resolve("backup.json");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public boolean isOn(int flag, int user) {
        return unleash.isEnabled(flagKeys[flag], contexts[user]);
    }

    @Override
    public void close() {
        unleash.shutdown();
    }

    private static String document(Scenario scenario) {
        List<Map<String, Object>> features = IntStream.range(0, scenario.flagCount())
                .mapToObj(i -> feature(scenario, i))
                .toList();
        List<Map<String, Object>> segments = scenario == Scenario.COHORT
                ? List.of(
                        Map.of("id", SEGMENT, "name", "beta", "constraints", List.of(in("userId", Scenario.members()))))
                : List.of();
        return Json.of(Map.of("version", 2, "features", features, "segments", segments));
    }

    private static Map<String, Object> feature(Scenario scenario, int number) {
        String key = scenario.flagKey(number);
        List<Map<String, Object>> strategies = switch (scenario) {
            case ON_OFF, MANY_FLAGS -> List.of(everyone(List.of(), List.of()));
            case SHARE -> List.of(rollout(key, 50, List.of()));
            case RULE ->
                List.of(rollout(
                        key,
                        30,
                        List.of(in("country", List.copyOf(Scenario.COUNTRIES)), in("plan", List.of(Scenario.PLAN)))));
            case TWENTY_RULES ->
                IntStream.rangeClosed(1, Scenario.RULES)
                        .mapToObj(i -> everyone(List.of(in("team", List.of("team-" + i))), List.of()))
                        .toList();
            case COHORT -> List.of(everyone(List.of(), List.of(SEGMENT)));
        };
        boolean onOff = scenario == Scenario.ON_OFF || scenario == Scenario.MANY_FLAGS;
        return Map.of(
                "name",
                key,
                "type",
                "release",
                "project",
                "default",
                "enabled",
                !onOff || scenario.isOn(number),
                "strategies",
                strategies,
                "variants",
                List.of());
    }

    private static Map<String, Object> everyone(List<Map<String, Object>> constraints, List<Integer> segments) {
        return Map.of("name", "default", "parameters", Map.of(), "constraints", constraints, "segments", segments);
    }

    private static Map<String, Object> rollout(String group, int percent, List<Map<String, Object>> constraints) {
        Map<String, Object> strategy = new LinkedHashMap<>();
        strategy.put("name", "flexibleRollout");
        strategy.put("parameters", Map.of("groupId", group, "rollout", "" + percent, "stickiness", "userId"));
        strategy.put("constraints", constraints);
        return strategy;
    }

    private static Map<String, Object> in(String name, List<String> values) {
        return Map.of("contextName", name, "operator", "IN", "values", values);
    }
}

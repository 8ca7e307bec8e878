package dev.turnout.benchmarks.evaluation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.Value;
import dev.openfeature.sdk.providers.memory.ContextEvaluator;
import dev.openfeature.sdk.providers.memory.Flag;
import dev.openfeature.sdk.providers.memory.InMemoryProvider;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.commons.codec.digest.MurmurHash3;

/**
 * OpenFeature's SDK with the provider in memory that comes with it. It has no rules, shares and cohorts of its own, but takes a function of
 * the context: so what decides is hand-written code, as short as it can be, and what is measured is above all the SDK
 * around it. The share is taken with commons-codec's murmur3.
 */
final class OpenFeatureEngine implements Engine {
    private static final String DOMAIN = "benchmarks";

    private final String[] flagKeys;
    private final EvaluationContext[] contexts;
    private final OpenFeatureAPI api = OpenFeatureAPI.getInstance();
    private final Client client;

    OpenFeatureEngine(Scenario scenario, List<User> users) {
        flagKeys = scenario.flagKeys().toArray(String[]::new);
        contexts = users.stream()
                .map(user -> new ImmutableContext(
                        user.key(),
                        user.attributes().entrySet().stream()
                                .collect(Collectors.toMap(Map.Entry::getKey, entry -> new Value(entry.getValue())))))
                .toArray(EvaluationContext[]::new);
        Map<String, Flag<?>> flags = new HashMap<>();
        for (int i = 0; i < scenario.flagCount(); i++) {
            flags.put(scenario.flagKey(i), flag(scenario, i));
        }
        api.setProviderAndWait(DOMAIN, new InMemoryProvider(flags));
        client = api.getClient(DOMAIN);
    }

    @Override
    public boolean isOn(int flag, int user) {
        return client.getBooleanValue(flagKeys[flag], false, contexts[user]);
    }

    @Override
    public void close() {
        api.shutdown();
    }

    private static Flag<Boolean> flag(Scenario scenario, int number) {
        Flag.FlagBuilder<Boolean> flag =
                Flag.<Boolean>builder().variant("on", true).variant("off", false);
        return switch (scenario) {
            case ON_OFF, MANY_FLAGS ->
                flag.defaultVariant(scenario.isOn(number) ? "on" : "off").build();
            case SHARE ->
                decidedBy(flag, (any, context) -> isInShare(scenario.flagKey(0), context.getTargetingKey(), 50));
            case RULE ->
                decidedBy(
                        flag,
                        (any, context) -> Scenario.COUNTRIES.contains(
                                        context.getValue("country").asString())
                                && Scenario.PLAN.equals(context.getValue("plan").asString())
                                && isInShare(scenario.flagKey(0), context.getTargetingKey(), 30));
            case TWENTY_RULES -> {
                List<String> teams = IntStream.rangeClosed(1, Scenario.RULES)
                        .mapToObj(i -> "team-" + i)
                        .toList();
                yield decidedBy(flag, (any, context) -> {
                    String team = context.getValue("team").asString();
                    for (String each : teams) {
                        if (each.equals(team)) {
                            return true;
                        }
                    }
                    return false;
                });
            }
            case COHORT -> {
                Set<String> members = new HashSet<>(Scenario.members());
                yield decidedBy(flag, (any, context) -> members.contains(context.getTargetingKey()));
            }
        };
    }

    private static Flag<Boolean> decidedBy(Flag.FlagBuilder<Boolean> flag, ContextEvaluator<Boolean> evaluator) {
        return flag.defaultVariant("off").contextEvaluator(evaluator).build();
    }

    private static boolean isInShare(String salt, String key, int percent) {
        int hash = MurmurHash3.hash32x86((salt + ":" + key).getBytes(UTF_8));
        return (((hash & 0xffff_ffffL) * 100) >>> 32) < percent;
    }
}

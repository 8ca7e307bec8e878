package dev.turnout.benchmarks.evaluation;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.ff4j.FF4j;
import org.ff4j.core.Feature;
import org.ff4j.core.FlippingExecutionContext;
import org.ff4j.core.FlippingStrategy;
import org.ff4j.store.InMemoryFeatureStore;
import org.ff4j.strategy.ClientFilterStrategy;
import org.ff4j.strategy.RegionFlippingStrategy;
import org.ff4j.strategy.el.ExpressionFlipStrategy;

/**
 * FF4j with its features in memory, without audit. The cohort is its filter by client, with the user as the client. Twenty rules are twenty
 * features, each for one region, with the team as the region, and an expression that is true if one of them is on.
 */
final class Ff4jEngine implements Engine {
    private final String[] flagKeys;
    private final FlippingExecutionContext[] contexts;
    private final FF4j ff4j = new FF4j();

    Ff4jEngine(Scenario scenario, List<User> users) {
        flagKeys = scenario.flagKeys().toArray(String[]::new);
        contexts = users.stream()
                .map(user -> new FlippingExecutionContext(Map.of(
                        ClientFilterStrategy.CLIENT_HOSTNAME,
                        user.key(),
                        RegionFlippingStrategy.PARAMNAME_USER_REGION,
                        user.team())))
                .toArray(FlippingExecutionContext[]::new);
        InMemoryFeatureStore store = new InMemoryFeatureStore();
        ff4j.setFeatureStore(store);
        if (scenario == Scenario.TWENTY_RULES) {
            for (int i = 1; i <= Scenario.RULES; i++) {
                RegionFlippingStrategy strategy = new RegionFlippingStrategy();
                strategy.init("rule" + i, Map.of(RegionFlippingStrategy.INIT_PARAMNAME_REGIONS, "team-" + i));
                store.create(feature("rule" + i, strategy));
            }
        }
        for (int i = 0; i < scenario.flagCount(); i++) {
            store.create(feature(scenario, i));
        }
    }

    static String cannot(Scenario scenario) {
        return switch (scenario) {
            case ON_OFF, MANY_FLAGS, TWENTY_RULES, COHORT -> "";
            case SHARE -> "throws dice for each question, so no key stays in its share";
            case RULE -> "throws dice for each question, so no key stays in its share";
        };
    }

    @Override
    public boolean isOn(int flag, int user) {
        return ff4j.check(flagKeys[flag], contexts[user]);
    }

    @Override
    public void close() {
        // nothing to end
    }

    private static Feature feature(Scenario scenario, int number) {
        String key = scenario.flagKey(number);
        return switch (scenario) {
            case ON_OFF, MANY_FLAGS -> new Feature(key, scenario.isOn(number));
            case TWENTY_RULES -> {
                String anyRule = IntStream.rangeClosed(1, Scenario.RULES)
                        .mapToObj(i -> "rule" + i)
                        .collect(Collectors.joining(" | "));
                ExpressionFlipStrategy strategy = new ExpressionFlipStrategy();
                strategy.init(key, Map.of(ExpressionFlipStrategy.PARAM_EXPRESSION, anyRule));
                yield feature(key, strategy);
            }
            case COHORT -> feature(key, new ClientFilterStrategy(String.join(",", Scenario.members())));
            case SHARE, RULE -> throw new IllegalArgumentException(cannot(scenario));
        };
    }

    private static Feature feature(String key, FlippingStrategy strategy) {
        Feature feature = new Feature(key, true);
        feature.setFlippingStrategy(strategy);
        return feature;
    }
}

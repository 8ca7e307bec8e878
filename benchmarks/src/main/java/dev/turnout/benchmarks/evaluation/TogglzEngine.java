package dev.turnout.benchmarks.evaluation;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.togglz.core.Feature;
import org.togglz.core.activation.GradualActivationStrategy;
import org.togglz.core.activation.UsernameActivationStrategy;
import org.togglz.core.manager.FeatureManager;
import org.togglz.core.manager.FeatureManagerBuilder;
import org.togglz.core.metadata.EmptyFeatureMetaData;
import org.togglz.core.metadata.FeatureMetaData;
import org.togglz.core.repository.FeatureState;
import org.togglz.core.repository.mem.InMemoryStateRepository;
import org.togglz.core.spi.FeatureProvider;
import org.togglz.core.user.FeatureUser;
import org.togglz.core.user.SimpleFeatureUser;
import org.togglz.core.util.NamedFeature;

/**
 * Togglz with its states in memory. Its user comes from the thread, and is put there for each question: a few nanoseconds, which a service
 * pays once for each request. The share is its gradual strategy, the cohort its strategy by user name, which splits the list of names for
 * each question.
 */
final class TogglzEngine implements Engine {
    private static final ThreadLocal<FeatureUser> USER_AT_HAND = new ThreadLocal<>();

    private final Feature[] features;
    private final FeatureUser[] users;
    private final FeatureManager manager;

    TogglzEngine(Scenario scenario, List<User> users) {
        features = features(scenario).toArray(Feature[]::new);
        this.users =
                users.stream().map(user -> new SimpleFeatureUser(user.key())).toArray(FeatureUser[]::new);
        manager = new FeatureManagerBuilder()
                .name("benchmarks")
                .featureProvider(new Provider(new LinkedHashSet<>(features(scenario))))
                .stateRepository(new InMemoryStateRepository())
                .userProvider(USER_AT_HAND::get)
                .build();
        for (int i = 0; i < scenario.flagCount(); i++) {
            manager.setFeatureState(state(scenario, i));
        }
    }

    private static List<Feature> features(Scenario scenario) {
        return scenario.flagKeys().stream().<Feature>map(NamedFeature::new).toList();
    }

    static String cannot(Scenario scenario) {
        return switch (scenario) {
            case ON_OFF, MANY_FLAGS, SHARE, COHORT -> "";
            case RULE -> "no strategy for attributes, and one strategy for each feature";
            case TWENTY_RULES -> "one strategy for each feature";
        };
    }

    @Override
    public boolean isOn(int flag, int user) {
        USER_AT_HAND.set(users[user]);
        return manager.isActive(features[flag]);
    }

    @Override
    public void close() {
        USER_AT_HAND.remove();
    }

    private static FeatureState state(Scenario scenario, int number) {
        FeatureState state = new FeatureState(new NamedFeature(scenario.flagKey(number)), true);
        return switch (scenario) {
            case ON_OFF, MANY_FLAGS -> state.setEnabled(scenario.isOn(number));
            case SHARE ->
                state.setStrategyId(GradualActivationStrategy.ID)
                        .setParameter(GradualActivationStrategy.PARAM_PERCENTAGE, "50");
            case COHORT ->
                state.setStrategyId(UsernameActivationStrategy.ID)
                        .setParameter(UsernameActivationStrategy.PARAM_USERS, String.join(",", Scenario.members()));
            case RULE, TWENTY_RULES -> throw new IllegalArgumentException(cannot(scenario));
        };
    }

    private record Provider(Set<Feature> features) implements FeatureProvider {
        @Override
        public Set<Feature> getFeatures() {
            return features;
        }

        @Override
        public FeatureMetaData getMetaData(Feature feature) {
            return new EmptyFeatureMetaData(feature);
        }
    }
}

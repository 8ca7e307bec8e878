package dev.turnout.benchmarks.evaluation;

import java.util.List;
import java.util.Locale;

/** The engines, ours first. */
enum EngineKind {
    TURNOUT("Turnout"),
    LAUNCHDARKLY("LaunchDarkly"),
    UNLEASH("Unleash"),
    OPENFEATURE("OpenFeature"),
    TOGGLZ("Togglz"),
    FF4J("FF4j");

    private final String title;

    EngineKind(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    /** The name on the command line. */
    String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Opens it with the flags of a scenario, and contexts for these users. */
    Engine open(Scenario scenario, List<User> users) {
        return switch (this) { // no table of constructors: it would load the engines that are not measured
            case TURNOUT -> new TurnoutEngine(scenario, users);
            case LAUNCHDARKLY -> new LaunchDarklyEngine(scenario, users);
            case UNLEASH -> new UnleashEngine(scenario, users);
            case OPENFEATURE -> new OpenFeatureEngine(scenario, users);
            case TOGGLZ -> new TogglzEngine(scenario, users);
            case FF4J -> new Ff4jEngine(scenario, users);
        };
    }

    /** Why it cannot express a scenario; empty if it can. */
    String cannot(Scenario scenario) {
        return switch (this) {
            case TURNOUT, LAUNCHDARKLY, UNLEASH, OPENFEATURE -> "";
            case TOGGLZ -> TogglzEngine.cannot(scenario);
            case FF4J -> Ff4jEngine.cannot(scenario);
        };
    }

    boolean can(Scenario scenario) {
        return cannot(scenario).isEmpty();
    }
}

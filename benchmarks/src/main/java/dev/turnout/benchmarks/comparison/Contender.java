package dev.turnout.benchmarks.comparison;

import java.util.Locale;

/** What is compared. */
enum Contender {
    TURNOUT_VERSIONED("Turnout, with versions", true) {
        @Override
        Router between(FaultyStore oldStore, FaultyStore newStore, FlagLag lag) {
            return new TurnoutRouter(oldStore, newStore, lag, true);
        }
    },
    TURNOUT_PLAIN("Turnout, without versions", true) {
        @Override
        Router between(FaultyStore oldStore, FaultyStore newStore, FlagLag lag) {
            return new TurnoutRouter(oldStore, newStore, lag, false);
        }
    },
    LAUNCHDARKLY("LaunchDarkly", false) {
        @Override
        Router between(FaultyStore oldStore, FaultyStore newStore, FlagLag lag) {
            return new LaunchDarklyRouter(oldStore, newStore, lag, false);
        }
    },
    LAUNCHDARKLY_BOTH("LaunchDarkly, success needs both", false) {
        @Override
        Router between(FaultyStore oldStore, FaultyStore newStore, FlagLag lag) {
            return new LaunchDarklyRouter(oldStore, newStore, lag, true);
        }
    },
    SCIENTIST("like Scientist", false) {
        @Override
        Router between(FaultyStore oldStore, FaultyStore newStore, FlagLag lag) {
            return new ScientistRouter(oldStore, newStore, lag);
        }
    },
    BY_HAND("hand-written dual writes", false) {
        @Override
        Router between(FaultyStore oldStore, FaultyStore newStore, FlagLag lag) {
            return new DualWriteRouter(oldStore, newStore, lag);
        }
    };

    private final String title;
    private final boolean ours;

    Contender(String title, boolean ours) {
        this.title = title;
        this.ours = ours;
    }

    /** All nodes of it, in {@link dev.turnout.flags.stage.Stage#OFF}. */
    abstract Router between(FaultyStore oldStore, FaultyStore newStore, FlagLag lag);

    String title() {
        return title;
    }

    /** Whether it has budgets. */
    boolean isOurs() {
        return ours;
    }

    /** As the command line and the names of budgets write it. */
    String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}

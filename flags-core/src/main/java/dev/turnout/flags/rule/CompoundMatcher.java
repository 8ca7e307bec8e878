package dev.turnout.flags.rule;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Matchers that are made of others. */
final class CompoundMatcher {
    private CompoundMatcher() {}

    /** Holds if all of them do; if there are none, for everyone. */
    static Matcher all(List<Matcher> matchers) {
        return matchers.isEmpty()
                ? EVERYONE
                : matchers.size() == 1 ? matchers.get(0) : new Several(matchers.toArray(Matcher[]::new), true);
    }

    /** Holds if one of them does. */
    static Matcher any(List<Matcher> matchers) {
        return matchers.size() == 1 ? matchers.get(0) : new Several(matchers.toArray(Matcher[]::new), false);
    }

    static Matcher not(Matcher matcher) {
        return new Opposite(matcher);
    }

    private static final Matcher EVERYONE = new Matcher() {
        @Override
        public boolean matches(Subject subject) {
            return true;
        }

        @Override
        public String why(Subject subject) {
            return "it is about everyone";
        }
    };

    /** Asked one after the other until one of them settles it. */
    private static final class Several implements Matcher {
        private final Matcher[] parts;
        private final boolean all;

        Several(Matcher[] parts, boolean all) {
            this.parts = parts;
            this.all = all;
        }

        @Override
        public boolean matches(Subject subject) {
            return (settling(subject) == null) == all;
        }

        /** The first part that does not hold where all must, or that holds where one is enough. */
        private @Nullable Matcher settling(Subject subject) {
            for (Matcher part : parts) {
                if (part.matches(subject) != all) {
                    return part;
                }
            }
            return null;
        }

        @Override
        public String why(Subject subject) {
            Matcher settling = settling(subject);
            return settling != null
                    ? settling.why(subject)
                    : Arrays.stream(parts).map(part -> part.why(subject)).collect(Collectors.joining("; "));
        }
    }

    private static final class Opposite implements Matcher {
        private final Matcher part;

        Opposite(Matcher part) {
            this.part = part;
        }

        @Override
        public boolean matches(Subject subject) {
            return !part.matches(subject);
        }

        @Override
        public String why(Subject subject) {
            return part.why(subject);
        }
    }
}

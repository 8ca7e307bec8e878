package dev.turnout.flags.migration;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.slf4j.MDC;

/**
 * Tries every order of events in a small world, depth first and by replay: a schedule is a list of choices, and a state that was seen before is not
 * gone on from. Larger worlds are searched at random, by a seed.
 */
final class Explorer {
    /** How much longer the searches of the long profile are to be than there is time for in each build. */
    static final int TIMES = Integer.getInteger("exploration.times", 1);

    private static final int LONGEST = 2_000;
    private static final int LONGEST_SHRUNK = 500;
    private static final int MOST_TO_FIND = 40_000;
    private static final int MOST_LEFT_OUT = 6;

    /**
     * What was found.
     *
     * @param states that differ
     * @param schedules that were replayed
     * @param whole whether there are no others
     * @param problems of the first schedule with any; empty if there was none
     * @param choices that schedule, to be had again
     * @param trace the same in words
     */
    record Result(
            Scope scope,
            int states,
            int schedules,
            Duration time,
            boolean whole,
            List<String> problems,
            List<Integer> choices,
            List<String> trace) {
        boolean isClean() {
            return problems.isEmpty();
        }

        /** As a row of a table. */
        String line() {
            return String.format(
                    Locale.ROOT,
                    "| %s | %,d%s | %,d | %.1f s |",
                    scope,
                    states,
                    whole ? "" : " and more",
                    schedules,
                    time.toMillis() / 1_000.0);
        }

        private Result after(Result other) {
            return new Result(
                    scope, states, schedules + other.schedules, time.plus(other.time), whole, problems, choices, trace);
        }

        @Override
        public String toString() {
            return scope.name + ": " + states + " states, " + schedules + " schedules, " + time.toMillis() + " ms, "
                    + problems + "\n  " + choices + "\n  " + String.join("\n  ", trace);
        }
    }

    /** A digest of a state. */
    private record Digest(long high, long low) {
        static Digest of(String text) {
            try {
                byte[] bytes = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
                long high = 0;
                long low = 0;
                for (int i = 0; i < Long.BYTES; i++) {
                    high = (high << Byte.SIZE) | (bytes[i] & 0xFF);
                    low = (low << Byte.SIZE) | (bytes[i + Long.BYTES] & 0xFF);
                }
                return new Digest(high, low);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** Which of the events happens next. */
    private interface Chooser {
        int choose(int depth, List<World.Event> events);
    }

    private static Chooser following(List<Integer> choices) {
        return (depth, events) -> depth < choices.size() ? Math.floorMod(choices.get(depth), events.size()) : 0;
    }

    /**
     * Lets an actor that is ahead stay ahead for a while, as errors need one that is slow, and other ones that do much
     * meanwhile: each has a priority by chance, which changes now and then. How often, and how often something fails,
     * differs from schedule to schedule.
     */
    private static final class ByPriority implements Chooser {
        private static final Pattern WHO =
                Pattern.compile("^((?:control|controller|repair) \\d|mirror of \\w+|\\S+).*");
        private static final int[] CHANGES_ONE_IN = {6, 12, 40, 150};
        private static final int[] FAILS_ONE_IN = {5, 20, 80};

        private final SplittableRandom random;
        private final Map<String, Integer> priorities = new HashMap<>();
        private final int changesOneIn;
        private final int failsOneIn;

        ByPriority(SplittableRandom random) {
            this.random = random;
            changesOneIn = CHANGES_ONE_IN[random.nextInt(CHANGES_ONE_IN.length)];
            failsOneIn = FAILS_ONE_IN[random.nextInt(FAILS_ONE_IN.length)];
        }

        @Override
        public int choose(int depth, List<World.Event> events) {
            int best = 0;
            int highest = -1;
            for (int i = 0; i < events.size(); i++) {
                World.Event event = events.get(i);
                String who = WHO.matcher(event.name()).replaceFirst("$1") + (event.isProgress() ? "" : "!");
                if (random.nextInt(changesOneIn) == 0) {
                    priorities.remove(who);
                }
                int priority = priorities.computeIfAbsent(who, w -> random.nextInt(1_000));
                if (!event.isProgress()) {
                    priority = random.nextInt(failsOneIn) == 0 ? 1_000 + random.nextInt(1_000) : 0;
                }
                if (priority > highest) {
                    highest = priority;
                    best = i;
                }
            }
            return best;
        }
    }

    private final Scope scope;
    private final Set<Digest> seen = new HashSet<>();
    private final List<Integer> choices = new ArrayList<>();
    private final List<Integer> options = new ArrayList<>();
    private List<String> trace = new ArrayList<>();
    private int schedules;
    private boolean whole;

    private Explorer(Scope scope) {
        this.scope = scope;
    }

    /** All orders of events; ends at the first that goes wrong, and makes it as short as it can. */
    static Result all(Scope scope) {
        return upTo(scope, Integer.MAX_VALUE);
    }

    /** The same, but at most so many schedules. */
    static Result upTo(Scope scope, int schedules) {
        return new Explorer(scope).exploreAll(schedules);
    }

    /** Something that goes wrong: first by so many schedules drawn by chance, then by all orders of events. */
    static Result find(Scope scope, int byChance) {
        Result random = random(scope, 1, byChance);
        return random.isClean() ? upTo(scope, MOST_TO_FIND).after(random) : random;
    }

    /** Orders of events drawn by chance; ends at the first that goes wrong, and makes it as short as it can. */
    static Result random(Scope scope, long seed, int schedules) {
        return new Explorer(scope).exploreAtRandom(new SplittableRandom(seed), schedules);
    }

    /** One order of events, by their names; when they have happened, the first of those that can happen continues. */
    static Result along(Scope scope, List<String> names) {
        Explorer explorer = new Explorer(scope);
        long start = System.nanoTime();
        List<String> problems = explorer.run(along(names), false);
        return problems.isEmpty() ? explorer.result(start, problems) : explorer.shrunk(start);
    }

    /**
     * The same, but what cannot happen is left out: the nearest order of events to a trace that was made by other code.
     */
    static Result near(Scope scope, List<String> names) {
        Explorer explorer = new Explorer(scope);
        long start = System.nanoTime();
        return explorer.result(start, explorer.run(near(names), false));
    }

    private static Chooser near(List<String> names) {
        List<String> wanted = new ArrayList<>(names);
        return (depth, events) -> {
            List<String> possible = events.stream().map(World.Event::name).toList();
            for (int left = 0; left < Math.min(wanted.size(), MOST_LEFT_OUT); left++) {
                int chosen = possible.indexOf(wanted.get(left));
                if (chosen >= 0) {
                    wanted.subList(0, left + 1).clear();
                    return chosen;
                }
            }
            return 0;
        };
    }

    private static Chooser along(List<String> names) {
        return (depth, events) -> {
            if (depth >= names.size()) {
                return 0;
            }
            List<String> possible = events.stream().map(World.Event::name).toList();
            int chosen = possible.indexOf(names.get(depth));
            if (chosen < 0) {
                throw new IllegalStateException(
                        "'" + names.get(depth) + "', event " + depth + ", is none of " + possible);
            }
            return chosen;
        };
    }

    /** One order of events. */
    static Result replay(Scope scope, List<Integer> choices) {
        Explorer explorer = new Explorer(scope);
        long start = System.nanoTime();
        List<String> problems = explorer.run(following(choices), false);
        return explorer.result(start, problems);
    }

    private Result exploreAll(int most) {
        long start = System.nanoTime();
        List<String> problems;
        do {
            List<Integer> prefix = List.copyOf(choices);
            problems = run(following(prefix), true);
            whole = problems.isEmpty() && !next();
        } while (problems.isEmpty() && !whole && schedules < most);
        return problems.isEmpty() ? result(start, problems) : shrunk(start);
    }

    private boolean next() {
        int last = choices.size() - 1;
        while (last >= 0 && choices.get(last) + 1 >= options.get(last)) {
            choices.remove(last);
            options.remove(last);
            last--;
        }
        if (last >= 0) {
            choices.set(last, choices.get(last) + 1);
        }
        return last >= 0;
    }

    private Result exploreAtRandom(SplittableRandom random, int most) {
        long start = System.nanoTime();
        List<String> problems = List.of();
        while (problems.isEmpty() && schedules < most) {
            problems = run(new ByPriority(random.split()), false);
        }
        return problems.isEmpty() ? result(start, problems) : shrunk(start);
    }

    /** Leaves out choices, as long as something goes wrong still. */
    private Result shrunk(long start) {
        Result result = replay(scope, List.copyOf(choices));
        int from = choices.size() > LONGEST_SHRUNK ? -1 : choices.size() - 1; // it takes the square of its length
        for (int i = from; i >= 0; i--) {
            if (i < result.choices().size()) {
                List<Integer> shorter = new ArrayList<>(result.choices());
                shorter.remove(i);
                Result again = replay(scope, shorter);
                boolean better = !again.isClean()
                        && again.trace().size() <= result.trace().size();
                result = better ? again : result;
            }
        }
        return new Result(
                scope,
                seen.size(),
                schedules,
                Duration.ofNanos(System.nanoTime() - start),
                false,
                result.problems(),
                result.choices(),
                result.trace());
    }

    private Result result(long start, List<String> problems) {
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        return new Result(
                scope, seen.size(), schedules, time, whole, problems, List.copyOf(choices), List.copyOf(trace));
    }

    /** Follows choices as far as they go. Returns what went wrong. */
    private List<String> run(Chooser chooser, boolean prunes) {
        schedules++;
        trace = new ArrayList<>();
        int known = prunes ? choices.size() : 0;
        if (!prunes) {
            choices.clear();
            options.clear();
        }
        try (MDC.MDCCloseable quiet = Baton.quietly();
                World world = new World(scope)) {
            for (int depth = 0; ; depth++) {
                List<World.Event> events = world.events();
                if (events.stream().noneMatch(World.Event::isProgress)) {
                    return world.atRest();
                }
                if (depth >= known) {
                    if (prunes && !seen.add(Digest.of(world.snapshot()))) {
                        return List.of();
                    }
                    options.add(events.size());
                    choices.add(chooser.choose(depth, events));
                }
                World.Event event = events.get(choices.get(depth));
                trace.add(event.name());
                world.happens(event);
                boolean isNew = depth >= known - 1;
                List<String> problems = isNew ? world.problems() : List.of();
                if (!problems.isEmpty()) {
                    return problems;
                }
                if (depth > LONGEST) {
                    return List.of("it does not come to rest");
                }
            }
        } catch (AssertionError e) {
            return List.of(String.valueOf(e.getCause() == null ? e : e.getCause()));
        }
    }
}

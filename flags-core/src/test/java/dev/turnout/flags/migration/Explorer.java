package dev.turnout.flags.migration;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Tries every order of events in a small world, depth first and by replay: a schedule is a list of choices, and a state that was seen before is not
 * gone on from. Larger worlds are searched at random, by a seed.
 */
final class Explorer {
    private static final int LONGEST = 2_000;

    /**
     * What was found.
     *
     * @param states that differ
     * @param schedules that were replayed
     * @param problems of the first schedule with any; empty if there was none
     * @param choices that schedule, to be had again
     * @param trace the same in words
     */
    record Result(
            Scope scope,
            int states,
            int schedules,
            Duration time,
            List<String> problems,
            List<Integer> choices,
            List<String> trace) {
        boolean isClean() {
            return problems.isEmpty();
        }

        /** As a row of a table. */
        String line() {
            return "| " + scope + " | " + states + " | " + schedules + " | " + time.toMillis() + " ms |";
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
     * Lets whoever is ahead stay ahead for a while, as errors need one that is slow, and others that do much meanwhile: each has a priority by
     * chance, which changes now and then.
     */
    private static final class ByPriority implements Chooser {
        private static final int CHANGES_ONE_IN = 12;
        private static final int FAILS_ONE_IN = 10;

        private final SplittableRandom random;
        private final Map<String, Integer> priorities = new HashMap<>();

        ByPriority(SplittableRandom random) {
            this.random = random;
        }

        @Override
        public int choose(int depth, List<World.Event> events) {
            int best = 0;
            int highest = -1;
            for (int i = 0; i < events.size(); i++) {
                World.Event event = events.get(i);
                String who = event.name().replaceFirst(" .*", "") + (event.isProgress() ? "" : "!");
                if (random.nextInt(CHANGES_ONE_IN) == 0) {
                    priorities.remove(who);
                }
                int priority = priorities.computeIfAbsent(who, w -> random.nextInt(1_000));
                if (!event.isProgress()) {
                    priority = random.nextInt(FAILS_ONE_IN) == 0 ? 1_000 + random.nextInt(1_000) : 0;
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

    private Explorer(Scope scope) {
        this.scope = scope;
    }

    /** All orders of events; ends at the first that goes wrong. */
    static Result all(Scope scope) {
        return new Explorer(scope).exploreAll();
    }

    /** Orders of events drawn by chance; ends at the first that goes wrong, and makes it as short as it can. */
    static Result random(Scope scope, long seed, int schedules) {
        return new Explorer(scope).exploreAtRandom(new SplittableRandom(seed), schedules);
    }

    /** One order of events. */
    static Result replay(Scope scope, List<Integer> choices) {
        Explorer explorer = new Explorer(scope);
        long start = System.nanoTime();
        List<String> problems = explorer.run(following(choices), false);
        return explorer.result(start, problems);
    }

    private Result exploreAll() {
        long start = System.nanoTime();
        List<String> problems;
        do {
            List<Integer> prefix = List.copyOf(choices);
            problems = run(following(prefix), true);
        } while (problems.isEmpty() && next());
        return result(start, problems);
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
        List<Integer> best = List.copyOf(choices);
        for (int i = best.size() - 1; i >= 0; i--) {
            List<Integer> shorter = new ArrayList<>(best);
            shorter.remove(i);
            if (!replay(scope, shorter).isClean()) {
                best = shorter;
            }
        }
        Result result = replay(scope, best);
        return new Result(
                scope,
                seen.size(),
                schedules,
                Duration.ofNanos(System.nanoTime() - start),
                result.problems(),
                best,
                result.trace());
    }

    private Result result(long start, List<String> problems) {
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        return new Result(scope, seen.size(), schedules, time, problems, List.copyOf(choices), List.copyOf(trace));
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
        try (World world = new World(scope)) {
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
                List<String> problems = world.happens(event);
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

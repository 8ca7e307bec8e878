package dev.turnout.flags.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Walks a migration about at random, and follows single keys beside it: what happened to each of them, described
 * without slices, merging or ranges. What the position states of a key has to agree with that, or to be more cautious.
 */
class RandomWalkTest {
    private static final int[] SHARES = {0, 1, 50_000, 100_000, 333_333, 500_000, 750_000, 999_999, 1_000_000};
    private static final List<String> COHORTS = List.of("staff", "beta");
    private static final List<String> JOURNALS = List.of("", "shared", "shared", "another");
    private static final EnumSet<Stage> OLD_SIDE = EnumSet.of(Stage.OFF, Stage.DUAL_WRITE, Stage.SHADOW);
    private static final EnumSet<Stage> NEW_SIDE = EnumSet.of(Stage.LIVE, Stage.RAMP_DOWN, Stage.COMPLETE);
    private static final EnumSet<Stage> NOT_DUAL = EnumSet.of(Stage.OFF, Stage.COMPLETE);
    private static final int MOST_VERSIONS_TO_A_GOAL = 8;

    /** One key, and what happened to it. */
    private static final class Key {
        private final int bucket;
        private final @Nullable String cohort;
        private Stage stage;
        private long entered;
        private long enteredDual;
        private boolean onNewSide;
        private String journal = ""; // of the last full sweep
        private final Set<String> journals = new HashSet<>();
        private final Set<Stage> visitedSinceCrossing = EnumSet.noneOf(Stage.class);

        private Key(int bucket, @Nullable String cohort, Stage stage) {
            this.bucket = bucket;
            this.cohort = cohort;
            this.stage = stage;
            entered = 1;
            enteredDual = NOT_DUAL.contains(stage) ? 0 : 1;
            onNewSide = NEW_SIDE.contains(stage);
            if (onNewSide) {
                visitedSinceCrossing.add(Stage.COMPLETE); // unknown, so it may have been there
            }
        }

        Slice sliceIn(Position position) {
            Slice apart = cohort == null ? null : position.cohorts().get(cohort);
            return apart == null ? position.at(bucket) : apart;
        }

        boolean crossesTo(Stage next) {
            return stage == Stage.SYNC && (onNewSide ? OLD_SIDE : NEW_SIDE).contains(next);
        }

        boolean jumpsTo(Stage next) {
            return (OLD_SIDE.contains(stage) && NEW_SIDE.contains(next))
                    || (NEW_SIDE.contains(stage) && OLD_SIDE.contains(next));
        }

        /** Whether everything is known that its next side may lack: then the journal's keys are enough. */
        boolean mayCross(Facts facts) {
            boolean oldIsComplete = facts.versioned() && EnumSet.of(Stage.LIVE).containsAll(visitedSinceCrossing);
            boolean recorded = journals.contains(facts.journal());
            return recorded || (onNewSide && oldIsComplete);
        }

        void enter(Stage next, long version) {
            if (next == stage) {
                return;
            }
            if (NOT_DUAL.contains(next)) {
                enteredDual = 0;
                journal = "";
                journals.clear();
            } else if (NOT_DUAL.contains(stage)) {
                enteredDual = version;
            }
            if (OLD_SIDE.contains(next)) {
                onNewSide = false;
                visitedSinceCrossing.clear();
            } else if (NEW_SIDE.contains(next)) {
                onNewSide = true;
                visitedSinceCrossing.add(next);
            }
            stage = next;
            entered = version;
        }

        void swept(long acknowledged, String recordedIn) {
            if (!NOT_DUAL.contains(stage) && enteredDual <= acknowledged) {
                journal = recordedIn;
                journals.add(recordedIn);
            }
        }

        OldPathState oldPath(boolean versioned) {
            if (visitedSinceCrossing.contains(Stage.COMPLETE)) {
                return OldPathState.ABANDONED;
            }
            boolean behind = visitedSinceCrossing.contains(Stage.RAMP_DOWN)
                    || (!versioned && visitedSinceCrossing.contains(Stage.LIVE));
            return behind ? OldPathState.LAGGING : OldPathState.IN_SYNC;
        }

        @Override
        public String toString() {
            return "key " + bucket + " of " + cohort + " in " + stage + " since " + entered + ", dual since "
                    + enteredDual + (onNewSide ? ", new side" : ", old side") + ", journal '" + journal + "'"
                    + ", visited " + visitedSinceCrossing;
        }
    }

    private final Map<Slice, Boolean> gateAnswers = new HashMap<>();
    private final List<Key> keys = new ArrayList<>();
    private Random random;
    private Facts facts;
    private MigrationState state;
    private int openTenths;

    private void begin(long seed, boolean withVersions) {
        random = new Random(seed);
        facts = new Facts(withVersions, "shared", this::blockers);
        Stage first = random(Stage.values());
        state = MigrationState.startingAt("orders", first);
        Set<Integer> buckets = new HashSet<>();
        for (int share : SHARES) {
            buckets.add(Math.max(0, share - 1));
            buckets.add(Math.min(999_999, share));
        }
        keys.clear();
        for (int bucket : buckets) {
            keys.add(new Key(bucket, null, first));
            COHORTS.forEach(cohort -> keys.add(new Key(bucket, cohort, first)));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, true", "2, true", "3, true", "4, true", "11, false", "12, false", "13, false", "14, false"})
    void each_position_follows_from_the_one_before_and_knows_what_happened(long seed, boolean withVersions) {
        begin(seed, withVersions);
        for (int i = 0; i < 4_000; i++) {
            openTenths = random.nextInt(11);
            gateAnswers.clear();
            switch (random.nextInt(9)) {
                case 0, 1 -> wantSomething();
                case 2 -> sweep(random.nextInt((int) state.version() + 1));
                case 3 -> moveDirectly();
                case 4 -> facts = new Facts(withVersions, JOURNALS.get(random.nextInt(4)), this::blockers);
                default -> advance();
            }
        }
        assertThat(state.version()).isGreaterThan(500);
    }

    @ParameterizedTest
    @CsvSource({"21, true", "22, true", "23, true", "31, false", "32, false", "33, false"})
    void each_goal_is_reached_in_a_few_versions_once_gates_are_open_and_sweeps_finish(long seed, boolean withVersions) {
        begin(seed, withVersions);
        for (int i = 0; i < 1_000; i++) {
            openTenths = random.nextInt(10);
            for (int step = random.nextInt(6); step > 0; step--) { // get stuck somewhere
                gateAnswers.clear();
                wantSomething();
                advance();
            }
            openTenths = 10;
            wantSomething();
            int versions = 0;
            while (!state.isAtGoal()) {
                gateAnswers.clear();
                MigrationState before = state;
                sweep(state.version());
                advance();
                assertThat(++versions)
                        .as("%s to %s", before.position(), before.goal())
                        .isLessThanOrEqualTo(MOST_VERSIONS_TO_A_GOAL);
            }
            keys.forEach(this::assertIsWhereItIsWanted);
        }
    }

    private void assertIsWhereItIsWanted(Key key) {
        Goal goal = state.goal();
        Stage own = key.cohort == null ? null : goal.cohorts().get(key.cohort);
        Stage wanted = own != null ? own : key.bucket < goal.sharePpm() ? goal.stage() : null;
        boolean carriedAlong = key.cohort != null && state.position().cohorts().containsKey(key.cohort) && own == null;
        boolean right = carriedAlong
                ? key.stage != Stage.SYNC || (goal.stage() == Stage.SYNC && goal.sharePpm() == 1_000_000)
                : wanted != null
                        ? key.stage == wanted
                        : key.stage.compareTo(goal.stage().before()) <= 0 && key.stage != Stage.SYNC;
        if (!right) {
            fail("%s: %s", goal, key);
        }
    }

    private void wantSomething() {
        Goal goal = Goal.of(random(Stage.values()), random.nextBoolean() ? 1_000_000 : SHARES[random.nextInt(9)]);
        for (String cohort : COHORTS) {
            boolean canBeApart = state.position().cohorts().containsKey(cohort)
                    || state.position().ranges().size() == 1;
            if (canBeApart && random.nextInt(3) == 0) {
                goal = goal.with(cohort, random(Stage.values()));
            }
        }
        state = state.withGoal(goal);
    }

    private void advance() {
        Set<Blocker> asked = new LinkedHashSet<>();
        MigrationState next = state.advanced(new Facts(facts.versioned(), facts.journal(), slice -> {
            asked.addAll(blockers(slice));
            return blockers(slice);
        }));
        assertThat(state.blockers(facts))
                .as("what stops slices, in their order")
                .containsExactlyElementsOf(asked);
        follow(next);
    }

    private void moveDirectly() {
        Goal wanted = Goal.of(random(Stage.values()), SHARES[random.nextInt(9)]);
        List<Blocker> blockers = state.blockers(wanted, facts);
        try {
            MigrationState moved = state.moved(wanted, facts);
            assertThat(blockers).isEmpty();
            follow(moved);
            if (!moved.isAtGoal()) {
                fail("moved to %s, but is at %s", wanted, moved.position());
            }
        } catch (IllegalMoveException e) {
            assertThat(e.blockers()).isEqualTo(blockers).isNotEmpty();
        }
    }

    private void sweep(long acknowledged) {
        if (facts.journal().isEmpty()) {
            return; // such a sweep cannot begin
        }
        MigrationState before = state;
        state = state.swept(acknowledged, facts.journal());
        keys.forEach(key -> key.swept(acknowledged, facts.journal()));
        assertThat(before.blockersOfNext(state)).isEmpty();
        keys.forEach(key -> assertKnows(state.position(), key));
    }

    private List<Blocker> blockers(Slice slice) {
        boolean open = slice.sweepToCross(facts) != SweepScope.EVERYTHING
                && gateAnswers.computeIfAbsent(slice, any -> random.nextInt(10) < openTenths);
        return open ? List.of() : List.of(new Blocker.Custom("not now: " + slice));
    }

    private void follow(MigrationState next) {
        MigrationState before = state;
        assertThat(next.version() - before.version()).isEqualTo(next.position().equals(before.position()) ? 0 : 1);
        assertThat(before.blockersOfNext(next)).isEmpty();
        for (Key key : keys) {
            Slice from = key.sliceIn(before.position());
            Stage to = key.sliceIn(next.position()).stage();
            if (key.stage != from.stage() || key.jumpsTo(to)) {
                fail("%s jumped to %s%n%s%n%s", key, to, before, next);
            }
            if (key.crossesTo(to) && (!blockers(from).isEmpty() || !key.mayCross(facts))) {
                fail("%s switched to %s past the gate%n%s%n%s", key, to, before, next);
            }
            boolean begins = to == Stage.SYNC && key.stage != Stage.SYNC;
            boolean onlyPasses =
                    next.goal().stage() != Stage.SYNC && !next.goal().cohorts().containsValue(Stage.SYNC);
            if (begins && onlyPasses && (!blockers(from).isEmpty() || !key.mayCross(facts))) {
                fail("%s entered SYNC past the gate%n%s%n%s", key, before, next);
            }
            key.enter(to, next.version());
            assertKnows(next.position(), key);
        }
        state = next;
    }

    /** What the position states of a key is true, or more cautious than the truth, but never of the future. */
    private void assertKnows(Position position, Key key) {
        Slice slice = key.sliceIn(position);
        boolean right = slice.stage() == key.stage
                && slice.cameFrom() == (key.onNewSide ? Side.NEW : Side.OLD)
                && slice.since() >= key.entered
                && slice.since() <= state.version() + 1
                && (slice.dualSince() == 0) == NOT_DUAL.contains(key.stage)
                && slice.dualSince() >= key.enteredDual
                && slice.dualSince() <= slice.since()
                && (slice.journal().isEmpty() || key.journals.contains(slice.journal()))
                && slice.oldPath().compareTo(key.oldPath(facts.versioned())) >= 0;
        if (!right) {
            fail("%s%n  but %s", key, slice);
        }
    }

    private Stage random(Stage[] stages) {
        return stages[random.nextInt(stages.length)];
    }

    /** Where all keys move together, nothing is merged, and what the position states is exact. */
    @ParameterizedTest
    @CsvSource({"41, true", "42, true", "51, false", "52, false"})
    void what_a_position_says_of_keys_that_move_together_is_exact(long seed, boolean withVersions) {
        begin(seed, withVersions);
        Key key = keys.get(0);
        for (int i = 0; i < 6_000; i++) {
            openTenths = 7;
            gateAnswers.clear();
            if (random.nextInt(4) == 0) {
                state = state.withGoal(Goal.of(random(Stage.values())));
            }
            if (random.nextInt(4) == 0) {
                sweep(random.nextInt((int) state.version() + 1));
            } else {
                advance();
            }

            assertThat(state.position().isUniform()).isTrue();
            assertThat(state.position().at(0))
                    .isEqualTo(new Slice(
                            key.stage,
                            key.entered,
                            key.enteredDual,
                            key.onNewSide ? Side.NEW : Side.OLD,
                            key.journal,
                            key.oldPath(facts.versioned())));
        }
        assertThat(state.version()).isGreaterThan(500);
    }
}

package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.repair.Difference;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class VersionedRoutingTest {
    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private Rig rig = new Rig(Stage.OFF);

    private Migration<Integer, String> at(Stage stage) {
        rig = new Rig(stage);
        return rig.migration(oldPath, newPath);
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @ParameterizedTest
    @CsvSource({"OFF, old", "DUAL_WRITE, old", "SHADOW, old", "LIVE, new", "RAMP_DOWN, new", "COMPLETE, new"})
    void each_stage_reads_its_authority(Stage stage, String authority) {
        oldPath.seed(1, "old");
        newPath.seed(1, "new");

        Migration<Integer, String> migration = at(stage);

        assertThat(migration.get(1)).contains(authority);
        assertThat(migration.read(1, () -> "old", () -> "new")).isEqualTo(authority);
        assertThat(migration.stageOf(1)).isEqualTo(stage);
    }

    @ParameterizedTest
    @CsvSource({
        "OFF, old write b",
        "DUAL_WRITE, old write b;new write b",
        "SHADOW, old write b;new write b",
        "SYNC, old write b;new write b",
        "LIVE, old write b;new write b",
        "RAMP_DOWN, new write b;old write b",
        "COMPLETE, new write b"
    })
    void each_stage_writes_in_its_order(Stage stage, String writes) {
        oldPath.seed(1, "a");
        newPath.seed(1, "a");
        Migration<Integer, String> migration = at(stage);

        migration.put(1, "b");
        migration.close(); // lets the mirror end

        oldPath.calls.addAll(newPath.calls);
        assertThat(oldPath.calls).containsExactlyInAnyOrder(writes.split(";"));
        assertThat(rig.journal.keys()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        // stage, path that is down for writes, what the caller sees, keys left to repair
        "OFF,        old, thrown,       0",
        "OFF,        new, acknowledged, 0",
        "DUAL_WRITE, old, thrown,       1",
        "DUAL_WRITE, new, acknowledged, 1",
        "SHADOW,     old, thrown,       1",
        "SHADOW,     new, acknowledged, 1",
        "SYNC,       old, thrown,       1",
        "SYNC,       new, uncertain,    1",
        "LIVE,       old, thrown,       1",
        "LIVE,       new, uncertain,    1",
        "RAMP_DOWN,  old, acknowledged, 1",
        "RAMP_DOWN,  new, thrown,       1",
        "COMPLETE,   old, acknowledged, 0",
        "COMPLETE,   new, thrown,       0",
    })
    void a_write_is_acknowledged_when_the_paths_of_its_stage_took_it(
            Stage stage, String down, String outcome, int leftToRepair) {
        oldPath.seed(1, "a");
        newPath.seed(1, "a");
        (down.equals("old") ? oldPath : newPath).failWrites();
        Migration<Integer, String> migration = at(stage);

        switch (outcome) {
            case "acknowledged" -> migration.put(1, "b");
            case "uncertain" ->
                assertThatThrownBy(() -> migration.put(1, "b")).isInstanceOf(UncertainWriteException.class);
            default -> assertThatThrownBy(() -> migration.put(1, "b")).hasMessage("down");
        }
        migration.close();

        assertThat(rig.journal.depth()).isEqualTo(leftToRepair);
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void a_write_that_could_not_read_the_versions_leaves_no_trace(Stage stage) {
        oldPath.fail();
        newPath.fail();
        Migration<Integer, String> migration = at(stage);

        assertThatThrownBy(() -> migration.put(1, "b"))
                .isInstanceOf(UnavailableException.class)
                .hasRootCauseMessage("down")
                .satisfies(e -> assertThat(WriteOutcome.of(e)).isEqualTo(WriteOutcome.NOT_APPLIED));

        assertThat(rig.journal.keys()).isEmpty();
    }

    @Test
    void the_key_is_recorded_before_the_first_write_so_that_a_crash_between_the_writes_leaves_a_trace() {
        Migration<Integer, String> migration = at(Stage.DUAL_WRITE);
        oldPath.before = call -> {
            if (call.equals("write")) {
                assertThat(rig.journal.keys()).containsExactly(1);
            }
        };

        migration.put(1, "a");

        assertThat(oldPath.value(1)).contains("a");
    }

    @ParameterizedTest
    @CsvSource({"OFF", "SHADOW", "SYNC", "LIVE"})
    void a_write_that_an_update_was_faster_than_comes_after_it_and_is_not_undone_unseen(Stage stage) {
        oldPath.seed(1, "a");
        newPath.seed(1, "a");
        Migration<Integer, String> migration = at(stage);
        Version high = new Version(1, Long.MAX_VALUE);
        oldPath.before = call -> {
            oldPath.before = again -> {
                if (again.equals("write")) {
                    oldPath.recover();
                    assertThat(oldPath.replace(1, Version.FIRST, Versioned.of(high, "a, updated")))
                            .isTrue();
                }
            };
        };

        migration.put(1, "b");

        assertThat(oldPath.value(1)).contains("b");
    }

    @Test
    void two_writers_whose_mirror_writes_pass_each_other_end_equal() {
        Version low = Version.FIRST.next(() -> 1);
        Version high = low.next(() -> 1);

        newPath.writeIfNewer(1, Versioned.of(high, "second"));
        newPath.writeIfNewer(1, Versioned.of(low, "first"));

        assertThat(newPath.value(1)).contains("second");
    }

    @Test
    void a_read_in_sync_brings_the_lagging_path_up_before_it_answers() {
        Migration<Integer, String> migration = at(Stage.SYNC);
        oldPath.records.put(1, Versioned.of(new Version(2, 0), "newer"));
        newPath.records.put(1, Versioned.of(new Version(1, 0), "older"));

        assertThat(migration.get(1)).contains("newer");

        assertThat(newPath.value(1)).contains("newer");
    }

    @Test
    void a_read_in_sync_fails_when_the_lagging_path_can_not_be_brought_up() {
        Migration<Integer, String> migration = at(Stage.SYNC);
        oldPath.records.put(1, Versioned.of(new Version(2, 0), "newer"));
        newPath.failWrites();

        assertThatThrownBy(() -> migration.get(1)).hasMessage("down");
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"SYNC", "LIVE"})
    void a_new_version_is_above_those_of_both_paths(Stage stage) {
        newPath.records.put(1, Versioned.of(new Version(7, 0), "written in COMPLETE"));
        Migration<Integer, String> migration = at(stage);

        migration.put(1, "later");

        assertThat(oldPath.value(1)).contains("later");
        assertThat(newPath.value(1)).contains("later");
        assertThat(newPath.read(1).version().counter()).isEqualTo(8);
    }

    @Test
    void a_deleted_record_leaves_a_tombstone_that_a_late_copy_can_not_pass() {
        oldPath.seed(1, "a");
        Migration<Integer, String> migration = at(Stage.DUAL_WRITE);

        migration.delete(1);
        migration.close();
        newPath.writeIfNewer(1, Versioned.of(Version.FIRST, "a")); // the backfill had read it before

        assertThat(migration.node().state().revision()).isPositive();
        assertThat(newPath.value(1)).isEmpty();
        assertThat(newPath.read(1).version().counter()).isEqualTo(1);
    }

    @Test
    void a_mirror_that_hangs_delays_no_caller_and_what_does_not_fit_is_left_to_repair() {
        CountDownLatch hang = new CountDownLatch(1);
        newPath.before = call -> awaitQuietly(hang);
        Migration<Integer, String> migration = at(Stage.DUAL_WRITE);

        IntStream.range(0, 3_000).forEach(key -> migration.put(key, "a")); // returns, although nothing was mirrored

        assertThat(newPath.records).isEmpty();
        assertThat(rig.journal.depth()).isGreaterThan(1_000);
        hang.countDown();
        Rig.eventually(() -> rig.journal.keys().isEmpty());
        assertThat(newPath.records.keySet()).hasSize(3_000);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void a_failed_mirror_write_is_repaired_from_the_authority_as_soon_as_the_mirror_works_again() {
        newPath.fail();
        Migration<Integer, String> migration = at(Stage.SHADOW);
        migration.put(1, "first");
        migration.put(1, "second");
        migration.delete(2);

        newPath.recover();

        Rig.eventually(() -> rig.journal.keys().isEmpty());
        assertThat(newPath.value(1)).contains("second");
        assertThat(newPath.read(2).version()).isEqualTo(oldPath.read(2).version());
    }

    @Test
    void update_is_repeated_when_somebody_writes_between_its_read_and_its_write() {
        oldPath.seed(1, "a");
        Migration<Integer, String> migration = at(Stage.SHADOW);
        int[] attempts = {0};

        var result = migration.update(1, value -> {
            if (attempts[0]++ == 0) {
                oldPath.writeIfNewer(1, Versioned.of(new Version(5, 5), "b"));
            }
            return value + "!";
        });

        assertThat(result).contains("b!");
        assertThat(oldPath.value(1)).contains("b!");
        assertThat(attempts[0]).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void update_reaches_the_paths_of_its_stage_and_leaves_what_is_absent(Stage stage) {
        oldPath.seed(1, "a");
        newPath.seed(1, "a");
        Migration<Integer, String> migration = at(stage);

        assertThat(migration.update(1, value -> value + "!")).contains("a!");
        assertThat(migration.update(2, value -> value + "!")).isEmpty();
        migration.close();

        assertThat(oldPath.value(1)).contains(stage == Stage.COMPLETE ? "a" : "a!");
        assertThat(newPath.value(1)).contains(stage == Stage.OFF ? "a" : "a!");
        assertThat(oldPath.value(2)).isEmpty();
        assertThat(rig.journal.keys()).isEmpty();
    }

    /** Hazard 20: the function makes another record at each call, as one does that counts, draws lots or asks the time. */
    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"DUAL_WRITE", "SHADOW", "SYNC", "LIVE", "RAMP_DOWN"})
    void update_gives_both_paths_one_record_although_its_function_makes_another_each_time(Stage stage) {
        oldPath.seed(1, "a");
        newPath.seed(1, "a");
        Migration<Integer, String> migration = at(stage);
        AtomicInteger calls = new AtomicInteger();
        MapPath first = stage == Stage.RAMP_DOWN ? newPath : oldPath;
        first.before = call -> {
            if (call.equals("replace") && calls.get() == 1) { // another write is faster, and so it is called again
                first.recover();
                first.writeIfNewer(1, Versioned.of(new Version(5, 5), "b"));
            }
        };

        Optional<String> result = migration.update(1, value -> value + " " + calls.incrementAndGet());
        migration.close(); // lets the mirror end

        assertThat(calls).as("how often it was called").hasValueGreaterThan(1);
        assertThat(oldPath.value(1)).isEqualTo(result).contains("b " + calls.get());
        assertThat(newPath.read(1)).isEqualTo(oldPath.read(1));
        assertThat(rig.journal.keys()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"SHADOW, a, b, DIFFERENT", "LIVE, a, b, DIFFERENT", "SHADOW, a, , MISSING", "SHADOW, , b, EXTRA"})
    void a_comparison_finds_what_differs_still_after_a_delay(
            Stage stage, String old, String now, Difference.Kind kind) {
        if (old != null) {
            oldPath.seed(1, old);
        }
        if (now != null) {
            newPath.seed(1, now);
        }
        Migration<Integer, String> migration = at(stage);
        MigrationSampler sampler = migration.sampler();

        migration.get(1);

        Rig.eventually(() -> !migration.recentDifferences().isEmpty());
        assertThat(migration.recentDifferences()).containsExactly(new Difference<>(1, kind));
        MigrationSample sample = sampler.next();
        assertThat(sample.compared()).isEqualTo(1);
        assertThat(sample.different()).isEqualTo(1);
    }

    @Test
    void what_differs_when_the_other_path_need_not_agree_any_more_is_no_difference() {
        newPath.seed(1, "written by the new path alone");
        oldPath.seed(1, "older");
        Migration<Integer, String> migration = at(Stage.LIVE);
        MigrationSampler sampler = migration.sampler();
        oldPath.after = call ->
                rig.publish(rig.state().moved(Goal.of(Stage.RAMP_DOWN), new Facts(true, "", slice -> List.of())));

        migration.get(1);

        long[] notCompared = {0};
        Rig.eventually(() -> (notCompared[0] += sampler.next().notCompared()) == 1);
        assertThat(migration.recentDifferences()).isEmpty();
    }

    @Test
    void a_comparison_does_not_report_what_settles() {
        oldPath.seed(1, "a");
        Migration<Integer, String> migration = at(Stage.SHADOW);
        MigrationSampler sampler = migration.sampler();
        newPath.after = call -> newPath.seed(1, "a"); // the mirror write arrives after the first look

        migration.get(1);

        long[] compared = {0};
        Rig.eventually(() -> (compared[0] += sampler.next().compared()) == 1);
        assertThat(migration.recentDifferences()).isEmpty();
    }

    @Test
    void a_comparison_that_can_not_read_is_counted_and_goes_no_further() {
        oldPath.seed(1, "a");
        newPath.fail();
        Migration<Integer, String> migration = at(Stage.SHADOW);
        MigrationSampler sampler = migration.sampler();

        assertThat(migration.get(1)).contains("a");

        long[] notCompared = {0};
        Rig.eventually(() -> (notCompared[0] += sampler.next().notCompared()) == 1);
    }

    @Test
    void only_the_chosen_share_of_the_keys_is_compared() {
        rig = new Rig(Stage.SHADOW);
        Migration<Integer, String> migration =
                rig.opened(rig.builder(oldPath, newPath).compare(0).build(rig.flags()));
        oldPath.seed(1, "a");
        newPath.fail();

        assertThat(migration.get(1)).contains("a");
        migration.close();

        assertThat(migration.sampler().next().notCompared()).isZero();
    }

    @Test
    void a_mapping_error_is_reported_and_not_repaired() {
        Migration<Integer, String> migration = at(Stage.SHADOW);
        oldPath.records.put(1, Versioned.of(new Version(3, 3), "a"));
        newPath.records.put(1, Versioned.of(new Version(3, 3), "b"));

        assertThatThrownBy(() -> migration.reconciler().reconcile(1, dev.turnout.flags.stage.Side.OLD))
                .hasMessageContaining("the mapping between them is wrong");

        assertThat(newPath.value(1)).contains("b");
    }

    @Test
    void a_closed_migration_refuses_and_has_left_the_fleet() {
        Migration<Integer, String> migration = at(Stage.OFF);

        migration.close();
        migration.close();

        assertThatThrownBy(() -> migration.get(1)).hasMessageContaining("is closed on node");
        assertThat(rig.fleet.members(Rig.NAME)).isEmpty();
    }
}

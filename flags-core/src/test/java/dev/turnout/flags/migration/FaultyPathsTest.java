package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.Flags;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.testing.SettableTime;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** How often, and on what, the writes of callers wait and fail, beside those of the bare paths. */
class FaultyPathsTest {
    private static final double FAULTS = 0.02;
    private static final int WRITES = 100_000;
    private static final long SEED = 20_260_101;

    private final Thread caller = Thread.currentThread();
    private final MapPath oldPath = new MapPath("old");
    private final MapPath newPath = new MapPath("new");
    private Rig rig = new Rig(Stage.OFF);

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private MigrationBuilder<Integer, String> at(Stage stage) throws Exception {
        rig.close();
        rig = new Rig(stage);
        return rig.builder(oldPath, newPath);
    }

    /** Of the caller's calls alone: those beside it have no order that a seed could give again. */
    private void failSometimes(SplittableRandom random) {
        for (MapPath path : List.of(oldPath, newPath)) {
            Consumer<String> sometimes = call -> {
                if (Thread.currentThread() == caller && random.nextDouble() < FAULTS / 2) {
                    throw MapPath.down();
                }
            };
            path.before = sometimes; // without effect
            path.after = sometimes; // or after it
        }
    }

    private int failures(Runnable write) {
        int failed = 0;
        for (int i = 0; i < WRITES; i++) {
            try {
                write.run();
            } catch (RuntimeException e) {
                failed++;
            }
        }
        return failed;
    }

    @ParameterizedTest
    @CsvSource({"OFF, 1", "DUAL_WRITE, 1", "SHADOW, 1", "SYNC, 2", "LIVE, 2", "RAMP_DOWN, 1", "COMPLETE, 1"})
    void a_write_fails_hardly_more_often_than_those_of_the_paths_that_it_needs(Stage stage, int needed)
            throws Exception {
        Migration<Integer, String> migration = rig.opened(at(stage).build(rig.flags()));
        failSometimes(new SplittableRandom(SEED));
        int[] key = {0};
        int failed = failures(() -> migration.put(key[0]++, "a"));

        failSometimes(new SplittableRandom(SEED));
        Versioned<String> record = Versioned.of(Version.FIRST, "a");
        int bare = failures(() -> {
            oldPath.writeIfNewer(-1, record);
            if (needed == 2) {
                newPath.writeIfNewer(-1, record);
            }
        });

        assertThat(bare).isBetween((int) (needed * FAULTS * WRITES * 0.9), (int) (needed * FAULTS * WRITES * 1.1));
        assertThat((double) failed / bare).isLessThan(1.1);
    }

    private List<String> callsOfCaller() {
        List<String> calls = new CopyOnWriteArrayList<>();
        for (MapPath path : List.of(oldPath, newPath)) {
            path.before = call -> {
                if (Thread.currentThread() == caller) {
                    calls.add(path.name + " " + call);
                }
            };
        }
        return calls;
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"SYNC", "LIVE"})
    void a_write_that_needs_both_paths_waits_for_the_old_one_once(Stage stage) throws Exception {
        Migration<Integer, String> migration = rig.opened(at(stage).build(rig.flags()));
        List<String> calls = callsOfCaller();

        migration.put(1, "a");
        assertThat(calls).containsExactly("new read", "old write", "new write");

        oldPath.records.put(2, Versioned.of(new Version(7, 7), "of a node in SHADOW, not mirrored yet"));
        calls.clear();
        migration.put(2, "b");
        assertThat(calls).containsExactly("new read", "old write", "new read", "old read", "old write", "new write");
        assertThat(oldPath.read(2)).isEqualTo(newPath.read(2));
        assertThat(newPath.value(2)).contains("b");
    }

    @Test
    void without_versions_a_write_in_live_waits_for_the_old_path_once_and_settles_beside_its_caller() throws Exception {
        PlainMapPath old = new PlainMapPath();
        PlainMapPath now = new PlainMapPath();
        rig.close();
        rig = new Rig(Stage.LIVE);
        Migration<Integer, String> migration = rig.migration(old, now);
        List<String> calls = new CopyOnWriteArrayList<>();
        List<String> beside = new CopyOnWriteArrayList<>();
        old.before = call -> (Thread.currentThread() == caller ? calls : beside).add("old " + call);
        now.before = call -> (Thread.currentThread() == caller ? calls : beside).add("new " + call);

        assertThat(migration.put(1, "a")).isEqualTo(WriteOutcome.APPLIED);

        assertThat(calls).containsExactly("old put", "new put");
        Rig.eventually(() -> rig.journal.keys().isEmpty());
        assertThat(beside).containsExactly("old get");
    }

    @Test
    void a_read_of_a_version_that_fails_twice_or_slowly_fails_the_write() throws Exception {
        Duration[] takes = {Duration.ZERO};
        SettableTime time = new SettableTime("2026-01-01T00:00:00Z");
        at(Stage.SHADOW);
        Migration<Integer, String> migration = rig.opened(rig.builder(oldPath, newPath)
                .build(rig.opened(Flags.builder(rig.store)
                        .node("n")
                        .fleet(rig.fleet)
                        .time(time)
                        .build())));
        int[] reads = {0};
        oldPath.before = call -> {
            reads[0]++;
            time.pass(takes[0]);
            throw MapPath.down();
        };

        assertThatThrownBy(() -> migration.put(1, "a")).isInstanceOf(UnavailableException.class);
        assertThat(reads[0]).isEqualTo(2);
        takes[0] = Duration.ofMillis(101);
        assertThatThrownBy(() -> migration.put(1, "a")).isInstanceOf(UnavailableException.class);
        assertThat(reads[0]).isEqualTo(3);
        assertThat(rig.journal.keys()).isEmpty();
    }
}

package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.Flags;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.threads.OwnThread;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainRoutingTest {
    private final PlainMapPath oldPath = new PlainMapPath();
    private final PlainMapPath newPath = new PlainMapPath();
    private Rig rig = new Rig(Stage.OFF);

    private Migration<Integer, String> at(Stage stage) {
        rig = new Rig(stage);
        return rig.migration(oldPath, newPath);
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    @Test
    void a_write_in_live_that_the_old_path_lacks_is_told_as_left_to_repair_and_counted() {
        Migration<Integer, String> migration = at(Stage.LIVE);
        MigrationSampler sampler = migration.sampler();
        oldPath.before = call -> {
            throw MapPath.down();
        };

        assertThat(migration.put(1, "a")).isEqualTo(WriteOutcome.MIRROR_PENDING);

        assertThat(sampler.next().mirrorFailed()).isEqualTo(1);
        oldPath.before = call -> {};
        Rig.eventually(() -> oldPath.records.containsKey(1));
    }

    @Test
    void a_read_by_functions_that_never_agree_in_sync_ends_with_its_time() {
        rig = new Rig(Stage.SYNC);
        Migration<Integer, String> migration = rig.opened(
                rig.builder(oldPath, newPath).deadline(Duration.ofMillis(20)).build(rig.flags()));
        AtomicInteger reads = new AtomicInteger();

        assertThatThrownBy(() -> migration.read(1, () -> "old", () -> "new " + reads.incrementAndGet()))
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("did not agree in time");

        assertThat(reads).hasPositiveValue();
    }

    @Test
    void one_path_without_versions_makes_the_pair_plain() {
        rig = new Rig(Stage.OFF);

        assertThat(rig.migration(oldPath, new MapPath("new")).isVersioned()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "OFF, old",
        "DUAL_WRITE, old new",
        "SHADOW, old new",
        "LIVE, old new",
        "RAMP_DOWN, old new",
        "COMPLETE, new"
    })
    void each_stage_writes_to_its_paths(Stage stage, String written) {
        Migration<Integer, String> migration = at(stage);
        oldPath.records.put(2, "x");
        newPath.records.put(2, "x");

        migration.put(1, "a");
        migration.delete(2);
        migration.close();

        assertThat(oldPath.records.containsKey(1)).isEqualTo(written.contains("old"));
        assertThat(oldPath.records.containsKey(2)).isEqualTo(!written.contains("old"));
        assertThat(newPath.records.containsKey(1)).isEqualTo(written.contains("new"));
        assertThat(newPath.records.containsKey(2)).isEqualTo(!written.contains("new"));
        assertThat(rig.journal.keys()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "SHADOW,    old, thrown",
        "SHADOW,    new, acknowledged",
        "LIVE,      old, acknowledged",
        "LIVE,      new, thrown",
        "RAMP_DOWN, old, acknowledged",
        "RAMP_DOWN, new, thrown",
    })
    void a_write_needs_its_authority_alone(Stage stage, String down, String outcome) {
        Migration<Integer, String> migration = at(stage);
        (down.equals("old") ? oldPath : newPath).fail();

        if (outcome.equals("acknowledged")) {
            migration.put(1, "a");
        } else {
            assertThatThrownBy(() -> migration.put(1, "a")).hasMessage("down");
        }
        migration.close();

        assertThat(rig.journal.depth()).isEqualTo(1);
    }

    @Test
    void a_write_waits_while_its_key_crosses_and_goes_by_the_stage_that_follows() throws Exception {
        Migration<Integer, String> migration = at(Stage.SYNC);

        CompletableFuture<Void> write = OwnThread.run(() -> migration.put(1, "a"));
        rig.publish(stateAfterSync(Stage.COMPLETE));

        Rig.get(write);
        assertThat(newPath.records).containsEntry(1, "a");
        assertThat(oldPath.records).isEmpty();
    }

    @Test
    void a_node_whose_writes_wait_hears_that_the_crossing_is_over_from_a_store_that_does_not_tell() throws Exception {
        rig = new Rig(Stage.SYNC);
        Flags flags =
                rig.opened(Flags.builder(silent(rig.store)).fleet(rig.fleet).build());
        Migration<Integer, String> migration =
                rig.opened(rig.builder(oldPath, newPath).build(flags));
        rig.publish(stateAfterSync(Stage.COMPLETE));

        Rig.get(OwnThread.run(() -> migration.put(1, "a")));

        assertThat(newPath.records).containsEntry(1, "a");
    }

    private static FlagStore silent(FlagStore store) {
        return new FlagStore() {
            @Override
            public Snapshot read() {
                return store.read();
            }

            @Override
            public Subscription watch(Consumer<Snapshot> watcher) {
                return () -> {};
            }

            @Override
            public void close() {}
        };
    }

    private MigrationState stateAfterSync(Stage stage) {
        MigrationState state = rig.state();
        return new MigrationState(
                Rig.NAME,
                state.version() + 1,
                state.bucketing(),
                dev.turnout.flags.stage.Position.all(
                        dev.turnout.flags.stage.Slice.startingAt(stage, state.version() + 1)),
                state.goal());
    }

    @Test
    void a_write_that_waits_too_long_is_refused_and_nothing_is_applied() {
        rig = new Rig(Stage.SYNC);
        Migration<Integer, String> migration = rig.opened(
                rig.builder(oldPath, newPath).deadline(Duration.ofMillis(5)).build(rig.flags()));

        assertThatThrownBy(() -> migration.put(1, "a")).isInstanceOf(UnavailableException.class);

        assertThat(oldPath.records).isEmpty();
        assertThat(newPath.records).isEmpty();
        assertThat(rig.fleet.members(Rig.NAME).get(0).acknowledged()).isEqualTo(1);
    }

    @Test
    void a_read_in_sync_answers_only_when_both_paths_agree() {
        rig = new Rig(Stage.SYNC);
        Migration<Integer, String> migration = rig.opened(
                rig.builder(oldPath, newPath).deadline(Duration.ofMillis(5)).build(rig.flags()));
        oldPath.records.put(1, "a");

        assertThatThrownBy(() -> migration.get(1)).isInstanceOf(UnavailableException.class);
        newPath.records.put(1, "a");

        assertThat(migration.get(1)).contains("a");
    }

    @Test
    void a_write_that_another_one_has_passed_is_left_to_repair() {
        Migration<Integer, String> migration = at(Stage.DUAL_WRITE);
        newPath.before = call -> {
            newPath.recover();
            oldPath.records.put(1, "of another node"); // written first here, mirrored before us
        };

        migration.put(1, "ours");

        Rig.eventually(() -> rig.journal.keys().isEmpty() && "of another node".equals(newPath.records.get(1)));
    }

    @Test
    void repair_looks_again_whether_the_source_has_changed_under_it() {
        Migration<Integer, String> migration = at(Stage.DUAL_WRITE);
        oldPath.records.put(1, "a");
        AtomicInteger writes = new AtomicInteger();
        newPath.before = call -> {
            if (call.equals("put") && writes.getAndIncrement() == 0) {
                oldPath.records.put(1, "b");
            }
        };

        migration.reconciler().reconcile(1, Side.OLD);

        assertThat(newPath.records).containsEntry(1, "b");
    }

    @Test
    void repair_copies_from_the_side_on_which_the_write_began() {
        Migration<Integer, String> migration = at(Stage.RAMP_DOWN);
        oldPath.records.put(1, "old");
        oldPath.fail();
        migration.put(1, "new");

        oldPath.recover();

        Rig.eventually(() -> rig.journal.keys().isEmpty());
        assertThat(oldPath.records).containsEntry(1, "new");
        assertThat(newPath.records).containsEntry(1, "new");
    }

    @Test
    void a_live_write_that_can_not_be_looked_at_again_is_acknowledged_and_left_to_repair() {
        Migration<Integer, String> migration = at(Stage.LIVE);
        oldPath.before = call -> {
            if (call.equals("get")) {
                throw MapPath.down();
            }
        };

        migration.put(1, "a");
        migration.close();

        assertThat(rig.journal.depth()).isEqualTo(1);
    }

    @Test
    void update_changes_what_is_there() {
        Migration<Integer, String> migration = at(Stage.SHADOW);
        oldPath.records.put(1, "a");

        assertThat(migration.update(1, value -> value + "!")).contains("a!");
        assertThat(migration.update(2, value -> value + "!")).isEmpty();

        assertThat(oldPath.records).containsEntry(1, "a!").doesNotContainKey(2);
    }
}

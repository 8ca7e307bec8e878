package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.Flags;
import dev.turnout.flags.spi.PathFence;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.threads.OwnThread;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Operations inside a path, or inside the function of an update. */
class NestedOperationTest {
    private static final PathFence OPEN = new PathFence() {
        @Override
        public void close(long below) {}

        @Override
        public void refuse(String member) {}
    };

    private final SteppedFleet fleet = new SteppedFleet(Stage.OFF);
    private final PlainMapPath oldPath = new PlainMapPath();
    private final PlainMapPath newPath = new PlainMapPath();

    @AfterEach
    void close() throws Exception {
        fleet.close();
    }

    private SteppedFleet.Node plainNode() {
        return fleet.node("node", fleet.rig.builder(oldPath, newPath), builder -> builder);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An operation has begun in SHADOW, and SYNC is published while it is inside. */
    private String during(SteppedFleet.Node node, CompletableFuture<String> operation, CountDownLatch go)
            throws Exception {
        try {
            fleet.want(Goal.of(Stage.LIVE));
            node.report();
            fleet.rig.controller(node.migration()).step();
            assertThat(node.migration().stageOf(1)).isEqualTo(Stage.SYNC);
        } finally {
            go.countDown();
        }
        return Rig.get(operation);
    }

    @ParameterizedTest
    @ValueSource(strings = {"put", "get", "read"})
    void one_inside_an_update_does_not_wait_for_the_crossing_that_waits_for_the_update(String inner) throws Exception {
        SteppedFleet.Node node = plainNode();
        fleet.shadow(node);
        node.migration().put(1, "a");
        node.migration().put(2, "b");
        Rig.eventually(() -> {
            node.repair();
            return fleet.rig.journal.keys().isEmpty();
        });
        newPath.records.put(2, "late"); // so in SYNC the paths do not agree
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<String> update = OwnThread.supply(() -> node.migration()
                .update(1, value -> {
                    inside.countDown();
                    await(go);
                    return value + inside(node, inner);
                })
                .orElseThrow());
        await(inside);

        assertThat(during(node, update, go)).isEqualTo("ab");
    }

    private String inside(SteppedFleet.Node node, String inner) {
        switch (inner) {
            case "put" -> {
                node.migration().put(2, "b");
                return "b";
            }
            case "get" -> {
                return node.migration().get(2).orElseThrow();
            }
            default -> {
                return node.migration().read(2, () -> oldPath.records.get(2), () -> newPath.records.get(2));
            }
        }
    }

    @Test
    void one_inside_a_mirror_write_does_not_wait_either() throws Exception {
        SteppedFleet.Node node = plainNode();
        fleet.shadow(node);
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<String> mirrored = new CompletableFuture<>();
        newPath.before = call -> {
            if (call.equals("put") && !mirrored.isDone() && inside.getCount() > 0) {
                inside.countDown();
                await(go);
                mirrored.complete(String.valueOf(node.migration().put(2, "index")));
            }
        };
        node.migration().put(1, "a");
        await(inside);

        assertThat(during(node, mirrored, go)).isEqualTo("MIRROR_PENDING");
    }

    @Test
    void a_read_inside_an_update_that_began_in_sync_reads_both_paths() throws Exception {
        SteppedFleet.Node node = fleet.node("node");
        fleet.shadow(node);
        fleet.want(Goal.of(Stage.LIVE));
        Controller controller = fleet.rig.controller(node.migration());
        controller.step();
        node.migration().put(1, "a");

        Optional<String> updated = node.migration()
                .update(1, value -> value + node.migration().get(1).orElseThrow());

        assertThat(updated).contains("aa");
        assertThat(fleet.newPath.value(1)).contains("aa");
    }

    @Test
    void a_write_keeps_its_version_after_others_were_made_inside_it() throws Exception {
        List<OptionalLong> seen = new ArrayList<>();
        try (SteppedFleet others = new SteppedFleet(Stage.OFF)) {
            SteppedFleet.Node other = others.node("other", builder -> builder.fences(OPEN, OPEN));
            SteppedFleet.Node node = fleet.node("node", builder -> builder.fences(OPEN, OPEN));
            fleet.shadow(node);
            long version = node.migration().fence.current().version();
            fleet.oldPath.before = call -> {
                if (call.equals("write") && seen.isEmpty()) {
                    seen.add(CurrentWrite.version());
                    other.migration().put(1, "of another migration");
                    node.migration().put(2, "of the same one");
                    seen.add(CurrentWrite.version());
                }
            };
            others.oldPath.before = call -> {
                if (call.equals("write")) {
                    seen.add(CurrentWrite.version());
                }
            };

            node.migration().put(1, "a");

            assertThat(seen).containsExactly(OptionalLong.of(version), OptionalLong.of(1), OptionalLong.of(version));
            assertThat(CurrentWrite.version()).isEmpty();
        }
    }

    @Test
    void one_inside_a_write_of_another_migration_goes_by_its_own_version() throws Exception {
        try (Rig rig = new Rig(Stage.SYNC)) {
            MapPath old = new MapPath("old");
            MapPath now = new MapPath("new");
            old.records.put(1, Versioned.of(new Version(1, 1), "newer"));
            Flags flags = rig.flags();
            Migration<Integer, String> moving = rig.opened(rig.builder(old, now).build(flags));
            Migration<Integer, String> resting =
                    rig.opened(Migration.named("resting", new MapPath("resting old"), new MapPath("resting new"))
                            .build(flags));
            resting.put(1, "a");

            resting.update(1, value -> moving.get(1).orElse("nothing"));

            assertThat(resting.get(1)).contains("newer");
            assertThat(now.value(1)).as("as a read in SYNC does").contains("newer");
        }
    }

    @Test
    void a_write_without_fences_has_no_version_for_them() throws Exception {
        try (Rig rig = new Rig(Stage.OFF)) {
            List<OptionalLong> versions = new ArrayList<>();
            MapPath old = new MapPath("old");
            old.before = call -> versions.add(CurrentWrite.version());

            rig.migration(old, new MapPath("new")).put(1, "a");

            assertThat(versions).isNotEmpty().containsOnly(OptionalLong.empty());
        }
    }
}

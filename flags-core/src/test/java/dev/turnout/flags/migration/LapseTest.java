package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The lease of a node is over in the middle of an operation: it writes nothing more, and nothing that it did is
 * reported as done.
 */
class LapseTest {
    private static final Duration LEASE = Duration.ofSeconds(30);

    private final SteppedFleet fleet = new SteppedFleet(Stage.OFF);
    private final PlainMapPath plainOld = new PlainMapPath();
    private final PlainMapPath plainNew = new PlainMapPath();
    private final List<Runnable> mirrored = new ArrayList<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicInteger writesAfterwards = new AtomicInteger();
    private int lapsesAfter = Integer.MAX_VALUE;

    @AfterEach
    void close() throws Exception {
        mirrored.clear();
        fleet.close();
    }

    /** What would be done beside the caller is done when the test asks for it. */
    private final class Later implements Workers {
        private final ManualWorkers workers = new ManualWorkers();

        @Override
        public Repeated every(String threadName, Duration pause, Runnable task) {
            return workers.every(threadName, pause, task);
        }

        @Override
        public void start(String threadName, Runnable task) {
            task.run();
        }

        @Override
        public ExecutorService pool(String threadName, int threads, int queue) {
            return new AbstractExecutorService() {
                @Override
                public void execute(Runnable task) {
                    mirrored.add(task);
                }

                @Override
                public void shutdown() {
                    runMirrored();
                }

                @Override
                public List<Runnable> shutdownNow() {
                    return List.of();
                }

                @Override
                public boolean isShutdown() {
                    return false;
                }

                @Override
                public boolean isTerminated() {
                    return true;
                }

                @Override
                public boolean awaitTermination(long timeout, TimeUnit unit) {
                    return true;
                }
            };
        }
    }

    private void runMirrored() {
        List<Runnable> tasks = List.copyOf(mirrored);
        mirrored.clear();
        tasks.forEach(Runnable::run);
    }

    private Migration<Integer, String> at(Stage stage, boolean versioned) throws Exception {
        MigrationBuilder<Integer, String> builder =
                versioned ? fleet.rig.builder(fleet.oldPath, fleet.newPath) : fleet.rig.builder(plainOld, plainNew);
        Later later = new Later();
        SteppedFleet.Node node = fleet.node("node", builder, each -> {
            each.workers = later;
            return each.lease(LEASE).deadline(Duration.ofDays(1)).compare(0);
        });
        SteppedFleet.Node stepped = new SteppedFleet.Node(node.migration(), later.workers, node.store(), node.fleet());
        Controller controller = fleet.shadow(stepped);
        fleet.walk(controller, Goal.of(stage), stepped);
        return node.migration();
    }

    private void afterCall(String call) {
        if (calls.incrementAndGet() == lapsesAfter) {
            fleet.time.pass(LEASE);
        }
    }

    private void beforeCall(String call) {
        if (calls.get() >= lapsesAfter && !call.equals("read") && !call.equals("get")) {
            writesAfterwards.incrementAndGet();
        }
    }

    private void lapseAfter(int call) {
        lapsesAfter = call;
        for (MapPath path : List.of(fleet.oldPath, fleet.newPath)) {
            path.before = this::beforeCall;
            path.after = this::afterCall;
        }
        for (PlainMapPath path : List.of(plainOld, plainNew)) {
            path.before = this::beforeCall;
            path.after = this::afterCall;
        }
    }

    @ParameterizedTest(name = "{0}, versions {1}, after call {2}")
    @CsvSource({
        // with versions: read, write; in LIVE: read, write, write
        "OFF, true, 1, not applied",
        "OFF, true, 2, unknown",
        "SHADOW, true, 1, not applied",
        "SHADOW, true, 2, unknown",
        "LIVE, true, 1, not applied",
        "LIVE, true, 2, unknown",
        "LIVE, true, 3, unknown",
        "RAMP_DOWN, true, 1, not applied",
        "RAMP_DOWN, true, 2, unknown",
        "COMPLETE, true, 2, unknown",
        // without: put; in LIVE: put, put
        "OFF, false, 1, unknown",
        "SHADOW, false, 1, unknown",
        "LIVE, false, 1, unknown",
        "LIVE, false, 2, unknown",
        "RAMP_DOWN, false, 1, unknown",
        "COMPLETE, false, 1, unknown"
    })
    void a_write_is_not_told_as_done_and_writes_nothing_more(Stage stage, boolean versioned, int call, String outcome)
            throws Exception {
        Migration<Integer, String> migration = at(stage, versioned);
        lapseAfter(call);

        assertThatThrownBy(() -> migration.put(1, "late"))
                .isInstanceOf(outcome.equals("unknown") ? UncertainWriteException.class : UnavailableException.class);

        runMirrored();
        assertThat(writesAfterwards).as("writes after the lease was over").hasValue(0);
        assertThat(migration.fence.isIdle()).isTrue();
        assertThat(migration.journal().keys().isEmpty()).isEqualTo(!outcome.equals("unknown") || !stage.isDual());
    }

    @ParameterizedTest
    @CsvSource({"SHADOW, true", "SHADOW, false", "RAMP_DOWN, true", "RAMP_DOWN, false"})
    void a_mirror_write_whose_lease_is_over_before_it_begins_is_left_to_repair(Stage stage, boolean versioned)
            throws Exception {
        Migration<Integer, String> migration = at(stage, versioned);
        Duration notLong =
                Duration.ofMillis(50); // for a write in the mirror's queue, which gives up what has waited long
        fleet.time.pass(LEASE.minus(notLong));
        assertThat(migration.put(1, "acknowledged")).isEqualTo(WriteOutcome.MIRROR_PENDING);
        lapseAfter(0);
        fleet.time.pass(notLong);

        runMirrored();

        assertThat(writesAfterwards).hasValue(0);
        assertThat(migration.journal().depth()).isEqualTo(1);
        assertThat(migration.fence.isIdle()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"OFF, true", "SHADOW, true", "LIVE, true", "COMPLETE, true", "OFF, false", "LIVE, false"})
    void an_update_that_finds_nothing_does_not_say_so_after_it(Stage stage, boolean versioned) throws Exception {
        Migration<Integer, String> migration = at(stage, versioned);
        lapseAfter(1);

        assertThatThrownBy(() -> migration.update(1, value -> value + "!")).isInstanceOf(UnavailableException.class);

        assertThat(migration.fence.isIdle()).isTrue();
    }

    @Test
    void a_read_in_sync_is_not_answered_after_it() throws Exception {
        SteppedFleet.Node node = fleet.node("node", builder -> builder.lease(LEASE));
        Controller controller = fleet.shadow(node);
        fleet.want(Goal.of(Stage.LIVE));
        controller.step();
        lapseAfter(2);

        assertThatThrownBy(() -> node.migration().get(1)).isInstanceOf(UnavailableException.class);
    }
}

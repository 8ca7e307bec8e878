package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A sweep of three recorded keys, each of its threads being that of the test. */
@Timeout(60)
class CrossingSweepTest {
    private final SteppedFleet fleet = new SteppedFleet(Stage.OFF);
    private int threads;
    private int mostThreads = Integer.MAX_VALUE;
    private SteppedFleet.Node node;
    private MigrationState inSync;
    private CrossingSweep sweep;

    @BeforeEach
    void enterSync() throws Exception {
        node = fleet.node("node", this::countingThreads);
        Controller controller = fleet.shadow(node);
        fleet.want(Goal.of(Stage.LIVE));
        for (int i = 0; i < 20 && fleet.rig.state().crossing().isEmpty(); i++) {
            node.report();
            controller.step();
        }
        inSync = fleet.rig.state();
        assertThat(inSync.crossing()).hasSize(1);
        for (int key = 1; key <= 3; key++) {
            fleet.rig.journal.record(key, new Journal.Origin("somebody", Side.OLD, true));
        }
        sweep = new CrossingSweep(node.migration(), new FailureDetector(node.migration()));
        threads = 0;
    }

    @AfterEach
    void close() throws Exception {
        fleet.close();
    }

    private MigrationBuilder<Integer, String> countingThreads(MigrationBuilder<Integer, String> builder) {
        Workers manual = builder.workers;
        builder.workers = new Workers() {
            @Override
            public Repeated every(String threadName, Duration pause, Runnable task) {
                return manual.every(threadName, pause, task);
            }

            @Override
            public void start(String threadName, Runnable task) {
                if (++threads > mostThreads) {
                    throw new OutOfMemoryError("no thread");
                }
                manual.start(threadName, task);
            }

            @Override
            public ExecutorService pool(String threadName, int most, int queue) {
                return manual.pool(threadName, most, queue);
            }
        };
        return builder;
    }

    private void begin() {
        sweep.begin(inSync, inSync.crossing(), fleet.rig.journal.id());
    }

    /** Does it once, when the first key is read. */
    private void atFirstKey(Runnable work) {
        fleet.oldPath.before = call -> {
            fleet.oldPath.recover();
            work.run();
        };
    }

    private void assertReconciled(int keys, int of) {
        assertThat(sweep.progress(inSync)).contains(new Blocker.SweepRunning(keys, of));
    }

    @Test
    void reconciles_all_keys_on_as_many_threads_and_tells_it_once() {
        begin();

        assertReconciled(3, 3);
        assertThat(threads).isEqualTo(3);
        assertThat(sweep.takeFinished()).contains(RecordedSweep.of(inSync, inSync.crossing(), fleet.rig.journal.id()));
        assertThat(sweep.takeFinished()).isEmpty();
        assertThat(sweep.progress(inSync)).isEmpty();
    }

    static Stream<Consumer<CrossingSweepTest>> stops() {
        return Stream.of(
                test -> test.sweep.stop(),
                test -> test.sweep.stopUnlessNeeded(test.inSync.paused(true)),
                test -> test.sweep.stopUnlessNeeded(test.inSync.withGoal(Goal.of(Stage.SHADOW))));
    }

    @ParameterizedTest
    @MethodSource("stops")
    void stopped_it_begins_no_other_key_counts_for_nothing_and_can_begin_again(Consumer<CrossingSweepTest> stop) {
        atFirstKey(() -> stop.accept(this));

        begin();

        assertReconciled(1, 3);
        begin();
        assertReconciled(2, 2);
        assertThat(sweep.takeFinished()).isPresent();
    }

    @Test
    void goes_on_while_its_keys_wait_for_it() {
        atFirstKey(() -> sweep.stopUnlessNeeded(inSync));

        begin();

        assertReconciled(3, 3);
    }

    @Test
    void stopped_before_its_keys_are_known_it_reconciles_none() {
        node.fleet().before = () -> {
            node.fleet().restore();
            sweep.stop();
        };

        begin();

        assertReconciled(0, 3);
        assertThat(sweep.takeFinished()).isEmpty();
    }

    @Test
    void does_not_begin_again_while_it_is_under_way() {
        atFirstKey(() -> {
            begin();
            assertThat(sweep.takeFinished()).isEmpty();
        });

        begin();

        assertThat(threads).isEqualTo(3);
        assertReconciled(3, 3);
    }

    @Test
    void a_thread_that_can_not_be_had_is_told_once_and_ends_it() {
        mostThreads = 1;

        begin();

        assertReconciled(0, 3);
        assertThatThrownBy(sweep::takeFinished)
                .isInstanceOf(IllegalStateException.class)
                .hasCauseInstanceOf(OutOfMemoryError.class);
        assertThat(sweep.takeFinished()).isEmpty();
    }

    @Test
    void a_first_thread_that_can_not_be_had_is_told_too() {
        mostThreads = 0;

        begin();

        assertThatThrownBy(sweep::takeFinished).hasCauseInstanceOf(OutOfMemoryError.class);
    }
}

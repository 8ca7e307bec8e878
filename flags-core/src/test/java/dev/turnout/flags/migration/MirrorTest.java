package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of second writes that fail, and of those that wait for long, and what is logged and counted of it. */
@Timeout(60)
class MirrorTest {
    private final SteppedFleet fleet = new SteppedFleet(Stage.OFF);
    private final LogLines log = new LogLines(Mirror.class);
    private SteppedFleet.Node node;
    private MigrationSampler sampler;

    @BeforeEach
    void mirror() throws Exception {
        node = fleet.node("node", builder -> builder.mirrorThreads(1).compare(0));
        fleet.shadow(node);
        sampler = node.migration().sampler();
    }

    @AfterEach
    void close() throws Exception {
        log.close();
        fleet.close();
    }

    private void awaitMirror() {
        Rig.eventually(node.migration().fence::isIdle);
    }

    @Test
    void a_failure_is_said_once_and_so_is_its_end() throws Exception {
        fleet.newPath.failWrites();
        node.migration().put(1, "a");
        node.migration().put(2, "a");
        awaitMirror();
        fleet.newPath.recover();
        fleet.time.pass(Duration.ofSeconds(2));
        node.report();

        node.migration().put(3, "a");

        assertThat(log.next()).startsWith("WARN Mirror writes of migration 'm' fail; callers do not notice");
        assertThat(log.next()).startsWith("INFO Mirror writes of migration 'm' work again.");
        assertThat(log.all()).isEmpty();
        MigrationSample sample = sampler.next();
        assertThat(sample.mirrorFailed()).isEqualTo(2);
        assertThat(sample.mirrorShed()).isZero();
        assertThat(fleet.newPath.value(3)).contains("a");
    }

    @Test
    void what_waited_for_longer_than_a_tenth_of_a_second_is_left_to_repair() throws Exception {
        CountDownLatch goOn = hangInFirstWrite();
        node.migration().put(2, "a");
        fleet.time.pass(Duration.ofMillis(101));
        goOn.countDown();
        awaitMirror();

        assertThat(fleet.newPath.value(1)).contains("a");
        assertThat(fleet.newPath.value(2)).isEmpty();
        assertThat(log.all()).singleElement().asString().contains("does not keep up");
        MigrationSample sample = sampler.next();
        assertThat(sample.mirrorShed()).isEqualTo(1);
        assertThat(sample.mirrorFailed()).isZero();
        node.repair();
        assertThat(fleet.newPath.value(2)).contains("a");
    }

    @Test
    void closing_it_waits_for_what_runs() throws Exception {
        CountDownLatch goOn = hangInFirstWrite();
        Thread closing = new Thread(node.migration()::close);
        closing.start();
        goOn.countDown();

        closing.join();

        assertThat(fleet.newPath.value(1)).contains("a");
        assertThat(log.all()).as("that it has not returned").isEmpty();
    }

    /** Returns when it hangs; it continues when the returned latch is counted down. */
    private CountDownLatch hangInFirstWrite() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        fleet.newPath.before = call -> {
            begun.countDown();
            await(goOn);
        };
        node.migration().put(1, "a");
        await(begun);
        return goOn;
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}

package dev.turnout.flags.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.logs.LogLines;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PeriodicTaskTest {
    private static final Duration SOON = Duration.ofMillis(1);
    private static final Duration NEVER = Duration.ofDays(1);

    private static void failWith(String failure) {
        switch (failure) {
            case "RuntimeException" -> throw new IllegalStateException(failure);
            case "OutOfMemoryError" -> throw new OutOfMemoryError(failure);
            case "StackOverflowError" -> throw new StackOverflowError(failure);
            default -> throw new NoClassDefFoundError(failure);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"RuntimeException", "OutOfMemoryError", "StackOverflowError", "NoClassDefFoundError"})
    void whatever_it_throws_it_is_run_again_and_an_outage_is_one_line(String failure) throws Exception {
        AtomicInteger runs = new AtomicInteger();
        try (LogLines log = new LogLines(PeriodicTask.class);
                PeriodicTask task = PeriodicTask.start("beat", SOON, () -> {
                    if (runs.incrementAndGet() <= 3) {
                        failWith(failure);
                    }
                })) {
            assertThat(log.next()).isEqualTo("ERROR beat failed; it is run again in 1 ms.");
            assertThat(log.next()).isEqualTo("INFO beat works again. (It had failed 3 times.)");
            assertThat(runs.get()).isGreaterThanOrEqualTo(4);
            assertThat(log.all()).isEmpty();
        }
    }

    @Test
    void a_run_that_was_asked_for_and_throws_an_error_keeps_no_other_from_being_asked_for() throws Exception {
        CountDownLatch second = new CountDownLatch(1);
        AtomicInteger runs = new AtomicInteger();
        try (LogLines log = new LogLines(PeriodicTask.class);
                PeriodicTask task = PeriodicTask.start("beat", NEVER, () -> {
                    if (runs.incrementAndGet() == 1) {
                        throw new OutOfMemoryError("Java heap space");
                    }
                    second.countDown();
                })) {
            task.runSoon();
            assertThat(log.next()).startsWith("ERROR beat failed");

            task.runSoon();

            assertThat(second.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void what_it_throws_because_it_was_closed_is_no_failure() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(1);
        try (LogLines log = new LogLines(PeriodicTask.class)) {
            PeriodicTask task = PeriodicTask.start("beat", NEVER, () -> {
                running.countDown();
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    ended.countDown();
                    throw new AssertionError("interrupted", e);
                }
            });
            task.runSoon();
            assertThat(running.await(20, TimeUnit.SECONDS)).isTrue();

            task.close();

            assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
            task.runSoon();
            assertThat(log.all()).isEmpty();
        }
    }
}

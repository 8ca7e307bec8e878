package dev.turnout.flags.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.testing.SettableTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LogThrottleTest {
    private final SettableTime time = new SettableTime("2026-11-22T12:00:00Z");
    private final LogLines log = new LogLines(LogThrottleTest.class);
    private final LogThrottle throttle = new LogThrottle(LogThrottleTest.class, time);

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void of_each_kind_of_failure_there_is_one_line_a_minute() {
        for (int second = 0; second < 120; second++) {
            throttle.warn(new IllegalStateException("down"), "down in second {}", second);
            throttle.error(new NoClassDefFoundError("some/Codec"), "broken in second {}", second);
            time.pass(Duration.ofSeconds(1));
        }

        assertThat(log.all())
                .containsExactly(
                        "WARN down in second 0",
                        "ERROR broken in second 0",
                        "WARN down in second 60 (60 times since the last line; java.lang.IllegalStateException: down)",
                        "ERROR broken in second 60 (60 times since the last line; java.lang.NoClassDefFoundError:"
                                + " some/Codec)");
    }

    @Test
    void a_success_is_a_line_only_after_a_failure_that_was_one() {
        throttle.worksAgain("never failed");
        throttle.warn(new IllegalStateException(), "fails");
        time.pass(Duration.ofSeconds(1));
        throttle.worksAgain("{} again", "works");
        throttle.worksAgain("logged already");
        throttle.warn(new IllegalStateException(), "fails within the minute");
        time.pass(Duration.ofSeconds(1));
        throttle.worksAgain("it is unknown that it had failed");

        assertThat(log.all()).containsExactly("WARN fails", "INFO works again");
    }

    @Test
    void where_every_other_call_fails_a_success_is_no_end_and_the_end_says_how_often() {
        for (int call = 0; call < 10; call++) {
            throttle.warn(new IllegalStateException(), "fails");
            time.pass(Duration.ofMillis(999));
            throttle.worksAgain("works again");
        }
        time.pass(Duration.ofMillis(1));
        throttle.worksAgain("{} again.", "works");

        assertThat(log.all()).containsExactly("WARN fails", "INFO works again. (It had failed 10 times.)");
    }

    @Test
    void a_stack_trace_is_written_once_for_each_outage() {
        for (int outage = 0; outage < 2; outage++) {
            throttle.warn(new IllegalStateException("down"), "fails");
            time.pass(Duration.ofMinutes(1));
            throttle.warn(new IllegalStateException("still down"), "fails");
            time.pass(Duration.ofMinutes(1));
            throttle.worksAgain("works again");
        }

        assertThat(log.traces()).containsExactly("down", "down");
    }

    @Test
    void what_several_nodes_of_a_process_see_is_logged_once() {
        Object journal = new Object();
        List<LogThrottle> nodes = Stream.of(1, 2, 3)
                .map(node -> LogThrottle.sharedBy(journal, LogThrottleTest.class, "m", time))
                .toList();
        nodes.forEach(node -> node.warn(new IllegalStateException(), "The mirror is down."));
        time.pass(Duration.ofSeconds(1));
        nodes.forEach(node -> node.worksAgain("The mirror works again."));
        LogThrottle.sharedBy(new Object(), LogThrottleTest.class, "m", time)
                .warn(new IllegalStateException(), "Another one is down.");
        LogThrottle.sharedBy(journal, LogThrottleTest.class, "m2", time)
                .warn(new IllegalStateException(), "Of another migration.");

        assertThat(log.all())
                .containsExactly(
                        "WARN The mirror is down.",
                        "INFO The mirror works again. (It had failed 3 times.)",
                        "WARN Another one is down.",
                        "WARN Of another migration.");
    }

    @Test
    void no_success_of_another_thread_is_said_before_the_failure() {
        Supplier<?> meanwhile = () -> {
            throttle.worksAgain("works again");
            return "fails";
        };

        throttle.warn(new IllegalStateException(), "{}", meanwhile);

        assertThat(log.all()).containsExactly("WARN fails");
    }

    @Test
    void what_is_costly_to_say_is_asked_only_for_a_line() {
        AtomicInteger asked = new AtomicInteger();
        Supplier<?> costly = asked::incrementAndGet;

        throttle.warn(new IllegalStateException(), "{} keys wait", costly);
        throttle.warn(new IllegalStateException(), "{} keys wait", costly);

        assertThat(log.all()).containsExactly("WARN 1 keys wait");
        assertThat(asked).hasValue(1);
    }

    @Test
    void it_throws_nothing_where_no_line_can_be_written() {
        Supplier<?> broken = () -> {
            throw new OutOfMemoryError("Java heap space");
        };

        throttle.warn(new IllegalStateException(), "{} keys wait", broken);
        throttle.worksAgain("{} keys wait", broken);

        assertThat(log.all()).isEmpty();
    }
}

package dev.turnout.flags.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.LogLines;
import dev.turnout.flags.SettableTime;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
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
                        "WARN down in second 60",
                        "ERROR broken in second 60");
    }

    @Test
    void a_success_is_a_line_only_after_a_failure_that_was_one() {
        throttle.worksAgain("never failed");
        throttle.warn(new IllegalStateException(), "fails");
        throttle.worksAgain("{} again", "works");
        throttle.worksAgain("said already");
        throttle.warn(new IllegalStateException(), "fails within the minute");
        throttle.worksAgain("nobody knows that it had failed");

        assertThat(log.all()).containsExactly("WARN fails", "INFO works again");
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

package dev.turnout.flags.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeaseTimeTest {
    private final long begun = Long.valueOf(Long.MAX_VALUE - 5); // a clock that measures may pass its highest number
    private final Lease lease = new Lease(Duration.ofNanos(10), begun);

    @Test
    void it_is_valid_for_its_length_from_when_a_report_was_sent() {
        assertThat(lease.isValid(begun)).isFalse();

        lease.renew(begun + 2);

        assertThat(lease.isValid(begun + 11)).isTrue();
        assertThat(lease.isValid(begun + 12)).isFalse();
    }

    @Test
    void a_report_that_is_answered_after_a_later_one_does_not_shorten_it() {
        lease.renew(begun + 4);
        lease.renew(begun + 1);

        assertThat(lease.isValid(begun + 13)).isTrue();
    }

    @Test
    void a_report_that_is_answered_after_its_end_does_not_renew_it() {
        lease.renew(begun);
        lease.end(begun + 1);
        lease.renew(begun + 2);

        assertThat(lease.isEnded()).isTrue();
        assertThat(lease.isValid(begun + 1)).isFalse();
        assertThat(lease.isValid(begun + 3)).isFalse();
    }
}

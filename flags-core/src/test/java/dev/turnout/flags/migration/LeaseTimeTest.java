package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeaseTimeTest {
    private static final long BEGUN = Long.MAX_VALUE - 5; // a clock that measures may pass its highest number

    private final Lease lease = new Lease(Duration.ofNanos(10), BEGUN);

    private static long after(long nanos) {
        return BEGUN + nanos;
    }

    @Test
    void it_is_valid_for_its_length_from_when_a_report_was_sent() {
        assertThat(lease.isEnded()).isFalse();
        assertThat(lease.isValid(BEGUN)).isFalse();

        lease.renew(after(2));

        assertThat(lease.isValid(after(11))).isTrue();
        assertThat(lease.isValid(after(12))).isFalse();
    }

    @Test
    void a_report_that_is_answered_after_a_later_one_does_not_shorten_it() {
        lease.renew(after(4));
        lease.renew(after(1));

        assertThat(lease.isValid(after(13))).isTrue();
    }

    @Test
    void a_report_that_is_answered_after_its_end_does_not_renew_it() {
        lease.renew(BEGUN);
        lease.end(after(1));
        lease.renew(after(2));

        assertThat(lease.isEnded()).isTrue();
        assertThat(lease.isValid(after(1))).isFalse();
        assertThat(lease.isValid(after(3))).isFalse();
    }
}

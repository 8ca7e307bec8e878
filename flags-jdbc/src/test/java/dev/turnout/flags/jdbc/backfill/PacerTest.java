package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.DoubleSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PacerTest {
    private static final Duration SOON = Duration.ofNanos(1);

    private final BackfillControl control = new BackfillControl();
    private final AtomicInteger looks = new AtomicInteger();

    private void await(Throttle throttle) throws InterruptedException {
        new Pacer(throttle.checkEvery(SOON), control, () -> {}, TimeSource.SYSTEM).await(0);
    }

    /** Too high as often as that. */
    private DoubleSupplier highFor(int times) {
        return () -> looks.incrementAndGet() > times ? 1 : 100;
    }

    @Test
    void it_waits_while_a_figure_is_above_its_limit_or_cannot_be_had() throws InterruptedException {
        await(Throttle.none().whileBelow("p99", highFor(3), 50));
        assertThat(looks).hasValue(4);

        AtomicInteger asked = new AtomicInteger();
        await(Throttle.none()
                .whileBelow(
                        "lag",
                        () -> {
                            if (asked.incrementAndGet() == 1) {
                                throw new IllegalStateException("the replica is down");
                            }
                            if (asked.get() == 2) {
                                throw new NoClassDefFoundError("of its driver");
                            }
                            return asked.get() == 3 ? Double.NaN : 0;
                        },
                        10));
        assertThat(asked).hasValue(4);
    }

    @Test
    void a_query_is_such_a_figure_too() throws InterruptedException {
        var database = Database.H2.create();
        Database.execute(database, "CREATE SEQUENCE load START WITH 7 INCREMENT BY -1");

        await(Throttle.none().whileBelow("load", database, "SELECT NEXT VALUE FOR load", 4));

        assertThatThrownBy(() -> Throttle.none().between(LocalTime.NOON, LocalTime.NOON, ZoneOffset.UTC))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void it_waits_for_its_time_of_the_day_past_midnight_too() throws InterruptedException {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T21:58:00Z"));
        TimeSource time = new TimeSource() {
            @Override
            public Instant now() {
                return now.getAndUpdate(before -> before.plusSeconds(60));
            }

            @Override
            public long nanoTime() {
                return 0;
            }
        };
        Throttle nights = Throttle.none()
                .between(LocalTime.of(22, 0), LocalTime.of(6, 0), ZoneOffset.UTC)
                .checkEvery(SOON);
        Pacer pacer = new Pacer(nights, control, () -> {}, time);

        pacer.await(0);
        assertThat(now.get()).isEqualTo(Instant.parse("2026-01-01T22:01:00Z"));

        now.set(Instant.parse("2026-01-02T05:59:00Z"));
        pacer.await(0);
        assertThat(now.get()).isEqualTo(Instant.parse("2026-01-02T06:00:00Z"));
    }

    @Test
    void paused_it_begins_nothing_until_it_is_resumed_and_aborted_it_ends() throws InterruptedException {
        control.pause();
        AtomicInteger begun = new AtomicInteger();
        Thread worker = new Thread(() -> {
            try {
                await(Throttle.none());
                begun.incrementAndGet();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        worker.start();
        while (worker.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        assertThat(begun).hasValue(0);

        control.resume();
        worker.join();
        assertThat(begun).hasValue(1);

        control.pause();
        control.abort();
        assertThatThrownBy(() -> await(Throttle.none()))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining("aborted");
    }

    @Test
    void of_the_time_it_takes_the_share_that_it_is_given() throws InterruptedException {
        control.share(0.5);
        long began = System.nanoTime();

        new Pacer(Throttle.none(), control, () -> {}, TimeSource.SYSTEM)
                .await(Duration.ofMillis(5).toNanos());

        assertThat(System.nanoTime() - began)
                .isGreaterThanOrEqualTo(Duration.ofMillis(5).toNanos());
        assertThatThrownBy(() -> control.share(0)).isInstanceOf(IllegalArgumentException.class);
    }
}

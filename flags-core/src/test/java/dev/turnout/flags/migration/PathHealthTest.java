package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.spi.Member;
import dev.turnout.flags.testing.SettableTime;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a node makes of its calls of both paths. */
class PathHealthTest {
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Duration QUICK = Duration.ofMillis(10);

    private final SettableTime time = new SettableTime("2026-01-01T00:00:00Z");
    private final Meters meters = new Meters(time);
    private final AtomicBoolean dual = new AtomicBoolean(true);
    private final PathHealth health = new PathHealth(meters, dual::get, Duration.ofSeconds(5), time);

    @BeforeEach
    void is_looked_after() {
        look();
    }

    private boolean look() {
        time.pass(LOOK);
        return health.look();
    }

    private void call(Meter meter, Duration length) {
        var unused = meter.time(() -> {
            time.pass(length);
            return 1;
        });
    }

    private void calls(int count, Meter meter, Duration length) {
        for (int i = 0; i < count; i++) {
            call(meter, length);
        }
    }

    private void fail(Meter meter, RuntimeException failure) {
        assertThatThrownBy(() -> meter.time(() -> {
                    throw failure;
                }))
                .isSameAs(failure);
    }

    private void pass(Duration length) {
        for (Duration passed = Duration.ZERO; passed.compareTo(length) < 0; passed = passed.plus(LOOK)) {
            look();
        }
    }

    @Test
    void nothing_is_wrong_with_calls_that_were_not_made() {
        pass(Duration.ofMinutes(1));

        assertThat(health.problem()).isEmpty();
    }

    @Test
    void calls_that_fail_are_told_until_they_have_not_for_long() {
        calls(10, meters.newWrites, QUICK);
        fail(meters.newWrites, MapPath.down());
        assertThat(look()).as("one may be chance").isFalse();
        fail(meters.newWrites, MapPath.down());

        assertThat(look()).isTrue();
        assertThat(health.problem()).isEqualTo("2 of 12 writes of the new path have failed lately");
        assertThat(look()).as("it is reported already").isFalse();

        pass(Duration.ofSeconds(10));
        assertThat(health.problem()).isEmpty();
    }

    @Test
    void few_failures_among_many_calls_are_no_reason_to_wait() {
        calls(50, meters.oldReads, QUICK);
        for (int i = 0; i < 5; i++) {
            fail(meters.oldReads, MapPath.down());
        }

        look();

        assertThat(health.problem()).isEmpty();
    }

    @Test
    void a_path_that_refuses_writes_works() {
        for (int i = 0; i < 5; i++) {
            fail(meters.oldWrites, new RefusedWriteException("no", null));
        }

        look();

        assertThat(health.problem()).isEmpty();
    }

    @Test
    void a_call_that_does_not_return_is_told_while_it_does_not() {
        var unused = meters.newReads.time(() -> {
            look();
            assertThat(health.problem()).isEmpty();
            look();
            look();
            assertThat(health.problem()).isEqualTo("1 reads of the new path have not returned for more than 1000 ms");
            pass(Duration.ofMinutes(5));
            calls(5, meters.newReads, QUICK);
            look();
            assertThat(health.problem()).startsWith("1 reads of the new path have not returned");
            return 1;
        });

        look();
        assertThat(health.problem()).isEmpty();
    }

    @Test
    void however_many_calls_do_not_return_none_is_forgotten() {
        hang(40);
    }

    private void hang(int more) {
        look();
        if (more == 0) {
            pass(Duration.ofSeconds(5));
            assertThat(health.problem()).matches("\\d+ writes of the old path have not returned for more than 1000 ms");
            return;
        }
        var unused = meters.oldWrites.time(() -> {
            hang(more - 1);
            return 1;
        });
    }

    @Test
    void calls_that_take_too_long_for_a_crossing_are_told() {
        calls(3, meters.newReads, QUICK);
        calls(2, meters.newReads, Duration.ofSeconds(2));

        look();

        assertThat(health.problem()).isEqualTo("2 of 5 reads of the new path took longer than 1000 ms lately");
    }

    @Test
    void who_gives_a_crossing_longer_may_have_longer_calls() {
        PathHealth patient = new PathHealth(meters, dual::get, Duration.ofMinutes(1), time);
        calls(5, meters.newReads, Duration.ofSeconds(2));
        time.pass(LOOK);

        assertThat(patient.look()).isFalse();
        assertThat(patient.problem()).isEmpty();
    }

    private void makeUsual(Meter meter, Duration length) {
        for (int i = 0; i < 30; i++) {
            calls(20, meter, length);
            look();
        }
        assertThat(health.problem()).isEmpty();
    }

    @Test
    void calls_that_are_much_slower_than_usual_are_told_until_that_is_usual() {
        makeUsual(meters.newReads, QUICK);

        calls(20, meters.newReads, Duration.ofMillis(200));
        look();
        assertThat(health.problem())
                .matches(
                        "nine in ten of \\d+ reads of the new path took up to 2\\d\\d ms lately, and usually take up to 10 ms");

        for (int i = 0; i < 400; i++) {
            calls(5, meters.newReads, Duration.ofMillis(200));
            look();
        }
        assertThat(health.problem()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"1, 40", "40, 190"})
    void calls_that_are_slower_but_not_much_are_in_order(int usualMillis, int nowMillis) {
        makeUsual(meters.oldWrites, Duration.ofMillis(usualMillis));

        calls(40, meters.oldWrites, Duration.ofMillis(nowMillis));
        look();

        assertThat(health.problem()).isEmpty();
    }

    @Test
    void calls_are_not_timed_where_one_path_is_used() {
        dual.set(false);
        look();
        fail(meters.newWrites, MapPath.down());
        fail(meters.newWrites, MapPath.down());

        look();

        assertThat(health.problem()).isEmpty();
        assertThat(meters.newWrites.failed.sum()).isZero();
    }

    @Test
    void what_is_told_fits_into_a_report() {
        for (Meter meter : new Meter[] {meters.oldReads, meters.oldWrites, meters.newReads, meters.newWrites}) {
            makeUsual(meter, QUICK);
            calls(100, meter, Duration.ofMillis(200));
        }
        look();

        assertThat(health.problem().length()).isBetween(1, Member.Report.LONGEST_PROBLEM);
    }
}

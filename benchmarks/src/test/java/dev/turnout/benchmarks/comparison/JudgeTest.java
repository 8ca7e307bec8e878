package dev.turnout.benchmarks.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.benchmarks.comparison.History.Read;
import dev.turnout.benchmarks.comparison.History.Write;
import dev.turnout.benchmarks.comparison.Router.Outcome;
import dev.turnout.flags.stage.Stage;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JudgeTest {
    private static final int KEYS = 20;
    private static final int CALLS = 5_000;
    private static final int KEY = 1;
    private static final long LATER = Judge.LOST_AFTER_NANOS;

    private final History history = new History();

    /** One store for all nodes, of which each write must be there: nothing can go wrong unless it is made to. */
    private static class SingleStore implements Router {
        private final Map<Integer, @Nullable Long> records = new HashMap<>();

        @Override
        public @Nullable Long read(int node, int key) {
            return records.get(key);
        }

        @Override
        public Outcome write(int node, int key, @Nullable Long value) {
            records.put(key, value);
            return Outcome.ACKNOWLEDGED;
        }

        @Override
        public void moveTo(Stage stage) {}

        @Override
        public void backfill(int keys) {}

        @Override
        public void close() {}
    }

    private static Verdict verdictOn(Router router) {
        History history = new History();
        AtomicLong values = new AtomicLong();
        AtomicLong time = new AtomicLong();
        Client client = new Client(
                router,
                history,
                KEYS,
                1,
                values::incrementAndGet,
                () -> time.addAndGet(TimeUnit.MILLISECONDS.toNanos(10)));
        for (int call = 0; call < CALLS; call++) {
            client.call();
        }
        return Judge.judge(history, 0);
    }

    @Test
    void a_perfect_single_store_is_clean() {
        Verdict verdict = verdictOn(new SingleStore());

        assertThat(verdict.acknowledged()).isPositive();
        assertThat(verdict.acknowledged() + verdict.reads()).isEqualTo(CALLS);
        assertThat(verdict).isEqualTo(new Verdict(verdict.acknowledged(), 0, verdict.reads(), 0, 0, 0, 0, 0));
    }

    @Test
    void a_router_that_loses_one_write_in_a_hundred_is_found() {
        Verdict verdict = verdictOn(new SingleStore() {
            private int writes;

            @Override
            public Outcome write(int node, int key, @Nullable Long value) {
                return ++writes % 100 == 0 ? Outcome.ACKNOWLEDGED : super.write(node, key, value);
            }
        });

        assertThat(verdict.lost()).isPositive();
        assertThat(verdict.stale()).isGreaterThanOrEqualTo(verdict.lost());
        assertThat(verdict.notLinearizable()).isPositive();
    }

    @Test
    void a_router_that_applies_what_it_told_as_not_applied_is_found() {
        Verdict verdict = verdictOn(new SingleStore() {
            @Override
            public Outcome write(int node, int key, @Nullable Long value) {
                super.write(node, key, value);
                return Outcome.NOT_APPLIED;
            }
        });

        assertThat(verdict.failedWrites()).isPositive();
        assertThat(verdict.notLinearizable()).isEqualTo(KEYS);
    }

    @Test
    void a_read_that_misses_an_acknowledged_write_is_stale_and_a_second_later_the_write_is_lost() {
        write(1L, 0, 1, Outcome.ACKNOWLEDGED);
        write(2L, 2, 3, Outcome.ACKNOWLEDGED);
        read(1L, 4, 5);
        assertThat(Judge.judge(history, 0)).isEqualTo(new Verdict(2, 0, 1, 0, 0, 1, 1, 0));

        read(1L, 3 + LATER, 4 + LATER);
        read(1L, 5 + LATER, 6 + LATER);
        assertThat(Judge.judge(history, 0)).isEqualTo(new Verdict(2, 0, 3, 0, 1, 3, 1, 0));
    }

    @Test
    void a_record_that_is_gone_is_a_lost_write_unless_a_delete_may_have_happened() {
        write(1L, 0, 1, Outcome.ACKNOWLEDGED);
        read(null, 1 + LATER, 2 + LATER);
        assertThat(Judge.judge(history, 0)).isEqualTo(new Verdict(1, 0, 1, 0, 1, 1, 1, 0));

        write(null, 2, 3, Outcome.UNKNOWN);
        assertThat(Judge.judge(history, 0)).isEqualTo(new Verdict(1, 1, 1, 0, 0, 0, 0, 0));
    }

    @Test
    void a_write_of_unknown_outcome_may_happen_late_or_never() {
        write(1L, 0, 1, Outcome.ACKNOWLEDGED);
        write(2L, 2, 3, Outcome.UNKNOWN);
        write(3L, 4, 5, Outcome.ACKNOWLEDGED);
        write(4L, 6, 7, Outcome.UNKNOWN);
        read(3L, 8, 9);
        read(2L, 10, 11);

        assertThat(Judge.judge(history, 0)).isEqualTo(new Verdict(2, 2, 2, 0, 0, 0, 0, 0));
    }

    @Test
    void reads_during_a_write_may_see_either_value_but_not_go_back() {
        write(1L, 0, 1, Outcome.ACKNOWLEDGED);
        write(2L, 2, 20, Outcome.ACKNOWLEDGED);
        read(1L, 3, 4);
        read(2L, 5, 6);
        assertThat(Judge.judge(history, 0).notLinearizable()).isZero();

        read(1L, 7, 8);
        assertThat(Judge.judge(history, 0)).isEqualTo(new Verdict(2, 0, 3, 0, 0, 0, 1, 0));
    }

    @Test
    void a_record_that_is_gone_for_a_moment_is_not_linearizable() {
        write(1L, 0, 1, Outcome.ACKNOWLEDGED);
        write(null, 2, 30, Outcome.ACKNOWLEDGED);
        read(1L, 3, 4);
        read(null, 5, 6);
        read(1L, 7, 8);

        assertThat(Judge.judge(history, 0).notLinearizable()).isEqualTo(1);
    }

    @Test
    void a_value_that_nobody_wrote_or_that_is_written_later_is_not_linearizable() {
        read(9L, 0, 1);
        assertThat(Judge.judge(history, 0).notLinearizable()).isEqualTo(1);

        write(9L, 2, 3, Outcome.ACKNOWLEDGED);
        assertThat(Judge.judge(history, 0).notLinearizable()).isEqualTo(1);
    }

    private void write(@Nullable Long value, long start, long end, Outcome outcome) {
        history.add(new Write(KEY, value, start, end, outcome));
    }

    private void read(@Nullable Long value, long start, long end) {
        history.add(new Read(KEY, value, start, end));
    }
}

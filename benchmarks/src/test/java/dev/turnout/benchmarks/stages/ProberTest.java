package dev.turnout.benchmarks.stages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.benchmarks.stages.Prober.Done;
import dev.turnout.benchmarks.stages.Prober.Seen;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProberTest {
    private static Done acknowledged(long millis, int node) {
        return new Done(millis * 1_000_000, node, true);
    }

    private static Done failed(long millis, int node) {
        return new Done(millis * 1_000_000, node, false);
    }

    private static Seen seen(int nodes, Done... writes) {
        return Seen.of(List.of(writes), nodes, 100_000_000, 200_000_000);
    }

    @Test
    void a_gap_lasts_from_one_acknowledged_write_to_the_next() {
        Seen seen = seen(1, acknowledged(100, 0), failed(130, 0), acknowledged(170, 0), acknowledged(200, 0));

        assertThat(seen.gapMillis()).isEqualTo(70);
        assertThat(seen.failed()).isEqualTo(1);
    }

    @Test
    void what_one_node_does_not_acknowledge_another_one_does_not_hide() {
        Seen seen = seen(2, acknowledged(110, 0), acknowledged(150, 1), acknowledged(190, 0), acknowledged(195, 1));

        assertThat(seen.gapMillis()).isEqualTo(40);
        assertThat(seen.gapOfNodeMillis()).isEqualTo(80);
    }

    @Test
    void a_gap_that_began_before_counts_whole_and_one_that_has_not_ended_counts_so_far() {
        assertThat(seen(1, acknowledged(20, 0), acknowledged(140, 0)).gapMillis())
                .isEqualTo(120);
        assertThat(seen(1, acknowledged(100, 0), acknowledged(120, 0)).gapMillis())
                .isEqualTo(80);
    }

    @Test
    void without_any_write_all_of_the_time_is_a_gap() {
        assertThat(seen(1).gapMillis()).isEqualTo(100);
    }
}

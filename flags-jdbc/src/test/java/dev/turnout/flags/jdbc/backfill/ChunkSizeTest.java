package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

class ChunkSizeTest {
    private static final int MOST = 1_000;
    private static final long WANTED = 1_000;

    private static ChunkSize after(int chunks, LongUnaryOperator nanosOf) {
        ChunkSize size = new ChunkSize(MOST, WANTED);
        for (int i = 0; i < chunks; i++) {
            size.took(nanosOf.applyAsLong(size.rows()), size.rows());
        }
        return size;
    }

    @Test
    void chunks_grow_until_they_take_about_as_long_as_they_may() {
        assertThat(after(20, rows -> 5 * rows).rows()).isBetween(100, 200);
        assertThat(after(20, rows -> 1).rows()).isEqualTo(MOST);
    }

    @Test
    void chunks_of_slow_rows_shrink_to_one() {
        assertThat(after(20, rows -> 900 * rows).rows()).isEqualTo(1);
        assertThat(after(20, rows -> 5_000 * rows).rows()).isEqualTo(1);
        assertThat(after(21, rows -> 5_000 * rows).rows()).isEqualTo(1);
    }

    @Test
    void chunks_do_not_shrink_where_fewer_rows_take_as_long() {
        assertThat(after(100, rows -> 3_000 + rows).rows()).isGreaterThanOrEqualTo(10);
        assertThat(after(101, rows -> 3_000 + rows).rows()).isGreaterThanOrEqualTo(10);
    }

    @Test
    void a_chunk_that_was_not_full_does_not_let_the_next_one_grow() {
        ChunkSize size = new ChunkSize(MOST, WANTED);
        int before = size.rows();

        size.took(1, before - 1);

        assertThat(size.rows()).isEqualTo(before);
    }

    @Test
    void large_rows_keep_chunks_small() {
        ChunkSize size = new ChunkSize(MOST, WANTED);

        size.atMost(0);
        assertThat(size.rows()).isEqualTo(1);
    }
}

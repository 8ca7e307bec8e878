package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RecheckTest {
    private record Pair(int key, int value) {}

    private static final RowReader<Pair> READER = new RowReader<>() {
        @Override
        public Rows<Pair> read(
                Connection source, @Nullable TableKey after, TableKey upTo, Limit limit, boolean isLocked) {
            throw new UnsupportedOperationException("These tests say what it has read.");
        }

        @Override
        public void readAll(Connection source, long bytes, Some<Pair> each) {
            throw new UnsupportedOperationException("These tests say what it has read.");
        }

        @Override
        public TableKey key(Pair row) {
            return keyOf(row.key());
        }

        @Override
        public boolean isSame(Pair one, Pair other) {
            return one.equals(other);
        }

        @Override
        public long bytes(Pair row) {
            return 8;
        }
    };

    private final TreeMap<Integer, Integer> source = new TreeMap<>();
    private final TreeMap<Integer, Integer> target = new TreeMap<>();

    private static TableKey keyOf(int key) {
        return new TableKey(List.of(String.valueOf(key)));
    }

    private Recheck<Pair> ofRows(int count) {
        for (int key = 1; key <= count; key++) {
            source.put(key, 0);
        }
        target.putAll(source);
        return new Recheck<>(READER, keyOf(0), rows());
    }

    private List<Pair> rows() {
        List<Pair> rows = new ArrayList<>();
        source.forEach((key, value) -> rows.add(new Pair(key, value)));
        return rows;
    }

    private void look(Recheck<Pair> recheck) {
        Recheck.Look<Pair> look = recheck.look(rows());
        look.changed().forEach(row -> target.put(row.key(), row.value()));
        look.gone().forEach(row -> target.remove(row.key()));
        recheck.deleted(look.gone());
    }

    /** What the application does: the source first, and what a late write of the backfill may overwrite in the target. */
    private void write(int key, int value) {
        source.put(key, value);
        target.put(key, value);
    }

    @Test
    void a_row_that_is_as_it_was_written_is_settled() {
        Recheck<Pair> recheck = ofRows(3);

        look(recheck);

        assertThat(recheck.isSettled()).isTrue();
    }

    @Test
    void another_row_that_changes_before_each_look_keeps_none_waiting() {
        Recheck<Pair> recheck = ofRows(1_000);
        int looks = 0;
        while (!recheck.isSettled()) {
            source.merge(1 + looks % 1_000, 1, Integer::sum);
            look(recheck);
            looks++;
        }

        assertThat(looks).isEqualTo(2);
        assertThat(target.get(1)).isEqualTo(1);
    }

    @Test
    void a_row_that_is_changed_or_goes_or_comes_back_is_followed_until_it_stays() {
        Recheck<Pair> recheck = ofRows(3);
        source.remove(2);
        look(recheck);
        assertThat(target).doesNotContainKey(2);

        write(2, 7);
        target.remove(2); // what the look before returned, a little later than that write
        look(recheck);
        assertThat(target.get(2)).isEqualTo(7);
        assertThat(recheck.isSettled()).isFalse();

        source.remove(2);
        look(recheck);
        assertThat(recheck.isSettled()).isFalse();
        look(recheck);
        assertThat(recheck.isSettled()).isTrue();
        assertThat(target).isEqualTo(source);
    }

    @Test
    void a_row_that_is_gone_is_not_settled_before_it_was_deleted() {
        Recheck<Pair> recheck = ofRows(2);
        source.remove(2);
        Recheck.Look<Pair> found = recheck.look(rows());

        Recheck.Look<Pair> again = recheck.look(rows());

        assertThat(found.gone()).containsExactly(new Pair(2, 0));
        assertThat(again).isEqualTo(found);
        assertThat(recheck.isSettled()).isFalse();
    }

    @Test
    void only_what_follows_the_last_settled_row_is_read_again() {
        Recheck<Pair> recheck = ofRows(5);
        assertThat(recheck.after()).isEqualTo(keyOf(0));
        source.put(3, 1);

        look(recheck);

        assertThat(recheck.after()).isEqualTo(keyOf(2));
    }

    @Test
    void a_row_that_never_stays_ends_it_and_is_named() {
        Recheck<Pair> recheck = ofRows(5);

        assertThatThrownBy(() -> {
                    while (!recheck.isSettled()) {
                        source.merge(4, 1, Integer::sum);
                        look(recheck);
                    }
                })
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("key '4'", "101 looks", "guard LOCK");
    }
}

package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Faults;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.rows.Row;
import dev.turnout.flags.jdbc.rows.RowSource;
import dev.turnout.flags.jdbc.rows.RowTarget;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.migration.Reconciler;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(
        value = Database.class,
        names = {"H2", "POSTGRES"}) // whose SQL Items has
@Timeout(300) // a loop without end fails by it
class BackfillTest {
    private static final Version V1 = new Version(1, 0);
    private static final Version V2 = new Version(2, 0);

    private final DataSource source;
    private final DataSource target;
    private final Items items = new Items();
    private final List<Long> reconciled = new ArrayList<>();

    BackfillTest(Database kind) {
        source = kind.create();
        target = kind.create();
    }

    @BeforeEach
    void tables() {
        Items.create(source);
        Items.create(target);
    }

    private BackfillBuilder<Long, String> backfill(RowTarget<Long, String> rows) {
        return Backfill.from(source, items, KeyCodec.longs())
                .into(target, rows)
                .named("items")
                .chunkSize(10);
    }

    private BackfillBuilder<Long, String> backfill() {
        return backfill(items);
    }

    private void reconcile(Long key, Side from) {
        assertThat(from).isEqualTo(Side.OLD);
        reconciled.add(key);
        Items.put(source, key, Items.get(target, key));
        Items.put(target, key, Items.get(source, key));
    }

    /** Gives the source rows 1 to {@code count}, each third a tombstone. */
    private void fill(int count) {
        try (Connection connection = source.getConnection()) {
            List<Row<Long, String>> rows = new ArrayList<>();
            for (long key = 1; key <= count; key++) {
                rows.add(new Row<>(key, key % 3 == 0 ? Versioned.deleted(V1) : Versioned.of(V1, "text " + key)));
            }
            items.writeIfNewer(connection, rows);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private long single(String query) {
        try (Connection connection = target.getConnection();
                PreparedStatement statement = connection.prepareStatement(query);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getLong(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void every_row_and_tombstone_is_copied_with_its_version() {
        fill(95);

        BackfillResult result = backfill().build().run("1");

        assertThat(Items.all(target)).isEqualTo(Items.all(source)).hasSize(95);
        assertThat(result).isEqualTo(new BackfillResult(95, 95, 0));
    }

    @Test
    void a_table_that_ends_with_a_full_chunk_or_is_empty_is_copied_too() {
        assertThat(backfill().build().run("empty").visited()).isZero();
        fill(20);

        assertThat(backfill().build().run("full").visited()).isEqualTo(20);

        assertThat(Items.all(target)).isEqualTo(Items.all(source));
    }

    @Test
    void what_the_target_has_newer_stays() {
        fill(3);
        Items.put(target, 1, Versioned.of(V2, "newer"));
        Items.put(target, 2, Versioned.deleted(V2));

        BackfillResult result = backfill().build().run("1");

        assertThat(Items.all(target))
                .containsExactlyInAnyOrderEntriesOf(Map.of(1L, "newer@2.0", 2L, "nothing@2.0", 3L, "nothing@1.0"));
        assertThat(result.written()).isEqualTo(1);
    }

    /** Runs a backfill into which writes and deletes come between the reading and the writing of each chunk; gives the keys that are wrong then. */
    private List<Long> wrongAfterLiveTraffic(String guard) {
        fill(100);
        Map<Long, String> expected = new TreeMap<>(Items.all(source));
        RowTarget<Long, String> interrupted = (connection, rows) -> {
            for (Row<Long, String> row : rows) {
                long key = row.key();
                if (key % 4 == 0) {
                    Items.writeBoth(source, target, key, key % 8 == 0 ? null : "changed " + key);
                    expected.put(key, Items.all(source).get(key));
                }
            }
            return Items.write(connection, rows, guard);
        };

        backfill(interrupted).build().run("1");

        Map<Long, String> actual = Items.all(target);
        return expected.keySet().stream()
                .filter(key -> !expected.get(key).equals(actual.get(key)))
                .toList();
    }

    @Test
    void writes_and_deletes_between_reading_and_writing_a_chunk_win() {
        String guard = "AND (t.counter < s.counter OR (t.counter = s.counter AND t.writer < s.writer))";

        assertThat(wrongAfterLiveTraffic(guard)).isEmpty();
    }

    @Test
    void a_target_that_overwrites_blindly_would_be_noticed_by_the_test_above() {
        assertThat(wrongAfterLiveTraffic("")).hasSize(25).contains(4L, 8L);
    }

    @Test
    void rows_that_come_in_behind_the_end_do_not_keep_it_from_ending() {
        fill(25);
        AtomicLong next = new AtomicLong(1_000);
        RowTarget<Long, String> busy = (connection, rows) -> {
            Items.put(source, next.getAndIncrement(), Versioned.of(V1, "new"));
            return items.writeIfNewer(connection, rows);
        };

        assertThat(backfill(busy).build().run("1").visited()).isBetween(25L, 30L);
    }

    @Test
    void killed_at_any_step_it_goes_on_when_run_again_and_writes_nothing_twice() {
        fill(25);
        Items.put(target, 100, Versioned.of(V1, "only here"));
        Items.put(target, 200, Versioned.of(V1, "only here"));
        Map<Long, String> expected = new TreeMap<>(Items.all(source));
        expected.putAll(Items.all(target));

        for (boolean afterEffect : List.of(false, true)) {
            int kills = 0;
            for (int step = 1; step < 500; step++) {
                Database.execute(target, "DELETE FROM item WHERE id < 100", "DROP TABLE IF EXISTS turnout_backfill");
                Database.execute(source, "DELETE FROM item WHERE id >= 100");
                Faults faults = new Faults(target);
                faults.failAt(step, afterEffect);
                Backfill<Long, String> backfill = Backfill.from(source, items, KeyCodec.longs())
                        .into(faults.dataSource(), items)
                        .named("items")
                        .reconciling(items, this::reconcile, Side.OLD)
                        .chunkSize(10)
                        .build();
                try {
                    backfill.run("1");
                } catch (BackfillException e) {
                    kills++;
                    assertProgressIsNotAheadOfTheRows();
                }
                boolean survived = !faults.hasFailed();
                faults.stop();
                backfill.run("1");

                assertThat(Items.all(target)).as("killed at step %s", step).isEqualTo(expected);
                assertThat(Items.all(source)).isEqualTo(expected);
                assertThat(single("SELECT max(writes) FROM item")).isEqualTo(1);
                if (survived) {
                    break;
                }
            }
            assertThat(kills).as("steps at which it was killed").isGreaterThan(20);
        }
    }

    private void assertProgressIsNotAheadOfTheRows() {
        try {
            String lastKey =
                    "SELECT CASE WHEN pass = 'copy' THEN CAST(COALESCE(last_key, '0') AS BIGINT) ELSE 25 END FROM turnout_backfill";
            long rows = single("SELECT count(*) FROM item WHERE id < 100");
            assertThat(rows).isEqualTo(single("SELECT count(*) FROM (" + lastKey + ") p") == 0 ? 0 : single(lastKey));
        } catch (IllegalStateException e) {
            assertThat(single("SELECT count(*) FROM item WHERE id < 100"))
                    .as("no progress table yet")
                    .isZero();
        }
    }

    @Test
    void a_sweep_of_another_id_starts_over_and_one_that_was_done_does_nothing() {
        fill(25);
        backfill().build().run("1");
        Items.put(source, 5, Versioned.of(V2, "later")); // by a node that did not write to both

        assertThat(backfill().build().run("1").visited()).isZero();
        assertThat(backfill().build().run("2")).isEqualTo(new BackfillResult(25, 1, 0));
        assertThat(Items.all(target)).isEqualTo(Items.all(source));
    }

    @Test
    void a_half_done_sweep_of_another_id_is_not_continued() {
        fill(25);
        assertThatThrownBy(() -> backfill(failingAtChunk(2)).build().run("1")).isInstanceOf(BackfillException.class);

        assertThat(backfill().build().run("2").visited()).isEqualTo(25);
    }

    private RowTarget<Long, String> failingAtChunk(int chunk) {
        AtomicInteger chunks = new AtomicInteger();
        return (connection, rows) -> {
            int written = items.writeIfNewer(connection, rows);
            if (chunks.incrementAndGet() == chunk) {
                throw new SQLException("disk full", "53100");
            }
            return written;
        };
    }

    @Test
    void what_went_wrong_is_told_with_its_chunk() {
        fill(25);

        assertThatThrownBy(() -> backfill(failingAtChunk(2)).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll(
                        "'items'", "after key '10'", "up to key '20'", "disk full", "does not pass by itself");
        assertThat(Items.all(target)).hasSize(10);

        Database.execute(source, "ALTER TABLE item RENAME TO gone");
        assertThatThrownBy(() -> backfill().build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining("source");
    }

    @Test
    void of_two_runs_at_once_one_gets_on_and_the_other_writes_nothing_more() {
        fill(25);
        RowTarget<Long, String> overtaken = new RowTarget<>() {
            private boolean first = true;

            @Override
            public int writeIfNewer(Connection connection, List<Row<Long, String>> rows) throws SQLException {
                if (first && rows.get(0).key() > 10) {
                    first = false;
                    backfill().build().run("1"); // by another node, to the end
                }
                return items.writeIfNewer(connection, rows);
            }
        };

        assertThatThrownBy(() -> backfill(overtaken).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining("run by another process or thread too");
        assertThat(Items.all(target)).isEqualTo(Items.all(source));
        assertThat(single("SELECT max(writes) FROM item")).isEqualTo(1);
    }

    @Test
    void a_run_whose_sweep_was_given_up_meanwhile_writes_nothing_more() {
        fill(25);
        RowTarget<Long, String> late = (connection, rows) -> {
            if (rows.get(0).key() > 10) {
                assertThatThrownBy(() -> backfill(failingAtChunk(1)).build().run("2"))
                        .hasMessageContaining("disk full");
            }
            return items.writeIfNewer(connection, rows);
        };

        assertThatThrownBy(() -> backfill(late).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining("begun another one");
        assertThat(Items.all(target)).hasSize(10);
    }

    @Test
    void keys_that_are_not_strictly_ascending_are_refused() {
        assertThatThrownBy(() -> scanning(3, 1, 2).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("'1' follows '3'", "should come after it", "collation");
        assertThatThrownBy(() -> scanning(1, 2, 2).build().run("2"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("'2' follows '2'", "should come once");
        assertThat(Items.all(target)).isEmpty();
    }

    @Test
    void a_scan_that_ignores_where_to_begin_is_refused() {
        long[] full = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};

        assertThatThrownBy(() -> scanning(full).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining("'1' follows '10'");
    }

    @Test
    void a_scan_that_ignores_its_limit_is_refused() {
        assertThatThrownBy(() -> scanning(1, 2, 3).chunkSize(2).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining("at most 2 rows");
    }

    private BackfillBuilder<Long, String> scanning(long... keys) {
        RowSource<Long, String> rows = new Items() {
            @Override
            public List<Row<Long, String>> scan(Connection connection, Long after, int limit) {
                return java.util.stream.LongStream.of(keys)
                        .mapToObj(key -> new Row<>(key, Versioned.of(V1, "x")))
                        .toList();
            }
        };
        return Backfill.from(source, rows, KeyCodec.longs())
                .into(target, items)
                .named("items")
                .chunkSize(10);
    }

    private static FullSweep sweep(String id, List<String> finished) {
        return new FullSweep() {
            @Override
            public String id() {
                return id;
            }

            @Override
            public void finished(String by) {
                finished.add(by);
            }
        };
    }

    @Test
    void the_second_pass_reconciles_what_the_target_has_alone_or_newer_tombstones_included() {
        fill(30);
        Items.put(target, -5, Versioned.of(V1, "alone, first"));
        Items.put(target, 7, Versioned.of(V2, "newer"));
        Items.put(target, 8, Versioned.deleted(V2));
        Items.put(target, 500, Versioned.deleted(V1));
        List<String> finished = new ArrayList<>();

        BackfillResult result =
                backfill().reconciling(items, this::reconcile, Side.OLD).build().run(sweep("1", finished), "ana");

        assertThat(reconciled).containsExactly(-5L, 7L, 8L, 500L);
        assertThat(result).isEqualTo(new BackfillResult(30, 28, 4));
        assertThat(Items.all(source)).isEqualTo(Items.all(target)).hasSize(32);
        assertThat(finished).containsExactly("ana");
    }

    @Test
    void the_second_pass_reconciles_what_the_first_did_not_bring() {
        fill(30);
        backfill().build().run("1");
        Database.execute(target, "DELETE FROM item WHERE id IN (3, 29)");
        Items.put(source, 7, Versioned.of(V2, "newer"));

        BackfillResult result = backfill()
                .reconciling(items, this::reconcile, Side.OLD)
                .build()
                .run(sweep("1", new ArrayList<>()), "ana");

        assertThat(reconciled).containsExactly(3L, 7L, 29L);
        assertThat(result).isEqualTo(new BackfillResult(0, 0, 3));
        assertThat(Items.all(target)).isEqualTo(Items.all(source)).hasSize(30);
    }

    @Test
    void a_sweep_has_finished_only_when_all_was_visited() {
        fill(30);
        Items.put(target, 500, Versioned.of(V1, "alone"));
        List<String> finished = new ArrayList<>();
        Reconciler<Long> failing = (key, side) -> {
            throw new IllegalStateException("the path is down");
        };

        assertThatThrownBy(() ->
                        backfill().reconciling(items, failing, Side.OLD).build().run(sweep("1", finished), "ana"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("'500'", "the path is down");
        assertThat(finished).isEmpty();

        Backfill<Long, String> backfill =
                backfill().reconciling(items, this::reconcile, Side.OLD).build();
        assertThat(backfill.run(sweep("1", finished), "ana").visited()).isZero();
        assertThat(finished).hasSize(1);
        assertThat(backfill.run(sweep("1", finished), "ana").reconciled()).isZero();
        assertThat(finished)
                .as("killed before it could report that, it reports it again")
                .hasSize(2);
    }

    @Test
    void without_a_second_pass_it_is_no_sweep_of_all_keys() {
        fill(5);
        List<String> finished = new ArrayList<>();

        assertThatThrownBy(() -> backfill().build().run(sweep("1", finished), "ana"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("reconciling");
        backfill().build().run("1");
        Items.put(target, 500, Versioned.of(V1, "alone"));
        backfill().reconciling(items, this::reconcile, Side.OLD).build().run(sweep("1", finished), "ana");

        assertThat(reconciled)
                .as("the same sweep continues with its second pass")
                .containsExactly(500L);
        assertThat(finished).hasSize(1);
    }

    @Test
    void it_holds_one_connection_at_a_time() {
        fill(25);
        Items.put(target, 500, Versioned.of(V1, "alone"));
        AtomicInteger open = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();

        Backfill.from(counting(source, open, most), items, KeyCodec.longs())
                .into(counting(target, open, most), items)
                .named("items")
                .reconciling(items, this::reconcile, Side.OLD)
                .chunkSize(10)
                .pacing(() -> assertThat(open).hasValue(0))
                .build()
                .run("1");

        assertThat(most).hasValue(1);
        assertThat(open).hasValue(0);
    }

    static DataSource counting(DataSource database, AtomicInteger open, AtomicInteger most) {
        return (DataSource) Proxy.newProxyInstance(
                BackfillTest.class.getClassLoader(), new Class<?>[] {DataSource.class}, (proxy, method, arguments) -> {
                    Connection connection = database.getConnection();
                    most.accumulateAndGet(open.incrementAndGet(), Math::max);
                    return Proxy.newProxyInstance(
                            BackfillTest.class.getClassLoader(),
                            new Class<?>[] {Connection.class},
                            (inner, call, parameters) -> {
                                if (call.getName().equals("close")) {
                                    open.decrementAndGet();
                                }
                                return Faults.call(connection, call, parameters);
                            });
                });
    }

    @Test
    void progress_counts_what_interrupted_runs_did_and_estimates_the_time_left() {
        fill(40);
        assertThatThrownBy(() -> backfill(failingAtChunk(3)).build().run("1")).isInstanceOf(BackfillException.class);
        AtomicLong seconds = new AtomicLong();
        TimeSource time = new TimeSource() {
            @Override
            public Instant now() {
                throw new AssertionError("measures by the other clock");
            }

            @Override
            public long nanoTime() {
                return Duration.ofSeconds(seconds.get()).toNanos();
            }
        };
        List<Progress> told = new ArrayList<>();

        backfill()
                .time(time)
                .pacing(seconds::incrementAndGet)
                .onProgress(told::add)
                .build()
                .run("1");

        assertThat(told)
                .containsExactly(new Progress(30, 40, 10), new Progress(40, 40, 10), new Progress(40, 40, 20.0 / 3));
        assertThat(told.get(0).eta()).contains(Duration.ofSeconds(1));
        assertThat(told.get(2).eta()).contains(Duration.ZERO);
        assertThat(new Progress(30, 0, 10).eta()).isEmpty();
    }

    @Test
    void a_listener_that_fails_is_logged_and_does_not_end_it() throws Exception {
        fill(5);
        Consumer<Progress> broken = progress -> {
            throw new NoClassDefFoundError("of a broken display");
        };

        try (LogLines log = new LogLines(Progress.class)) {
            backfill().onProgress(broken).build().run("1");

            assertThat(log.next()).startsWith("ERROR A listener failed").contains("rowsDone=5");
        }
        assertThat(Items.all(target)).hasSize(5);
    }

    @Test
    void an_interrupt_ends_it_between_two_chunks() {
        fill(25);
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> backfill().build().run("1"))
                    .isInstanceOf(BackfillException.class)
                    .hasMessageContaining("interrupted after 0 rows");
        } finally {
            assertThat(Thread.interrupted()).as("still interrupted").isTrue();
        }
    }

    @Test
    void what_is_missing_or_wrong_is_said_when_it_is_built() {
        BackfillBuilder<Long, String> builder = Backfill.from(source, items, KeyCodec.longs());

        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("named(...)");
        assertThatThrownBy(() -> builder.named("items").build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("into(...)");
        assertThatThrownBy(() -> builder.chunkSize(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.named(" ")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.reconciling(items, this::reconcile, Side.BOTH))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> backfill().build().run("")).isInstanceOf(IllegalArgumentException.class);
    }
}

package dev.turnout.flags.jdbc.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.backfill.Items;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.rows.Row;
import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.migration.Difference.Kind;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
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
class VerifyTest {
    private static final Version V1 = new Version(1, 0);
    private static final Duration DELAY = Duration.ofMillis(200);

    private final DataSource authority;
    private final DataSource mirror;
    private final AtomicLong nanos = new AtomicLong();
    private final List<Duration> waits = new ArrayList<>();
    private final List<Runnable> meanwhile = new ArrayList<>();

    VerifyTest(Database kind) {
        authority = kind.create();
        mirror = kind.create();
    }

    @BeforeEach
    void tables() {
        Items.create(authority);
        Items.create(mirror);
        fill(authority, 1, 50);
        fill(mirror, 1, 50);
    }

    private static void fill(DataSource database, long from, long to) {
        try (Connection connection = database.getConnection()) {
            new Items()
                    .writeIfNewer(
                            connection,
                            LongStream.rangeClosed(from, to)
                                    .mapToObj(key -> new Row<>(key, Versioned.of(V1, "text " + key)))
                                    .toList());
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private final TimeSource time = new TimeSource() {
        @Override
        public Instant now() {
            throw new AssertionError("measures by the other clock");
        }

        @Override
        public long nanoTime() {
            return nanos.get();
        }
    };

    private Verify.Builder<Long, String> verify(Items ours, Items theirs) {
        return Verify.authority(authority, ours, KeyCodec.longs())
                .mirror(mirror, theirs)
                .chunkSize(10)
                .settle(DELAY, 3)
                .time(time)
                .waiting(wait -> {
                    waits.add(Duration.ofNanos(wait));
                    nanos.addAndGet(wait);
                    if (!meanwhile.isEmpty()) {
                        meanwhile.remove(0).run();
                    }
                });
    }

    private Verify.Builder<Long, String> verify() {
        return verify(new Items(), new Items());
    }

    private static Versioned<String> record(long counter, String text) {
        return Versioned.of(new Version(counter, 0), text);
    }

    private static Versioned<String> tombstone(long counter) {
        return Versioned.deleted(new Version(counter, 0));
    }

    @Test
    void equal_tables_are_found_equal_without_waiting() {
        VerifyResult<Long> result = verify().build().run();

        assertThat(result).isEqualTo(new VerifyResult<Long>(50, List.of(), Map.of(), 0, Set.of(), Duration.ZERO));
        assertThat(result.isEqual()).isTrue();
        assertThat(waits).isEmpty();
    }

    @Test
    void each_kind_of_difference_is_found() {
        Items.put(authority, 60, record(1, "only here"));
        Items.put(mirror, 70, record(1, "only there"));
        Items.put(authority, 5, record(3, "other"));
        Items.put(mirror, 6, tombstone(2));
        Items.put(authority, 6, record(3, "text 6"));
        Items.put(authority, 7, tombstone(2));
        Items.put(mirror, 8, record(2, "other"));
        Items.put(mirror, 9, tombstone(2));

        VerifyResult<Long> result = verify().build().run();

        assertThat(result.differences())
                .containsExactlyInAnyOrder(
                        new Difference<>(5L, Kind.DIFFERENT),
                        new Difference<>(6L, Kind.MISSING),
                        new Difference<>(7L, Kind.EXTRA),
                        new Difference<>(8L, Kind.NEWER_ON_MIRROR),
                        new Difference<>(9L, Kind.NEWER_ON_MIRROR),
                        new Difference<>(60L, Kind.MISSING),
                        new Difference<>(70L, Kind.EXTRA));
        assertThat(result.counts())
                .isEqualTo(Map.of(Kind.DIFFERENT, 1L, Kind.MISSING, 2L, Kind.EXTRA, 2L, Kind.NEWER_ON_MIRROR, 2L));
        assertThat(result.keysCompared()).isEqualTo(52);
        assertThat(result.isEqual()).isFalse();
        assertThat(result.duration()).isEqualTo(DELAY.multipliedBy(3));
    }

    @Test
    void a_tombstone_is_equal_to_nothing_and_to_another_tombstone() {
        Items.put(authority, 60, tombstone(4));
        Items.put(mirror, 70, tombstone(1));
        Items.put(authority, 80, tombstone(4));
        Items.put(mirror, 80, tombstone(1));

        assertThat(verify().build().run().isEqual()).isTrue();
    }

    @Test
    void contents_count_and_versions_do_not() {
        Items.put(mirror, 5, record(9, "text 5"));

        assertThat(verify().build().run().isEqual()).isTrue();
    }

    @Test
    void the_caller_says_when_records_are_the_same() {
        Items.put(mirror, 5, record(2, "TEXT 5"));

        assertThat(verify().sameWhen(String::equalsIgnoreCase).build().run().isEqual())
                .isTrue();
    }

    @Test
    void a_write_that_reaches_the_mirror_in_time_is_no_difference() {
        Items.put(authority, 5, record(2, "new"));
        Items.put(authority, 60, record(1, "inserted"));
        meanwhile.add(() -> Items.put(mirror, 60, record(1, "inserted")));
        meanwhile.add(() -> {});
        meanwhile.add(() -> Items.put(mirror, 5, record(2, "new"))); // just in time for the last look

        VerifyResult<Long> result = verify().build().run();

        assertThat(result.isEqual()).isTrue();
        assertThat(waits).containsExactly(DELAY, DELAY, DELAY);
    }

    @Test
    void a_key_that_waits_for_repair_is_given_time_until_it_is_repaired() {
        Journal<Long> journal = Journal.inMemory();
        Items.put(authority, 5, record(2, "new"));
        journal.record(5L, Side.OLD);
        for (int i = 0; i < 29; i++) {
            meanwhile.add(() -> {});
        }
        meanwhile.add(() -> {
            Items.put(mirror, 5, record(2, "new"));
            journal.claim().orElseThrow().repaired();
        });

        VerifyResult<Long> result = verify().journal(journal).build().run();

        assertThat(result.isEqual()).isTrue();
        assertThat(waits).hasSize(30);
    }

    @Test
    void a_key_that_was_changed_or_late_has_to_be_quiet_for_as_many_looks_as_another_one() {
        Journal<Long> journal = Journal.inMemory();
        Items.put(authority, 5, record(2, "new"));
        Items.put(authority, 6, record(2, "new"));
        journal.record(6L, Side.OLD);
        Runnable nothing = () -> {};
        meanwhile.addAll(List.of(
                nothing,
                nothing,
                () -> {
                    Items.put(authority, 5, record(3, "newer"));
                    journal.claim().orElseThrow().repaired(); // but a replica has not replayed that
                },
                nothing,
                nothing,
                () -> {
                    Items.put(mirror, 5, record(3, "newer"));
                    Items.put(mirror, 6, record(2, "new"));
                }));

        VerifyResult<Long> result = verify().journal(journal).build().run();

        assertThat(result.isEqual()).isTrue();
        assertThat(waits).as("three further looks are enough for quiet keys").hasSize(6);
    }

    @Test
    void a_journal_that_is_down_ends_it_with_what_to_do() {
        Items.put(authority, 5, record(2, "new"));
        Journal<Long> journal = Journal.inMemory();

        assertThatThrownBy(() -> verify().journal(journal, key -> {
                            throw new IllegalStateException("the journal is down");
                        })
                        .build()
                        .run())
                .isInstanceOf(VerifyException.class)
                .hasMessageContainingAll("the journal is down", "Run it again");
    }

    @Test
    void a_repair_between_the_question_to_the_journal_and_the_reads_is_no_difference() {
        Journal<Long> journal = Journal.inMemory();
        Items.put(authority, 5, record(2, "new"));
        journal.record(5L, Side.OLD);
        List<Long> reads = new ArrayList<>();
        Items repairedBeforeItIsRead = new Items() {
            @Override
            public Versioned<String> read(Connection connection, Long key) throws SQLException {
                reads.add(key);
                if (reads.size() == 3) { // the last look
                    Items.put(mirror, 5, record(2, "new"));
                    journal.claim().orElseThrow().repaired();
                }
                return super.read(connection, key);
            }
        };

        assertThat(verify(repairedBeforeItIsRead, new Items())
                        .journal(journal)
                        .build()
                        .run()
                        .isEqual())
                .isTrue();
    }

    @Test
    void a_key_whose_repair_does_not_come_is_unsettled_and_one_that_nobody_will_repair_is_a_difference() {
        Journal<String> journal = Journal.inMemory();
        Items.put(authority, 5, record(2, "new"));
        Items.put(authority, 6, record(2, "new"));
        Items.put(authority, 7, record(2, "new"));
        journal.record("key 6", Side.OLD);
        journal.claim().orElseThrow().quarantine("the mapping is wrong");
        journal.record("key 5", Side.OLD);

        VerifyResult<Long> result =
                verify().journal(journal, key -> "key " + key).build().run();

        assertThat(result.differences())
                .containsExactlyInAnyOrder(new Difference<>(6L, Kind.DIFFERENT), new Difference<>(7L, Kind.DIFFERENT));
        assertThat(result.unsettled()).isEqualTo(1);
        assertThat(waits).as("30 times 3 looks").hasSize(90);
    }

    /** Writes a key to both tables after the authority was read, each time, so the mirror always looks newer. */
    private Items writtenAfterEachRead(long key) {
        return new Items() {
            private long counter = 1;

            @Override
            public Versioned<String> read(Connection connection, Long read) throws SQLException {
                Versioned<String> before = super.read(connection, read);
                if (read == key) {
                    counter++;
                    Items.put(authority, key, record(counter, "text " + counter));
                    Items.put(mirror, key, record(counter, "text " + counter));
                }
                return before;
            }
        };
    }

    @Test
    void a_key_that_is_written_between_the_two_reads_each_time_is_not_called_a_difference() {
        Items.put(mirror, 5, record(1, "text 5"));
        Items.put(authority, 5, record(2, "in flight"));

        VerifyResult<Long> result =
                verify(writtenAfterEachRead(5), new Items()).build().run();

        assertThat(result.differences()).isEmpty();
        assertThat(result.unsettled()).isEqualTo(1);
        assertThat(result.isEqual()).as("nothing is known of it").isFalse();
    }

    @Test
    void a_write_on_its_way_to_the_mirror_and_another_between_the_reads_are_not_taken_for_a_difference() {
        // The authority answers the same at both looks; only the mirror shows that something was written in between.
        Items.put(authority, 5, record(2, "first"));
        meanwhile.add(() -> {});
        meanwhile.add(() -> Items.put(mirror, 5, record(3, "second")));
        meanwhile.add(() -> Items.put(authority, 5, record(3, "second"))); // as was there when the mirror was read

        VerifyResult<Long> result = verify().settle(DELAY, 2).build().run();

        assertThat(result.isEqual()).isTrue();
        assertThat(waits).as("one look more than for a quiet key").hasSize(3);
    }

    @Test
    void live_writes_to_both_tables_give_no_difference() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        Thread writer = new Thread(() -> {
            Random random = new Random(1);
            while (!stop.get()) {
                long key = 1L + random.nextInt(50);
                Items.writeBoth(authority, mirror, key, random.nextBoolean() ? "text " + random.nextInt() : null);
            }
        });
        writer.start();
        try {
            for (int i = 0; i < 20; i++) {
                VerifyResult<Long> result = Verify.authority(authority, new Items(), KeyCodec.longs())
                        .mirror(mirror, new Items())
                        .chunkSize(7)
                        .settle(Duration.ofMillis(10), 20)
                        .build()
                        .run();
                assertThat(result.differences()).isEmpty();
            }
        } finally {
            stop.set(true);
            writer.join();
        }
        assertThat(verify().build().run().isEqual()).isTrue();
    }

    @Test
    void many_differences_are_counted_and_the_first_thousand_are_named() {
        fill(authority, 1_001, 2_010);

        VerifyResult<Long> result =
                verify().settle(DELAY, 1).chunkSize(500).build().run();

        assertThat(result.differences()).hasSize(1_000).doesNotHaveDuplicates();
        assertThat(result.counts()).isEqualTo(Map.of(Kind.MISSING, 1_010L));
    }

    @Test
    void suspects_are_looked_at_again_before_they_become_too_many() {
        fill(authority, 101, 200);
        List<Long> compared = new ArrayList<>();
        List<Long> comparedWhenWaiting = new ArrayList<>();

        VerifyResult<Long> result = verify().chunkSize(2)
                .onProgress(progress -> compared.add(progress.rowsDone()))
                .waiting(wait -> {
                    comparedWhenWaiting.add(compared.get(compared.size() - 1));
                    nanos.addAndGet(wait);
                })
                .build()
                .run();

        assertThat(comparedWhenWaiting.get(0))
                .as("50 equal keys and about 20 suspects")
                .isBetween(66L, 72L);
        assertThat(result.counts()).isEqualTo(Map.of(Kind.MISSING, 100L));
    }

    @Test
    void keys_that_are_not_in_order_are_refused_on_either_side() {
        Items shuffled = new Items() {
            @Override
            public List<Row<Long, String>> scan(Connection connection, Long after, int limit) throws SQLException {
                List<Row<Long, String>> rows = new ArrayList<>(super.scan(connection, after, limit));
                java.util.Collections.swap(rows, 3, 4);
                return rows;
            }
        };

        assertThatThrownBy(() -> verify(shuffled, new Items()).build().run())
                .isInstanceOf(VerifyException.class)
                .hasMessageContainingAll("the authority", "'4' follows '5'");
        assertThatThrownBy(() -> verify(new Items(), shuffled).build().run())
                .isInstanceOf(VerifyException.class)
                .hasMessageContaining("the mirror");
    }

    @Test
    void a_table_that_can_not_be_read_is_named_at_each_step() {
        Items.put(authority, 60, record(1, "missing"));
        meanwhile.add(() -> Database.execute(mirror, "ALTER TABLE item RENAME TO gone"));

        assertThatThrownBy(() -> verify().build().run())
                .isInstanceOf(VerifyException.class)
                .hasMessageContainingAll("the mirror", "'60'", "cannot be read again");
        assertThatThrownBy(() -> verify().build().run())
                .isInstanceOf(VerifyException.class)
                .hasMessageContainingAll("the mirror", "from its beginning");
        Database.execute(authority, "DROP TABLE item");
        assertThatThrownBy(() -> verify().build().run())
                .isInstanceOf(VerifyException.class)
                .hasMessageContainingAll("the authority", "cannot be estimated");
    }

    @Test
    void progress_is_told_and_the_pace_is_set_by_chunks() {
        List<Progress> told = new ArrayList<>();

        verify().onProgress(told::add)
                .pacing(() -> nanos.addAndGet(Duration.ofSeconds(1).toNanos()))
                .build()
                .run();

        assertThat(told).hasSize(5).startsWith(new Progress(10, 50, 10)).endsWith(new Progress(50, 50, 10));
    }

    @Test
    void what_is_missing_or_wrong_is_said_when_it_is_built() {
        Verify.Builder<Long, String> builder = Verify.authority(authority, new Items(), KeyCodec.longs());

        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("mirror(...)");
        assertThatThrownBy(() -> builder.chunkSize(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.settle(Duration.ZERO, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> builder.settle(DELAY, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("write in flight");
    }
}

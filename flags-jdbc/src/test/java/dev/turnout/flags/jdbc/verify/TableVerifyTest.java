package dev.turnout.flags.jdbc.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.migration.Difference.Kind;
import dev.turnout.flags.migration.UnrepairableException;
import dev.turnout.flags.migration.Verified;
import dev.turnout.flags.stage.Side;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@OnEachDatabase
@Timeout(300)
class TableVerifyTest {
    private static final TableMapping MAPPING = TableMapping.from("person")
            .into("person_v2")
            .key("id")
            .column("name", "full_name")
            .column("city")
            .version("version")
            .deleted("deleted")
            .build();

    private final DataSource old;
    private final DataSource now;

    TableVerifyTest(Database kind) {
        old = kind.create();
        now = kind.create();
    }

    @BeforeEach
    void tables() {
        Database.execute(
                old,
                "CREATE TABLE person (id INT PRIMARY KEY, name VARCHAR(50), city VARCHAR(50), version BIGINT NOT NULL,"
                        + " deleted BOOLEAN NOT NULL)");
        Database.execute(
                now,
                "CREATE TABLE person_v2 (id BIGINT PRIMARY KEY, full_name VARCHAR(100), city VARCHAR(50), version BIGINT NOT NULL,"
                        + " deleted BOOLEAN NOT NULL)");
        Database.execute(old, insert("person", 1, 100));
        Database.execute(now, insert("person_v2", 1, 100));
    }

    private static String insert(String table, int from, int to) {
        return "INSERT INTO " + table + " VALUES "
                + String.join(
                        ", ",
                        IntStream.rangeClosed(from, to)
                                .mapToObj(id -> "(" + id + ", 'name " + id + "', 'city " + id + "', 1, FALSE)")
                                .toList());
    }

    private Verify.Builder<RowKey, ?> verify() {
        return Verify.tables(MAPPING, old, now).chunkSize(7).settle(Duration.ofMillis(1), 1);
    }

    @Test
    void equal_tables_are_equal_in_both_directions() {
        AtomicLong chunks = new AtomicLong();

        VerifyResult<RowKey> result =
                verify().pacing(chunks::incrementAndGet).build().run();

        assertThat(result.isEqual()).isTrue();
        assertThat(chunks).as("blocked once for each chunk").hasValue(15);
        assertThat(result.keysCompared()).isEqualTo(100);
        assertThat(verify().authority(Side.NEW).build().run().isEqual()).isTrue();
    }

    @Test
    void each_class_is_told_with_its_columns_and_without_its_values() {
        Database.execute(
                old, "UPDATE person SET city = 'Secret', version = 2 WHERE id = 5", "DELETE FROM person WHERE id = 7");
        Database.execute(
                now,
                "DELETE FROM person_v2 WHERE id = 6",
                "UPDATE person_v2 SET full_name = 'Hidden', version = 9 WHERE id = 8",
                "UPDATE person_v2 SET deleted = TRUE WHERE id = 9",
                "UPDATE person_v2 SET version = 5 WHERE id = 10"); // the same contents

        VerifyResult<RowKey> result =
                verify().revealColumns("full_name").build().run();

        List<Difference<RowKey>> found = result.differences().stream()
                .sorted(Comparator.comparing(each -> each.key().only(Long.class)))
                .toList();
        assertThat(found)
                .extracting(each -> each.key() + " " + each.kind())
                .containsExactly("5 DIFFERENT", "6 MISSING", "7 EXTRA", "8 NEWER_ON_MIRROR", "9 MISSING");
        Difference.Field city = found.get(0).fields().get(0);
        assertThat(city.name()).isEqualTo("city");
        assertThat(city.authority()).startsWith("#").isNotEqualTo(city.mirror());
        assertThat(found.get(3).fields()).containsExactly(new Difference.Field("full_name", "s6:name 8", "s6:Hidden"));
        assertThat(result.toString()).doesNotContain("Secret");
    }

    @Test
    void a_tombstone_is_equal_to_nothing() {
        Database.execute(old, "UPDATE person SET deleted = TRUE WHERE id = 5", "DELETE FROM person WHERE id = 6");
        Database.execute(now, "DELETE FROM person_v2 WHERE id = 5", "UPDATE person_v2 SET deleted = TRUE WHERE id = 6");

        assertThat(verify().build().run().isEqual()).isTrue();
    }

    @Test
    void many_more_rows_on_the_mirror_are_cut_into_ranges() {
        for (int from = 1_001; from < 26_001; from += 1_000) {
            Database.execute(now, insert("person_v2", from, from + 999));
        }

        VerifyResult<RowKey> result = verify().chunkSize(10_000).build().run();

        assertThat(result.counts()).isEqualTo(Map.of(Kind.EXTRA, 25_000L));
        assertThat(result.keysCompared()).isEqualTo(25_100);
    }

    @Test
    void what_a_function_makes_is_compared_and_what_it_fails_on_is_told() {
        TableMapping mapping = TableMapping.from("person")
                .into("person_v2")
                .key("id")
                .column("name", "full_name", String.class, name -> {
                    if (name.equals("name 13")) {
                        throw new IllegalStateException("no such " + name);
                    }
                    return name.toUpperCase(java.util.Locale.ROOT);
                })
                .computed("city", "CONCAT('the ', city)")
                .build();
        Database.execute(now, "UPDATE person_v2 SET full_name = UPPER(full_name), city = CONCAT('the ', city)");
        Database.execute(now, "UPDATE person_v2 SET city = 'city 20' WHERE id = 20");

        VerifyResult<RowKey> result = Verify.tables(mapping, old, now)
                .settle(Duration.ofMillis(1), 1)
                .build()
                .run();

        assertThat(result.differences())
                .extracting(each -> each.key() + " " + each.kind())
                .containsExactlyInAnyOrder("13 NOT_TRANSFORMABLE", "20 DIFFERENT");
    }

    @Test
    void keys_of_several_columns_and_of_text_are_compared() {
        String create = "CREATE TABLE pair (part VARCHAR(20), id INT, note VARCHAR(20), PRIMARY KEY (part, id))";
        Database.execute(old, create);
        Database.execute(now, create);
        Random random = new Random(3);
        for (int i = 0; i < 300; i++) {
            String row = "INSERT INTO pair VALUES ('" + (char) ('A' + random.nextInt(4))
                    + (char) ('a' + random.nextInt(4)) + "', " + i + ", 'note " + i + "')";
            Database.execute(old, row);
            if (i != 77) {
                Database.execute(now, row);
            }
        }
        TableMapping mapping = TableMapping.from("pair")
                .into("pair")
                .key("part")
                .key("id")
                .column("note")
                .build();

        VerifyResult<RowKey> result = Verify.tables(mapping, old, now)
                .chunkSize(10)
                .settle(Duration.ofMillis(1), 1)
                .build()
                .run();

        assertThat(result.keysCompared()).isEqualTo(300);
        assertThat(result.differences()).singleElement().satisfies(only -> {
            assertThat(only.kind()).isEqualTo(Kind.MISSING);
            assertThat(only.key().values().get(1)).isEqualTo(77L);
        });
    }

    @Test
    void types_that_can_not_be_compared_are_refused_when_it_is_built() {
        Database.execute(old, "CREATE TABLE odd (id INT PRIMARY KEY, at TIMESTAMP, text VARCHAR(10))");
        Database.execute(now, "CREATE TABLE odd (id INT PRIMARY KEY, at VARCHAR(30), text INT)");
        Verify.Builder<RowKey, ?> builder = Verify.tables(
                TableMapping.from("odd")
                        .into("odd")
                        .key("id")
                        .column("at")
                        .column("text")
                        .build(),
                old,
                now);

        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'at' of timestamp", "'text' of");
        assertThatThrownBy(() -> Verify.tables(MAPPING, old, old).build())
                .isInstanceOf(VerifyException.class)
                .hasMessageContainingAll("the target 'person_v2'");
        assertThatThrownBy(() -> verify().revealColumns("name").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[full_name, city]");
    }

    @Test
    void an_interrupted_run_goes_on_and_the_oldest_range_is_known() {
        AtomicLong version = new AtomicLong(4);
        VerifiedRanges verified = VerifiedRanges.in(now, "people", version::get);
        Database.execute(now, "UPDATE person_v2 SET city = '?' WHERE id = 3");
        AtomicLong chunks = new AtomicLong();
        Verify<RowKey, ?> interrupted = verify().remember(verified)
                .pacing(() -> {
                    if (chunks.incrementAndGet() == 10) {
                        throw new IllegalStateException("killed");
                    }
                })
                .build();
        assertThatThrownBy(interrupted::run).hasMessage("killed");
        assertThat(verified.oldest()).isEmpty();
        version.set(6);
        List<Long> told = new ArrayList<>();

        VerifyResult<RowKey> result = verify().remember(verified)
                .onProgress(progress -> told.add(progress.rowsDone()))
                .build()
                .run();

        assertThat(result.keysCompared()).isEqualTo(100);
        assertThat(result.counts()).as("found again").isEqualTo(Map.of(Kind.DIFFERENT, 1L));
        assertThat(told).as("ranges that were compared in this run").hasSizeLessThan(13);
        assertThat(verified.oldest()).as("something differs").isEmpty();
        Database.execute(now, "UPDATE person_v2 SET city = 'city 3' WHERE id = 3");
        assertThat(verify().remember(verified).build().run().isEqual()).isTrue();
        assertThat(verified.oldest().map(Verified::version)).hasValue(6L);
    }

    /** Hazard 23. */
    @Test
    void what_was_verified_of_another_mapping_does_not_count_any_more() {
        VerifiedRanges verified = VerifiedRanges.in(now, "people", () -> 4);
        assertThat(verify().remember(verified).build().run().isEqual()).isTrue();
        assertThat(verified.oldest()).isPresent();
        TableMapping changed = TableMapping.from("person")
                .into("person_v2")
                .key("id")
                .column("city")
                .revision("2")
                .build();
        AtomicBoolean isKilled = new AtomicBoolean(true);
        Verify<RowKey, ?> ofChanged = Verify.tables(changed, old, now)
                .remember(verified)
                .pacing(() -> {
                    if (isKilled.get()) {
                        throw new IllegalStateException("killed");
                    }
                })
                .build();

        assertThatThrownBy(ofChanged::run).hasMessage("killed");

        assertThat(verified.oldest()).isEmpty();
        isKilled.set(false);
        assertThat(ofChanged.run().isEqual()).isTrue();
        assertThat(verified.oldest()).isPresent();
    }

    @Test
    void what_is_confirmed_is_repaired_and_what_people_must_see_is_left() {
        Database.execute(
                old, "UPDATE person SET city = 'new', version = 2 WHERE id = 5", "DELETE FROM person WHERE id = 7");
        Database.execute(
                now,
                "DELETE FROM person_v2 WHERE id = 6",
                "UPDATE person_v2 SET city = '?', version = 9 WHERE id = 8",
                "DELETE FROM person_v2 WHERE id = 11");
        List<String> reconciled = new ArrayList<>();
        Repair<Long> repair = Repair.through(
                (key, source) -> {
                    if (key == 11) {
                        throw new UnrepairableException("its name is taken");
                    }
                    reconciled.add(key + " from " + source);
                },
                Side.OLD);

        verify().onDifference(repair.by(key -> key.only(Long.class))).build().run();

        assertThat(reconciled).containsExactlyInAnyOrder("5 from OLD", "6 from OLD");
        assertThat(repair.repaired()).isEqualTo(2);
        assertThat(repair.failed()).isEqualTo(1);
        assertThat(repair.problems()).containsExactly("key '11': its name is taken");
        assertThat(repair.left()).isEqualTo(Map.of(Kind.EXTRA, 1L, Kind.NEWER_ON_MIRROR, 1L));
        reconciled.clear();
        verify().onDifference(repair.includeExtras().by(key -> key.only(Long.class)))
                .build()
                .run();
        assertThat(reconciled).contains("7 from OLD").doesNotContain("8 from OLD");
    }

    @Test
    void nothing_is_found_while_both_are_written() throws InterruptedException {
        compareUnderWrites(times -> times < 15);
    }

    /** {@code -Dverify.minutes} makes it longer. */
    @Test
    @Tag("long")
    @Timeout(value = 1, unit = TimeUnit.DAYS)
    void nothing_is_found_while_both_are_written_for_minutes() throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(Long.getLong("verify.minutes", 1));
        compareUnderWrites(times -> System.nanoTime() < end);
    }

    private void compareUnderWrites(IntPredicate goOn) throws InterruptedException {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger writes = new AtomicInteger();
        Thread writer = new Thread(() -> {
            Random random = new Random(1);
            Set<Integer> passing = new HashSet<>(); // rows that come and go, behind those that stay
            for (int version = 2; !stop.get(); version++) {
                int id = 1 + random.nextInt(150);
                if (id <= 100) {
                    boolean deleted = random.nextInt(4) == 0;
                    String set = " SET version = " + version + ", deleted = " + deleted + ", city = 'c" + version
                            + "' WHERE id = " + id;
                    Database.execute(old, "UPDATE person" + set);
                    Database.execute(now, "UPDATE person_v2" + set);
                } else if (passing.add(id)) {
                    String values = " VALUES (" + id + ", 'passing', 'c', " + version + ", FALSE)";
                    Database.execute(old, "INSERT INTO person" + values);
                    Database.execute(now, "INSERT INTO person_v2" + values);
                } else {
                    passing.remove(id);
                    Database.execute(old, "DELETE FROM person WHERE id = " + id);
                    Database.execute(now, "DELETE FROM person_v2 WHERE id = " + id);
                }
                writes.incrementAndGet();
            }
        });
        writer.start();
        int times = 0;
        try {
            for (; goOn.test(times); times++) {
                VerifyResult<RowKey> result = Verify.tables(MAPPING, old, now)
                        .chunkSize(20)
                        .settle(Duration.ofMillis(10), 50)
                        .build()
                        .run();
                assertThat(result.differences()).isEmpty();
            }
        } finally {
            stop.set(true);
            writer.join();
        }
        System.out.println("Compared " + times + " times, during " + writes + " writes to both, and found nothing.");
        assertThat(verify().build().run().isEqual()).isTrue();
    }
}

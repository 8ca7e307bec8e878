package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.stage.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every pair of databases. */
@ParameterizedClass
@MethodSource("pairs")
@Timeout(300)
class TableBackfillTest {
    private final DataSource source;
    private final DataSource target;

    TableBackfillTest(Database from, Database into) {
        source = from.create();
        target = into.create();
    }

    static Stream<Arguments> pairs() {
        return Database.pairs();
    }

    @BeforeEach
    void tables() {
        Parcels.createBoth(source, target);
    }

    private BackfillBuilder<List<String>, Void> backfill(TableMapping mapping) {
        return Backfill.from(source, mapping).into(target).named("parcels").chunkSize(37);
    }

    @Test
    void every_row_is_copied_with_its_version_whatever_its_texts_are() {
        Parcels.fill(source, 500);

        BackfillResult result = backfill(Parcels.versioned()).build().run("1");

        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source)).hasSize(500);
        assertThat(result).isEqualTo(new BackfillResult(500, 500, 0));
        assertThat(backfill(Parcels.versioned()).build().run("1").visited())
                .as("done")
                .isZero();
        assertThat(backfill(Parcels.versioned()).build().run("2"))
                .isEqualTo(new BackfillResult(500, Parcels.countsWrites(target) ? 0 : 500, 0));
    }

    @Test
    void what_the_target_has_newer_stays_tombstones_too_and_what_it_has_older_does_not() {
        Parcels.fill(source, 3);
        String insert =
                "INSERT INTO parcel_v2 (region, id, note, version, writer, deleted) VALUES (?, ?, 'other', ?, ?, ?)";
        Parcels.update(target, insert, Parcels.region(0), Parcels.id(0), 2, 0, true);
        Parcels.update(target, insert, Parcels.region(1), Parcels.id(1), 1, 0, false);
        Parcels.update(target, insert, Parcels.region(2), Parcels.id(2), 1, -100, false);

        BackfillResult result = backfill(Parcels.versioned()).build().run("1");

        assertThat(Parcels.target(target))
                .hasSize(3)
                .filteredOn(row -> row.contains("|other|"))
                .hasSize(2)
                .noneMatch(row -> row.startsWith(Parcels.region(2) + "|"));
        assertThat(result.written()).isEqualTo(Parcels.countsWrites(target) ? 1 : 3);
    }

    @Test
    void an_empty_table_is_copied_too() {
        assertThat(backfill(Parcels.versioned()).build().run("1")).isEqualTo(new BackfillResult(0, 0, 0));
    }

    @Test
    void values_are_converted_and_computed_on_the_way() {
        Parcels.fill(source, 100);
        TableMapping mapping = TableMapping.from("parcel")
                .into("parcel_v2")
                .key("region")
                .key("id")
                .computed("note", "COALESCE(note, 'none')")
                .column("weight", "grams", java.math.BigDecimal.class, weight -> weight.movePointRight(1))
                .build();

        backfill(mapping).build().run("1");

        assertThat(Parcels.target(target))
                .hasSize(100)
                .anyMatch(row -> row.contains("|none|0.000|"))
                .anyMatch(row -> row.contains("|0.990|"));
    }

    @Test
    void a_value_that_cannot_be_converted_is_told_with_its_key_and_without_itself() {
        Parcels.fill(source, 100);
        TableMapping mapping = Parcels.mapping()
                .column("deleted", "deleted", Boolean.class, flag -> {
                    throw new IllegalArgumentException("no such thing");
                })
                .build();

        assertThatThrownBy(() -> backfill(mapping).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("'deleted'", "key '[", "IllegalArgumentException")
                .hasMessageNotContaining("no such thing"); // it may have the value
    }

    @Test
    void without_versions_each_guard_copies_all_and_which_one_is_said() throws Exception {
        Parcels.fill(source, 100);
        Parcels.update(source, "UPDATE parcel SET version = 0, writer = 0, deleted = FALSE");

        for (OverwriteGuard guard :
                List.of(OverwriteGuard.RECHECK, OverwriteGuard.LOCK, OverwriteGuard.INSERT_IF_ABSENT)) {
            Parcels.update(target, "DELETE FROM parcel_v2");
            try (LogLines log = new LogLines(TableRun.class)) {
                backfill(Parcels.plain()).guardedBy(guard).build().run("by " + guard);
                assertThat(log.next()).contains("guard " + guard);
            }
            assertThat(Parcels.target(target)).as("by %s", guard).isEqualTo(Parcels.source(source));
        }
    }

    @Test
    void insert_if_absent_overwrites_nothing_and_recheck_what_differs() {
        Parcels.fill(source, 20);
        Parcels.update(source, "UPDATE parcel SET version = 0, writer = 0, deleted = FALSE");
        Parcels.update(
                target,
                "INSERT INTO parcel_v2 (region, id, note) VALUES (?, ?, 'here before')",
                Parcels.region(4),
                Parcels.id(4));

        backfill(Parcels.plain())
                .guardedBy(OverwriteGuard.INSERT_IF_ABSENT)
                .build()
                .run("1");
        assertThat(Parcels.target(target)).hasSize(20).anyMatch(row -> row.contains("here before"));

        BackfillResult result = backfill(Parcels.plain()).build().run("2");
        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));
        assertThat(result.written()).isEqualTo(Parcels.countsWrites(target) ? 1 : 20);
    }

    /** Hazard 13. */
    @Test
    void rows_that_come_in_behind_the_greatest_key_do_not_keep_it_from_ending() {
        Parcels.fill(source, 200);
        List<String> before = Parcels.source(source);
        AtomicInteger chunks = new AtomicInteger();
        Runnable inserts = () -> {
            assertThat(chunks.incrementAndGet()).as("chunks").isLessThan(100);
            for (int i = 0; i < 50; i++) { // more than a chunk takes
                Parcels.update(
                        source,
                        "INSERT INTO parcel (region, id, version) VALUES ('zzz', ?, 1)",
                        chunks.get() * 1_000 + i);
            }
        };

        BackfillResult result =
                backfill(Parcels.versioned()).workers(1).pacing(inserts).build().run("1");

        assertThat(result.visited()).isEqualTo(200);
        assertThat(chunks).hasValueGreaterThan(5);
        assertThat(Parcels.target(target)).isEqualTo(before);
    }

    /** Hazard 49: what the databases would have to keep for a transaction, they keep for a chunk at most. */
    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "INSERT_IF_ABSENT") // it has no second pass
    void no_connection_and_so_no_transaction_is_open_between_two_chunks(OverwriteGuard guard) {
        Parcels.fill(source, 200);
        Parcels.update(target, "INSERT INTO parcel_v2 (region, id, note, version) VALUES ('a', 1, 'only here', 1)");
        AtomicInteger open = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger waits = new AtomicInteger();
        AtomicInteger reconciled = new AtomicInteger();

        Backfill.from(
                        BackfillTest.counting(source, open, most),
                        guard == OverwriteGuard.VERSION ? Parcels.versioned() : Parcels.plain())
                .into(BackfillTest.counting(target, open, most))
                .named("parcels")
                .guardedBy(guard)
                .workers(1)
                .chunkSize(37)
                .reconciling(
                        Function.identity(),
                        (key, side) -> {
                            assertThat(open).as("while a key is reconciled").hasValue(0);
                            reconciled.incrementAndGet();
                        },
                        Side.OLD)
                .pacing(() -> {
                    assertThat(open).as("while it waits").hasValue(0);
                    waits.incrementAndGet();
                })
                .build()
                .run("1");

        assertThat(waits).as("of both passes").hasValueGreaterThan(5);
        assertThat(reconciled).hasPositiveValue();
        assertThat(most).as("that it has at all").hasPositiveValue();
        assertThat(open).hasValue(0);
    }

    @Test
    void progress_comes_to_all_rows_and_names_no_more() {
        Parcels.fill(source, 200);
        List<Progress> told = new ArrayList<>();

        backfill(Parcels.versioned()).workers(2).onProgress(told::add).build().run("1");

        assertThat(told).isNotEmpty();
        assertThat(told.get(told.size() - 1).rowsDone()).isEqualTo(200);
        assertThat(told.get(told.size() - 1).estimatedTotal()).isEqualTo(200);
    }
}

package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Faults;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Cuts the connection at each step in turn, then runs again with everything new. */
@ParameterizedClass
@MethodSource("databasesAndGuards")
@Timeout(600)
class TableCrashTest {
    private static final int ROWS = 100;
    private static final String CRASH = "XX000"; // does not pass by itself
    private static final int MOST_STEPS = 500;

    private final DataSource source;
    private final DataSource target;
    private final OverwriteGuard guard;
    private final TableMapping mapping;

    TableCrashTest(Database kind, OverwriteGuard guard) {
        source = kind.create();
        target = kind.create();
        this.guard = guard;
        mapping = guard == OverwriteGuard.VERSION ? Parcels.versioned() : Parcels.plain();
    }

    static Stream<Arguments> databasesAndGuards() {
        return Database.products()
                .flatMap(kind -> Stream.of(OverwriteGuard.values()).map(guard -> Arguments.of(kind, guard)));
    }

    @BeforeEach
    void tables() {
        Parcels.createBoth(source, target);
        Parcels.fill(source, ROWS);
        if (guard != OverwriteGuard.VERSION) {
            Parcels.update(source, "UPDATE parcel SET version = 0, writer = 0, deleted = FALSE");
        }
    }

    private BackfillResult run(DataSource from, DataSource into) {
        return Backfill.from(from, mapping)
                .into(into)
                .named("parcels")
                .guardedBy(guard)
                .workers(1)
                .chunkSize(37)
                .build()
                .run("1");
    }

    @Test
    void cut_at_many_a_step_it_goes_on_without_losing_or_repeating_anything() throws SQLException {
        assertThat(cut(target, 3, faults -> run(source, faults.dataSource()))).isGreaterThan(6);
        assertThat(cut(source, 2, faults -> run(faults.dataSource(), target))).isGreaterThan(5);
    }

    @Test
    @Tag("long")
    void cut_at_any_step_in_the_target_it_goes_on_without_losing_or_repeating_anything() throws SQLException {
        assertThat(cut(target, every(), faults -> run(source, faults.dataSource())))
                .isGreaterThan(20 / every());
    }

    @Test
    @Tag("long")
    void cut_at_any_step_in_the_source_it_goes_on_without_losing_or_repeating_anything() throws SQLException {
        assertThat(cut(source, every(), faults -> run(faults.dataSource(), target)))
                .isGreaterThan(10 / every());
    }

    /** Those guards that writers may rely on at each step; the others take the same steps. */
    private int every() {
        return guard == OverwriteGuard.VERSION || guard == OverwriteGuard.RECHECK ? 1 : 3;
    }

    @Test
    void what_is_lost_once_at_any_step_is_tried_again() throws SQLException {
        List<String> expected = Parcels.source(source);
        for (boolean afterEffect : List.of(false, true)) {
            boolean survived = false;
            for (int step = 1; !survived && step < MOST_STEPS; step += 5) {
                Database.execute(
                        target,
                        "DELETE FROM parcel_v2",
                        "DROP TABLE IF EXISTS turnout_backfill",
                        "DROP TABLE IF EXISTS turnout_backfill_range");
                Faults faults = new Faults(target);
                BackfillException failure = null;
                List<String> copying = new ArrayList<>();
                faults.failAt(step, afterEffect);
                try {
                    BackfillResult result = Backfill.from(source, mapping)
                            .into(faults.dataSource())
                            .named("parcels")
                            .guardedBy(guard)
                            .workers(1)
                            .chunkSize(37)
                            .onProgress(progress -> copying.add("chunk"))
                            .build()
                            .run("1");
                    assertThat(result.visited()).isEqualTo(ROWS);
                } catch (BackfillException e) {
                    failure = e;
                }
                survived = !faults.hasFailed();

                if (failure != null && !copying.isEmpty() && progress() < ROWS) {
                    throw failure;
                }
                if (failure == null) {
                    assertThat(Parcels.target(target))
                            .as("cut at step %s", step)
                            .isEqualTo(expected);
                }
            }
            assertThat(survived).isTrue();
        }
    }

    /** @param each one of so many steps is tried */
    private int cut(DataSource cut, int each, Consumer<Faults> run) throws SQLException {
        List<String> expected = Parcels.source(source);
        int cuts = 0;
        for (boolean afterEffect : List.of(false, true)) {
            boolean survived = false;
            for (int step = 1; !survived && step < MOST_STEPS; step += each) {
                Database.execute(
                        target,
                        "DELETE FROM parcel_v2",
                        "DROP TABLE IF EXISTS turnout_backfill",
                        "DROP TABLE IF EXISTS turnout_backfill_range");
                Faults faults = new Faults(cut).state(CRASH);
                faults.failAt(step, afterEffect);
                try {
                    run.accept(faults);
                } catch (BackfillException e) {
                    cuts++;
                }
                survived = !faults.hasFailed();
                long there = count("SELECT count(*) FROM parcel_v2");
                long done = progress();

                BackfillResult rest = run(source, target);

                assertThat(Parcels.target(target)).as("cut at step %s", step).isEqualTo(expected);
                assertThat(rest.visited()).as("rows left, cut at step %s", step).isEqualTo(ROWS - done);
                if (guard == OverwriteGuard.RECHECK) {
                    assertThat(there)
                            .as("rows are there before they are checked")
                            .isGreaterThanOrEqualTo(done);
                } else {
                    assertThat(there)
                            .as("rows with their progress, cut at step %s", step)
                            .isEqualTo(done);
                    assertThat(rest.written()).isEqualTo(ROWS - done);
                }
            }
            assertThat(survived).isTrue();
        }
        return cuts;
    }

    private long progress() {
        try {
            return count("SELECT COALESCE(sum(rows_done), 0) FROM turnout_backfill_range");
        } catch (SQLException e) {
            return 0; // the table was not created yet
        }
    }

    private long count(String query) throws SQLException {
        return Statements.query(target, row -> row.getLong(1), query).get(0);
    }
}

package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Faults;
import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables without a key that distinguishes rows. */
@ParameterizedClass
@MethodSource("pairs")
class WholeTableTest {
    private static final TableMapping SALES = TableMapping.from("sale")
            .into("sale")
            .withoutKey()
            .column("item")
            .column("amount")
            .build();

    private final Database from;
    private final Database into;
    private final DataSource source;
    private final DataSource target;

    WholeTableTest(Database from, Database into) {
        this.from = from;
        this.into = into;
        source = from.create();
        target = into.create();
    }

    static Stream<Arguments> pairs() {
        return Database.pairsOfProducts();
    }

    @BeforeEach
    void create() {
        for (DataSource database : List.of(source, target)) {
            Database.execute(database, "CREATE TABLE sale (item VARCHAR(40), amount INT)");
        }
        Database.execute(
                source,
                "INSERT INTO sale VALUES ('a', 1), ('a', 1), ('a', 1), ('b', NULL), (NULL, NULL), (NULL, NULL)");
    }

    private static BackfillBuilder<List<String>, Void> backfill(DataSource source, DataSource target) {
        return Backfill.from(source, SALES).into(target).named("sales");
    }

    private static List<String> rows(DataSource database) throws SQLException {
        return Statements.query(database, row -> row.getString(1) + " " + row.getString(2), "SELECT * FROM sale")
                .stream()
                .sorted()
                .toList();
    }

    @Test
    void equal_rows_stay_as_many_as_they_are() throws SQLException {
        List<Progress> progress = new ArrayList<>();

        BackfillResult result =
                backfill(source, target).onProgress(progress::add).build().run("1");

        assertThat(result).isEqualTo(new BackfillResult(6, 6, 0));
        assertThat(rows(target))
                .containsExactly("a 1", "a 1", "a 1", "b null", "null null", "null null")
                .isEqualTo(rows(source));
        assertThat(progress).last().extracting(Progress::rowsDone).isEqualTo(6L);
    }

    @Test
    void an_empty_table_is_copied() throws SQLException {
        Database.execute(source, "DELETE FROM sale");

        assertThat(backfill(source, target).build().run("1")).isEqualTo(new BackfillResult(0, 0, 0));
        assertThat(rows(target)).isEmpty();
    }

    @Test
    void a_sweep_that_is_done_does_nothing_when_it_is_run_again() throws SQLException {
        backfill(source, target).build().run("1");

        assertThat(backfill(source, target).build().run("1")).isEqualTo(new BackfillResult(0, 0, 0));
        assertThat(rows(target)).hasSize(6);
    }

    @Test
    void a_target_that_has_rows_is_refused_unless_they_are_to_be_replaced() throws SQLException {
        Database.execute(target, "INSERT INTO sale VALUES ('old', 7)");

        assertThatThrownBy(() -> backfill(source, target).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("sale", "has rows, and none has a key", "replacing()");
        assertThat(rows(target)).containsExactly("old 7");

        backfill(source, target).replacing().build().run("1");
        assertThat(rows(target)).isEqualTo(rows(source));

        Database.execute(source, "DELETE FROM sale WHERE item = 'b'");
        backfill(source, target).replacing().build().run("2");
        assertThat(rows(target)).hasSize(5).isEqualTo(rows(source));
    }

    @Test
    void cut_at_any_step_it_leaves_all_rows_or_those_that_were_there() throws SQLException {
        assumeTrue(from == into, "each database is tried as both");
        boolean[] ends = {false, true};
        for (boolean cutsTarget : ends) {
            for (boolean afterwards : ends) {
                boolean cut = true;
                for (int step = 1; cut; step++) {
                    Database.execute(target, "DELETE FROM sale", "INSERT INTO sale VALUES ('old', 7)");
                    Faults faults = new Faults(cutsTarget ? target : source).state("XX000"); // not tried again
                    faults.failAt(step, afterwards);
                    Backfill<List<String>, Void> backfill = (cutsTarget
                                    ? backfill(source, faults.dataSource())
                                    : backfill(faults.dataSource(), target))
                            .replacing()
                            .build();
                    String sweep = cutsTarget + " " + afterwards + " " + step;
                    cut = !runs(backfill, sweep);

                    assertThat(rows(target)).as("step %s", step).isIn(List.of(List.of("old 7"), rows(source)));
                    backfill(source, target).replacing().build().run(sweep);
                    assertThat(rows(target)).as("step %s", step).isEqualTo(rows(source));
                }
            }
        }
    }

    private static boolean runs(Backfill<?, ?> backfill, String sweep) {
        try {
            backfill.run(sweep);
            return true;
        } catch (BackfillException e) {
            return false;
        }
    }

    @Test
    void what_may_pass_by_itself_is_tried_again_from_the_beginning() throws SQLException {
        for (int step = 1; step < 30; step++) {
            Database.execute(target, "DELETE FROM sale");
            Faults faults = new Faults(target);
            faults.failAt(step, true);
            String sweep = "step " + step;
            if (!runs(backfill(source, faults.dataSource()).build(), sweep)) {
                backfill(source, target).build().run(sweep); // it was cut where nothing is tried again
            }
            assertThat(rows(target)).as(sweep).isEqualTo(rows(source));
        }
    }

    @Test
    void rows_that_the_target_drops_are_an_error() throws SQLException {
        assumeTrue(into == Database.POSTGRES, "its triggers can be written in SQL");
        Database.execute(
                target,
                "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF NEW.item = ''b'' THEN RETURN NULL; END IF; RETURN NEW; END'",
                "CREATE TRIGGER loses BEFORE INSERT ON sale FOR EACH ROW EXECUTE FUNCTION lose()");

        assertThatThrownBy(() -> backfill(source, target).build().run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining("6 rows were written to the target, which has 5");
        assertThat(rows(target)).isEmpty();
    }

    @Test
    void it_can_be_aborted_and_then_nothing_is_there() throws SQLException {
        BackfillControl control = new BackfillControl();
        Backfill<List<String>, Void> backfill =
                backfill(source, target).control(control).build();
        control.abort();

        assertThatThrownBy(() -> backfill.run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining("aborted");
        assertThat(rows(target)).isEmpty();
    }

    @Test
    void a_table_that_is_changed_meanwhile_is_noticed_before_anything_is_committed() throws SQLException {
        boolean noticed = false;
        for (int connection = 1; connection <= 6; connection++) {
            int at = connection;
            int[] taken = {0};
            DataSource changing = Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
                if (++taken[0] == at) {
                    Database.execute(source, "ALTER TABLE sale ADD COLUMN more" + at + " INT");
                }
                return Faults.call(source, method, arguments);
            });
            Database.execute(target, "DELETE FROM sale");
            try {
                backfill(changing, target).build().run("change " + at);
            } catch (BackfillException e) {
                noticed = true;
                assertThat(e).hasMessageContainingAll("was changed while backfill 'sales' copied it", "as it was");
                assertThat(rows(target)).isEmpty();
            }
        }
        assertThat(noticed).isTrue();
    }

    @Test
    void what_needs_a_key_is_refused() {
        List<UnaryOperator<BackfillBuilder<List<String>, Void>>> steps = List.of(
                builder -> builder.guardedBy(OverwriteGuard.RECHECK),
                builder -> builder.shared(Duration.ofSeconds(9)),
                builder -> builder.restartWithChangedMapping());
        steps.forEach(step -> assertThatThrownBy(
                        () -> step.apply(backfill(source, target)).build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has no key, so its table is copied as a whole"));

        TableMapping keyed = TableMapping.from("sale").into("sale").key("item").build();
        assertThatThrownBy(() -> Backfill.from(source, keyed)
                        .into(target)
                        .named("sales")
                        .replacing()
                        .build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("replacing() is for those without one");
        assertThatThrownBy(
                        () -> SchemaDrift.watch(backfill(source, target).build(), Duration.ofMinutes(1), reason -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("without a key");
    }

    @Test
    void a_plan_says_what_it_costs() {
        assertThat(Plan.of(SALES, source, target).findings())
                .filteredOn(finding -> finding.what().contains("key"))
                .singleElement()
                .asString()
                .contains("WARNING: There is no key.", "as a whole", "Keep writers away");
    }
}

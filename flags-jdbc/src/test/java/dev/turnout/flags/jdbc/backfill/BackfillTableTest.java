package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.jdbc.backfill.BackfillTable.Mark;
import dev.turnout.flags.jdbc.sql.Component;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.Transactions;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

@OnEachDatabase
class BackfillTableTest {
    private final DataSource database;
    private final BackfillTable table;

    BackfillTableTest(Database kind) {
        database = kind.create();
        table = new BackfillTable(Home.of(database, Component.BACKFILL), "items");
    }

    private Mark save(Mark mark) throws SQLException {
        return Transactions.run(database, connection -> {
            table.save(connection, mark);
            return mark;
        });
    }

    @Test
    void a_sweep_goes_on_at_its_mark_and_another_one_starts_over() throws SQLException {
        Mark mark = save(table.begin("s1").after("7", 10));

        assertThat(table.begin("s1")).isEqualTo(mark);
        assertThat(table.begin("S1")).isEqualTo(Mark.startOf("S1"));
    }

    @Test
    void a_pass_that_only_a_newer_build_knows_is_a_failure_that_says_so_and_changes_nothing() throws SQLException {
        save(table.begin("s1").after("7", 10));
        Database.execute(database, "UPDATE turnout_backfill SET pass = 'third'");

        assertThatThrownBy(() -> table.begin("s1"))
                .hasMessageContaining("third")
                .hasMessageContaining("newer build");
        assertThat(Statements.query(database, row -> row.getString(1), "SELECT pass FROM turnout_backfill"))
                .containsExactly("third");
    }

    @Test
    void names_that_differ_in_case_or_a_space_are_different_backfills() throws SQLException {
        save(table.begin("s1").after("7", 10));

        assertThat(new BackfillTable(Home.of(database, Component.BACKFILL), "Items").begin("s1"))
                .isEqualTo(Mark.startOf("s1"));
        assertThat(new BackfillTable(Home.of(database, Component.BACKFILL), "items ").begin("s1"))
                .isEqualTo(Mark.startOf("s1"));
    }

    @Test
    void who_was_overtaken_saves_nothing() throws SQLException {
        Mark start = table.begin("s1");
        Mark mark = save(start.after("7", 10));

        assertThatThrownBy(() -> save(start.after("3", 5))).isInstanceOf(BackfillException.class);

        assertThat(table.begin("s1")).isEqualTo(mark);
    }
}

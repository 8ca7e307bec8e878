package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.rows.SchemaProgress;
import dev.turnout.flags.jdbc.table.SchemaMapping;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

class SchemaProgressTest {
    /** PostgreSQL estimates by the pages of a table, and those of deleted rows are still there. */
    @Test
    void rows_of_finished_tables_are_counted_whatever_was_estimated() {
        DataSource source = Database.POSTGRES.create();
        DataSource target = Database.H2.create();
        for (DataSource database : List.of(source, target)) {
            Database.execute(
                    database,
                    "CREATE TABLE alpha (id INT PRIMARY KEY, name VARCHAR(10))",
                    "CREATE TABLE beta (id INT PRIMARY KEY, name VARCHAR(10))");
        }
        Database.execute(
                source,
                "INSERT INTO alpha SELECT i, 'a' FROM generate_series(1, 1000) AS i",
                "INSERT INTO beta SELECT i, 'b' FROM generate_series(1, 30) AS i",
                "ANALYZE",
                "DELETE FROM alpha WHERE id > 400");
        List<SchemaProgress> progress = new ArrayList<>();

        Backfill.from(source, SchemaMapping.between(source, target).all().build())
                .into(target)
                .named("all")
                .onProgress(progress::add)
                .build()
                .run("1");

        assertThat(progress.get(0).inSum().estimatedTotal()).isEqualTo(1030);
        SchemaProgress last = progress.get(progress.size() - 1);
        assertThat(last.inSum().rowsDone()).isEqualTo(430);
        assertThat(last.inSum().estimatedTotal()).isEqualTo(430);
    }
}

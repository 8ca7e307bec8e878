package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.WorkerProcess;
import dev.turnout.flags.jdbc.sql.Statements;
import java.sql.SQLException;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kills a real process with signal 9, at a moment that only the machine knows. */
@Timeout(300)
class BackfillProcessTest {
    private static final int ROWS = 4_000;

    @ParameterizedTest
    @ValueSource(ints = {1, 9, 30})
    void killed_it_has_as_many_rows_as_it_says_and_the_next_one_copies_the_others(int chunk) throws Exception {
        assumeTrue(Database.ofThisBuild().contains(Database.POSTGRES), "an H2 would die with its process");
        DataSource source = Database.POSTGRES.create();
        DataSource target = Database.POSTGRES.create();
        Parcels.createBoth(source, target);
        Parcels.fill(source, ROWS);

        WorkerProcess worker =
                WorkerProcess.start(BackfillProcess.class, WorkerProcess.url(source), WorkerProcess.url(target));
        worker.await("chunk " + chunk);
        worker.end();
        assertThat(worker.exitValue()).as("signal 9, or 0 if it was faster").isIn(137, 0);
        awaitEndOfSessions(target);

        long done = Statements.query(target, row -> row.getLong(1), "SELECT sum(rows_done) FROM turnout_backfill_range")
                .get(0);
        assertThat(Parcels.target(target)).hasSize((int) done);
        BackfillResult rest = Backfill.from(source, Parcels.versioned())
                .into(target)
                .named("parcels")
                .chunkSize(50)
                .build()
                .run("1");

        assertThat(rest).isEqualTo(new BackfillResult(ROWS - done, ROWS - done, 0));
        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));
    }

    /** The server finishes its last request, and notices only then that no client listens. */
    private static void awaitEndOfSessions(DataSource target) throws SQLException {
        String sql =
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'PostgreSQL JDBC Driver' AND state <> 'idle'"
                        + " AND pid <> pg_backend_pid()";
        List<Long> busy;
        do {
            busy = Statements.query(target, row -> row.getLong(1), sql);
        } while (busy.get(0) > 0);
    }
}

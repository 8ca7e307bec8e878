package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.WorkerProcess;
import dev.turnout.flags.jdbc.sql.Statements;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes in their second pass, of which one is killed. Every row is another one in the target, so each is to be reconciled by both ways. */
@Tag("long")
@Timeout(600)
class SecondPassProcessTest {
    private static final int ROWS = 500;

    private final List<WorkerProcess> workers = new ArrayList<>();
    private DataSource source;
    private DataSource target;

    @BeforeEach
    void copied() {
        assumeTrue(Database.ofThisBuild().contains(Database.POSTGRES), "an H2 is in one process only");
        source = Database.POSTGRES.create();
        target = Database.POSTGRES.create();
        Parcels.createBoth(source, target);
        Backfill.from(source, Parcels.plain())
                .into(target)
                .named("parcels")
                .build()
                .run("1");
        Parcels.fill(
                source, ROWS); // after the first pass, so it is for the second; the target has none of it but others
        Database.execute(
                target,
                "CREATE TABLE seen (region TEXT, id BIGINT)",
                "INSERT INTO parcel_v2 (region, id, note) SELECT 'only ' || i % 7, i, 'x' FROM generate_series(1, "
                        + ROWS + ") i",
                "ANALYZE parcel_v2");
        Database.execute(source, "ANALYZE parcel");
    }

    @AfterEach
    void end() {
        workers.forEach(WorkerProcess::end);
    }

    private WorkerProcess worker(boolean isShared) throws IOException, SQLException {
        WorkerProcess worker = WorkerProcess.start(
                SecondPassProcess.class,
                WorkerProcess.url(source),
                WorkerProcess.url(target),
                String.valueOf(isShared));
        workers.add(worker);
        return worker;
    }

    private long one(String sql) throws SQLException {
        return Statements.query(target, row -> row.getLong(1), sql).get(0);
    }

    private void assertEachKeyWasVisited() throws SQLException {
        assertThat(one("SELECT count(DISTINCT (region, id)) FROM seen")).isEqualTo(2 * ROWS);
        assertThat(one("SELECT count(*) FROM turnout_backfill WHERE pass = 'done'"))
                .isEqualTo(1);
        assertThat(one("SELECT sum(rows_done) FROM turnout_backfill_range WHERE range_no >= 1000"))
                .isEqualTo(2 * ROWS);
    }

    @Test
    void of_two_that_share_it_one_is_killed_and_the_other_ends_it() throws Exception {
        WorkerProcess killed = worker(true);
        WorkerProcess other = worker(true);
        killed.await("chunk 5");
        other.await("chunk 5");

        killed.signal("KILL");
        other.tell("1");
        other.await("finished");

        assertThat(one("SELECT count(*) FROM turnout_backfill_range WHERE range_no >= 1000 AND epoch > 1"))
                .as("ranges of the killed one that the other took")
                .isPositive();
        assertEachKeyWasVisited();
        long takenOver = one("SELECT sum(epoch - 1) FROM turnout_backfill_range WHERE range_no >= 1000");
        assertThat(one("SELECT count(*) FROM seen"))
                .as("no more than a chunk twice whenever a range is taken over")
                .isLessThanOrEqualTo(2 * ROWS + takenOver * SecondPassProcess.CHUNK);
    }

    @Test
    void one_that_is_alone_and_was_killed_goes_on_where_it_stood() throws Exception {
        WorkerProcess killed = worker(false);
        killed.await("chunk 10");
        killed.signal("KILL");
        long before = one("SELECT sum(rows_done) FROM turnout_backfill_range WHERE range_no >= 1000");

        WorkerProcess next = worker(false);
        next.tell("1");
        next.await("finished");

        assertThat(before).as("was saved").isPositive();
        assertEachKeyWasVisited();
        assertThat(one("SELECT count(*) FROM seen"))
                .as("no more than the chunks of its workers twice")
                .isLessThanOrEqualTo(2 * ROWS + 2 * SecondPassProcess.CHUNK);
    }
}

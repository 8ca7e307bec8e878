package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.WorkerProcess;
import dev.turnout.flags.jdbc.soak.FaultProxy;
import dev.turnout.flags.jdbc.soak.Link;
import dev.turnout.flags.jdbc.sql.Statements;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three processes share a backfill. One is killed; one is cut off, without a word; one is stopped past its lease, and woken when all is done. They
 * are distinguished by the process in the owner of a range.
 */
@Tag("long")
@Timeout(600)
class SharedBackfillProcessTest {
    private static final int ROWS = 120_000;

    private final List<WorkerProcess> workers = new ArrayList<>();

    @AfterEach
    void end() {
        workers.forEach(WorkerProcess::end);
    }

    /** Between two chunks, most likely, or surely in the middle of one. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void one_killed_one_cut_off_and_one_stopped_each_row_is_written_once(boolean inTransaction) throws Exception {
        assumeTrue(Database.ofThisBuild().contains(Database.POSTGRES), "an H2 is in one process only");
        DataSource source = Database.POSTGRES.create();
        DataSource target = Database.POSTGRES.create();
        Parcels.createBoth(source, target);
        Parcels.fill(source, ROWS);
        Database.execute(source, "ANALYZE parcel");
        countWrites(target);
        try (FaultProxy proxy = new FaultProxy()) {
            Link link = proxy.link(WorkerProcess.port(target));
            WorkerProcess killed = worker(WorkerProcess.url(source), WorkerProcess.url(target));
            WorkerProcess cutOff = worker(WorkerProcess.through(link, source), WorkerProcess.through(link, target));
            WorkerProcess stopped = worker(WorkerProcess.url(source), WorkerProcess.url(target));
            for (WorkerProcess worker : workers) {
                worker.await("chunk 5");
            }

            killed.signal("KILL");
            link.let(Link.Flow.DROP);
            awaitNone(target, "is_done = 0 AND (owner LIKE ? OR owner LIKE ?)", killed.owner(), cutOff.owner());
            long takenByLast = count(target, "epoch > 1");
            if (inTransaction) {
                stopInTransaction(stopped, target);
            } else {
                stopped.signal("STOP");
            }
            List<Integer> asleep = numbers(target, "is_done = 0 AND owner LIKE ?", stopped.owner());
            link.heal();
            cutOff.tell("1");
            cutOff.await("finished");
            long open = count(target, "is_done = 0");
            stopped.signal("CONT");
            stopped.await("finished");

            assertThat(stopped.exitValue()).isZero();
            assertThat(open).as("ranges left when the stopped one is woken").isZero();
            assertThat(takenByLast).as("ranges of the killed and the cut off").isPositive();
            assertThat(asleep).as("ranges of the stopped one").isNotEmpty();
            assertThat(numbers(target, "owner LIKE ?", cutOff.owner()))
                    .as("ranges that the one that was cut off has finished")
                    .containsAll(asleep);
            System.out.println(
                    "Shared backfill: " + takenByLast + " ranges of the killed and the cut off were taken, then "
                            + asleep.size() + " of the stopped one, in a transaction: " + inTransaction + ".");
            report(target, killed, cutOff, stopped);
        }
        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));
        assertThat(one(target, "SELECT count(*) FROM written")).as("writes").isEqualTo(ROWS);
        assertThat(one(target, "SELECT count(DISTINCT (region, id)) FROM written"))
                .as("keys written")
                .isEqualTo(ROWS);
        assertThat(one(target, "SELECT sum(rows_done) FROM turnout_backfill_range"))
                .isEqualTo(ROWS);
    }

    /** A row for each row that is written, COPY included, whatever becomes of it. */
    private static void countWrites(DataSource target) {
        Database.execute(
                target,
                "CREATE TABLE written (region TEXT, id BIGINT, what TEXT)",
                "CREATE FUNCTION note_write() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO written VALUES"
                        + " (NEW.region, NEW.id, TG_OP); RETURN NULL; END'",
                "CREATE TRIGGER note_write AFTER INSERT OR UPDATE ON parcel_v2 FOR EACH ROW EXECUTE FUNCTION note_write()");
    }

    private static void report(DataSource target, WorkerProcess killed, WorkerProcess cutOff, WorkerProcess stopped)
            throws SQLException {
        System.out.println("Shared backfill: " + ROWS + " rows in " + count(target, "1 = 1")
                + " ranges; finished by the killed, the cut off and the stopped: "
                + count(target, "owner LIKE ?", killed.owner()) + ", " + count(target, "owner LIKE ?", cutOff.owner())
                + ", " + count(target, "owner LIKE ?", stopped.owner()) + "; the cut off failed "
                + cutOff.lines("failed").size()
                + " times, the stopped " + stopped.lines("failed").size() + "; taken more than once: "
                + count(target, "epoch > 1") + ", highest epoch "
                + one(target, "SELECT max(epoch) FROM turnout_backfill_range") + "; writes "
                + one(target, "SELECT count(*) FROM written") + ".");
    }

    private WorkerProcess worker(String source, String target) throws IOException {
        WorkerProcess worker = WorkerProcess.start(SharedBackfillProcess.class, source, target);
        workers.add(worker);
        return worker;
    }

    private static long count(DataSource target, String condition, Object... parameters) throws SQLException {
        return one(target, "SELECT count(*) FROM turnout_backfill_range WHERE " + condition, parameters);
    }

    private static List<Integer> numbers(DataSource target, String condition, Object... parameters)
            throws SQLException {
        return Statements.query(
                target,
                row -> row.getInt(1),
                "SELECT range_no FROM turnout_backfill_range WHERE " + condition,
                parameters);
    }

    private static long one(DataSource target, String sql, Object... parameters) throws SQLException {
        return Statements.query(target, row -> row.getLong(1), sql, parameters).get(0);
    }

    /** Stops it while the server is at its chunk; when the server is done with its request, it waits for the next one in vain. */
    private static void stopInTransaction(WorkerProcess worker, DataSource target) throws Exception {
        try (Connection connection = target.getConnection()) {
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement()) {
                statement.execute("LOCK TABLE written IN ACCESS EXCLUSIVE MODE");
            }
            while (one(target, "SELECT count(*) FROM pg_locks WHERE NOT granted") == 0) {
                one(target, "SELECT count(*) FROM pg_sleep(0.05)");
            }
            worker.signal("STOP");
            connection.rollback();
            connection.setAutoCommit(true);
        }
        String silent = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction'";
        while (one(target, silent) == 0) {
            one(target, "SELECT count(*) FROM pg_sleep(0.05)");
        }
    }

    private static void awaitNone(DataSource target, String condition, Object... parameters) throws SQLException {
        while (count(target, condition, parameters) > 0) {
            one(target, "SELECT count(*) FROM pg_sleep(0.05)"); // leaves the processor to those that are waited for
        }
    }
}

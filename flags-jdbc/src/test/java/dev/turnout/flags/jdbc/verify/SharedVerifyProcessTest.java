package dev.turnout.flags.jdbc.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.WorkerProcess;
import dev.turnout.flags.jdbc.soak.FaultProxy;
import dev.turnout.flags.jdbc.soak.Link;
import dev.turnout.flags.jdbc.sql.Statements;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Three processes share a verification. One is killed; one is cut off, without a word; one is stopped past its lease, and woken when all is done. They
 * are distinguished by the process in the owner of a range.
 */
@Tag("long")
@Timeout(300)
class SharedVerifyProcessTest {
    private static final int ROWS = 60_000;
    private static final String FOUND = "finished " + ROWS + " {DIFFERENT=3}";

    private final List<WorkerProcess> workers = new ArrayList<>();

    @AfterEach
    void end() {
        workers.forEach(WorkerProcess::end);
    }

    @Test
    void one_killed_one_cut_off_and_one_stopped_each_range_counts_once() throws Exception {
        assumeTrue(Database.ofThisBuild().contains(Database.POSTGRES), "an H2 is in one process only");
        DataSource source = Database.POSTGRES.create();
        DataSource target = Database.POSTGRES.create();
        Towns.create(source, "town", ROWS);
        Towns.create(target, "town_v2", ROWS);
        Database.execute(target, "UPDATE town_v2 SET name = '?' WHERE id IN (1, 30000, 60000)");
        try (FaultProxy proxy = new FaultProxy()) {
            Link link = proxy.link(WorkerProcess.port(target));
            WorkerProcess killed = worker(WorkerProcess.url(source), WorkerProcess.url(target));
            WorkerProcess cutOff = worker(WorkerProcess.through(link, source), WorkerProcess.through(link, target));
            WorkerProcess stopped = worker(WorkerProcess.url(source), WorkerProcess.url(target));
            for (WorkerProcess worker : workers) {
                worker.await("range 5");
            }

            killed.signal("KILL");
            link.let(Link.Flow.DROP);
            stopped.signal("STOP");
            List<Long> asleep = ordinals(target, "is_done = 0 AND owner LIKE ?", stopped.owner());
            List<Long> dead = ordinals(target, "is_done = 0 AND owner LIKE ?", killed.owner());
            cutOff.tell("go on");
            cutOff.await("failed");
            link.heal();
            cutOff.await("finished");
            long open = ordinals(target, "is_done = 0").size();
            stopped.signal("CONT");
            stopped.tell("go on");
            stopped.await("finished");

            assertThat(stopped.exitValue()).isZero();
            assertThat(open).as("ranges left when the stopped one is woken").isZero();
            assertThat(asleep).as("ranges of the stopped one").isNotEmpty();
            assertThat(dead).as("ranges of the killed one").isNotEmpty();
            assertThat(ordinals(target, "owner LIKE ?", cutOff.owner()))
                    .as("ranges that the one that was cut off has finished")
                    .containsAll(asleep)
                    .containsAll(dead);
            assertThat(cutOff.lines("finished")).containsExactly(FOUND);
            assertThat(stopped.lines("finished")).containsExactly(FOUND);
            System.out.println("Shared verification: " + ROWS + " rows in "
                    + ordinals(target, "1 = 1").size()
                    + " ranges; taken from the killed " + dead.size() + ", from the stopped " + asleep.size()
                    + "; finished by the killed, the cut off and the stopped: "
                    + ordinals(target, "owner LIKE ?", killed.owner()).size() + ", "
                    + ordinals(target, "owner LIKE ?", cutOff.owner()).size() + ", "
                    + ordinals(target, "owner LIKE ?", stopped.owner()).size() + "; the cut off failed "
                    + cutOff.lines("failed").size() + " times.");
        }
        assertThat(Statements.query(target, row -> row.getLong(1), "SELECT sum(row_count) FROM turnout_verify_range"))
                .containsExactly((long) ROWS);
    }

    private WorkerProcess worker(String source, String target) throws IOException {
        WorkerProcess worker = WorkerProcess.start(SharedVerifyProcess.class, source, target);
        workers.add(worker);
        return worker;
    }

    private static List<Long> ordinals(DataSource target, String condition, Object... parameters) throws SQLException {
        return Statements.query(
                target,
                row -> row.getLong(1),
                "SELECT ordinal FROM turnout_verify_range WHERE " + condition,
                parameters);
    }
}

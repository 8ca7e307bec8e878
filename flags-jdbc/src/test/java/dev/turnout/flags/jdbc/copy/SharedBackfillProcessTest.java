package dev.turnout.flags.jdbc.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.soak.FaultProxy;
import dev.turnout.flags.jdbc.soak.Link;
import dev.turnout.flags.jdbc.sql.Statements;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three processes share a backfill. One is killed; one is cut off, without a word; one is stopped past its lease, and woken when all is done. They
 * are told apart by the process in the owner of a range.
 */
@Tag("long")
@Timeout(600)
class SharedBackfillProcessTest {
    private static final int ROWS = 120_000;

    private final List<Worker> workers = new ArrayList<>();

    /** One process, of which a thread reads what it says. */
    private static final class Worker {
        final Process process;
        private final List<String> lines = new ArrayList<>();

        Worker(String source, String target) throws IOException {
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-classpath",
                            classPath(),
                            SharedBackfillProcess.class.getName(),
                            source,
                            target)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            Thread reader = new Thread(this::read);
            reader.setDaemon(true);
            reader.start();
        }

        private void read() {
            try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line = output.readLine(); line != null; line = output.readLine()) {
                    synchronized (lines) {
                        lines.add(line);
                        lines.notifyAll();
                    }
                }
            } catch (IOException e) {
                // it was killed
            }
        }

        void await(String beginning) throws InterruptedException {
            synchronized (lines) {
                while (lines.stream().noneMatch(line -> line.startsWith(beginning))) {
                    lines.wait();
                }
            }
        }

        long count(String beginning) {
            synchronized (lines) {
                return lines.stream().filter(line -> line.startsWith(beginning)).count();
            }
        }

        void signal(String name) throws IOException, InterruptedException {
            int result = new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            assertThat(result).isZero();
        }

        void work(String share) throws IOException {
            Writer commands = process.outputWriter(StandardCharsets.UTF_8);
            commands.write(share + "\n");
            commands.flush();
        }

        String owner() {
            return "process " + process.pid() + ",%";
        }
    }

    @AfterEach
    void end() {
        workers.forEach(worker -> worker.process.destroyForcibly());
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
            Link link = proxy.link(port(target));
            Worker killed = worker(url(source), url(target));
            Worker cutOff = worker(through(link, source), through(link, target));
            Worker stopped = worker(url(source), url(target));
            for (Worker worker : workers) {
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
            cutOff.work("1");
            cutOff.await("finished");
            long open = count(target, "is_done = 0");
            stopped.signal("CONT");
            stopped.await("finished");

            assertThat(stopped.process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            assertThat(stopped.process.exitValue()).isZero();
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

    private static void report(DataSource target, Worker killed, Worker cutOff, Worker stopped) throws SQLException {
        System.out.println("Shared backfill: " + ROWS + " rows in " + count(target, "1 = 1")
                + " ranges; finished by the killed, the cut off and the stopped: "
                + count(target, "owner LIKE ?", killed.owner()) + ", " + count(target, "owner LIKE ?", cutOff.owner())
                + ", " + count(target, "owner LIKE ?", stopped.owner()) + "; the cut off failed "
                + cutOff.count("failed")
                + " times, the stopped " + stopped.count("failed") + "; taken more than once: "
                + count(target, "epoch > 1") + ", highest epoch "
                + one(target, "SELECT max(epoch) FROM turnout_backfill_range") + "; writes "
                + one(target, "SELECT count(*) FROM written") + ".");
    }

    private Worker worker(String source, String target) throws IOException {
        Worker worker = new Worker(source, target);
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

    /** Stops it while the server is at its chunk; when the server is done with what it was told, it waits for the next word in vain. */
    private static void stopInTransaction(Worker worker, DataSource target) throws Exception {
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

    private static String through(Link link, DataSource database) throws SQLException {
        return url(database).replace(":" + port(database) + "/", ":" + link.port() + "/")
                + "&socketTimeout=2&connectTimeout=2&loginTimeout=2";
    }

    private static int port(DataSource database) throws SQLException {
        return URI.create(url(database).substring("jdbc:".length())).getPort();
    }

    private static String url(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return connection.getMetaData().getURL();
        }
    }

    /** Of tests, which may run as a module that is patched with them. */
    private static String classPath() {
        return String.join(
                File.pathSeparator,
                Path.of("target", "test-classes").toString(),
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path"));
    }
}

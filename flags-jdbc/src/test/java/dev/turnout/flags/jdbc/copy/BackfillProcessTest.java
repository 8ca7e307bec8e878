package dev.turnout.flags.jdbc.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.sql.Statements;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
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

        killAt("chunk " + chunk, url(source), url(target));
        awaitEndOfSessions(target);

        long done = Statements.query(target, row -> row.getLong(1), "SELECT sum(rows_done) FROM turnout_backfill_range")
                .get(0);
        assertThat(Parcels.target(target)).hasSize((int) done);
        Backfill.Result rest = Backfill.from(source, Parcels.versioned())
                .into(target)
                .named("parcels")
                .chunkSize(50)
                .build()
                .run("1");

        assertThat(rest).isEqualTo(new Backfill.Result(ROWS - done, ROWS - done, 0));
        assertThat(Parcels.target(target)).isEqualTo(Parcels.source(source));
    }

    private static void killAt(String line, String source, String target) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-classpath",
                        classPath(),
                        BackfillProcess.class.getName(),
                        source,
                        target)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            assertThat(lines.lines().anyMatch(line::equals))
                    .as("came to %s", line)
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
        assertThat(process.waitFor()).as("signal 9, or 0 if it was faster").isIn(137, 0);
    }

    /** Of tests, which may run as a module that is patched with them. */
    private static String classPath() {
        return String.join(
                File.pathSeparator,
                Path.of("target", "test-classes").toString(),
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path"));
    }

    private static String url(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return connection.getMetaData().getURL();
        }
    }

    /** The server finishes what it was told last, and notices only then that nobody listens. */
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

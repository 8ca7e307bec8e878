package dev.turnout.benchmarks.backfill;

import dev.turnout.benchmarks.Budget;
import dev.turnout.benchmarks.Machine;
import dev.turnout.benchmarks.Settings;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Moves a table from one database to another of the same server, in each {@link Way}, and prints what that took. */
public final class Backfilling {
    private static final String HEAP = "-Xmx256m";

    private final PrintStream out;
    private final Effort effort;
    private final EmbeddedPostgres server;
    private final Map<String, String> checksums = new HashMap<>(); // of sources, which do not change
    private final StringBuilder table = new StringBuilder();

    /**
     * How much is moved.
     *
     * @param rows by COPY and by Turnout
     * @param fewRows by Turnout too, to see what memory depends on
     * @param insertedRows by the loop, which is slow
     * @param indexedRows into a table with indexes, which is slow too
     * @param rounds each way but the loop; the fastest counts, as what else runs on the machine only slows down
     * @param phase of the run that is throttled
     */
    private record Effort(
            String name, long rows, long fewRows, long insertedRows, long indexedRows, int rounds, Duration phase) {
        static final Effort FULL =
                new Effort("full run", 5_000_000, 500_000, 300_000, 1_000_000, 2, Duration.ofSeconds(15));
        static final Effort QUICK = new Effort(
                "quick run, for rough figures only", 1_000_000, 100_000, 30_000, 300_000, 1, Duration.ofSeconds(4));
    }

    private Backfilling(Settings settings, PrintStream out, EmbeddedPostgres server) {
        this.out = out;
        this.server = server;
        effort = settings.quick() ? Effort.QUICK : Effort.FULL;
    }

    /**
     * Runs for some minutes, or for less than one.
     *
     * @return the exit code of the process
     */
    public static int run(Settings settings, PrintStream out) throws IOException {
        try (EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setPGStartupWait(Duration.ofMinutes(1))
                .setServerConfig("max_wal_size", "4GB")
                .setServerConfig("shared_buffers", "512MB")
                .start()) {
            Backfilling benchmark = new Backfilling(settings, out, server);
            Files.createDirectories(settings.reports());
            benchmark.measure(settings.reports().resolve("throttle.png"));
            Files.writeString(settings.reports().resolve("backfill.md"), benchmark.table);
            return 0;
        } catch (SQLException | IllegalStateException e) {
            System.err.println("failed: " + e);
            return 1;
        }
    }

    private String url(String database) {
        return server.getJdbcUrl("postgres", database);
    }

    private void measure(Path chart) throws SQLException, IOException {
        for (String database : List.of("source", "few", "indexed", "target")) {
            Tables.execute(url("postgres"), "CREATE DATABASE " + database);
        }
        out.println("filling " + effort.rows() + " and " + effort.fewRows() + " rows ...");
        Tables.fill(url("source"), effort.rows());
        Tables.fill(url("few"), effort.fewRows());
        Tables.fill(url("indexed"), effort.indexedRows());
        Measured inserts = moved(Way.INSERTS, "source", effort.insertedRows());
        Measured few = moved(Way.TURNOUT, "few", effort.fewRows());
        Measured copy = moved(Way.COPY, "source", effort.rows());
        Measured ours = moved(Way.TURNOUT, "source", effort.rows());
        Measured among = faster(
                moved(Way.TURNOUT_AMONG_ROWS, "source", effort.rows()),
                moved(Way.TURNOUT_AMONG_ROWS, "source", effort.rows()));
        Measured indexed = moved(Way.TURNOUT_INDEXED, "indexed", effort.indexedRows());
        Measured after = moved(Way.TURNOUT_INDEXES_AFTER, "indexed", effort.indexedRows());
        for (int round = 2; round <= effort.rounds(); round++) {
            copy = faster(copy, moved(Way.COPY, "source", effort.rows()));
            ours = faster(ours, moved(Way.TURNOUT, "source", effort.rows()));
            indexed = faster(indexed, moved(Way.TURNOUT_INDEXED, "indexed", effort.indexedRows()));
            after = faster(after, moved(Way.TURNOUT_INDEXES_AFTER, "indexed", effort.indexedRows()));
        }
        Figures figures = new Figures(copy, inserts, ours, few, among, indexed, after);
        report(figures);
        out.println("throttled ...");
        Tables.empty(url("target"));
        List<Budget> throttled = new Throttling(url("source"), url("target"), effort.phase()).run(out, chart);
        Stream.concat(budgets(figures).stream(), throttled.stream())
                .map(Budget::line)
                .forEach(out::println);
    }

    /** The fastest of each way. */
    private record Figures(
            Measured copy,
            Measured inserts,
            Measured ours,
            Measured few,
            Measured among,
            Measured indexed,
            Measured indexesAfter) {}

    private static Measured faster(Measured one, Measured other) {
        return one.seconds() > other.seconds() ? other : one;
    }

    private Measured moved(Way way, String from, long rows) throws SQLException, IOException {
        out.println(way.title() + ", " + rows + " rows ...");
        Tables.empty(url("target"));
        if (way == Way.TURNOUT_AMONG_ROWS) {
            Tables.addOldRows(url("target"), rows);
        } else if (way == Way.TURNOUT_INDEXED) {
            Tables.execute(url("target"), Tables.INDEXES.toArray(String[]::new));
        }
        Measured measured = inOwnProcess(way, from, rows);
        String expected = checksums.get(from + rows);
        if (expected == null) {
            expected = Tables.checksum(url(from), "place", rows);
            checksums.put(from + rows, expected);
        }
        String actual = Tables.checksum(url("target"), "place_v2", rows);
        if (!expected.equals(actual) || measured.rows() != rows) {
            throw new IllegalStateException(way + " moved " + measured.rows() + " of " + rows + " rows, count and sum "
                    + actual + " where the source has " + expected);
        }
        int indexes = way == Way.TURNOUT_INDEXED || way == Way.TURNOUT_INDEXES_AFTER ? Tables.INDEXES.size() : 0;
        if (Tables.indexes(url("target")) != indexes) {
            throw new IllegalStateException(way + " left " + Tables.indexes(url("target")) + " indexes of " + indexes);
        }
        out.println(String.format(
                Locale.ROOT,
                "  %,.0f rows/s, heap %.0f MB, live %.0f MB",
                measured.rowsPerSecond(),
                measured.heapMegabytes(),
                measured.liveMegabytes()));
        return measured;
    }

    private Measured inOwnProcess(Way way, String from, long rows) throws IOException {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        HEAP,
                        "-classpath",
                        System.getProperty("java.class.path"),
                        Mover.class.getName(),
                        way.name(),
                        url(from),
                        url("target"),
                        Long.toString(rows)))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            Optional<String> line = lines.lines().filter(Measured::isLine).max(Comparator.naturalOrder());
            return Measured.of(line.orElseThrow(() -> new IllegalStateException(way + " ended without a figure.")));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } finally {
            process.destroy();
        }
    }

    private void report(Figures figures) throws SQLException {
        Measured ours = figures.ours();
        line("## backfill");
        line("");
        line(Machine.hardware() + "; " + Machine.java() + " with `" + HEAP + "`, a process for each way; "
                + LocalDate.now(ZoneOffset.UTC) + ".");
        line("PostgreSQL " + version() + ", two databases of one server on the same machine, "
                + Tables.rowBytes(url("source")) + " bytes a row, " + effort.name() + "; the fastest of "
                + effort.rounds()
                + (effort.rounds() == 1 ? " round." : " rounds."));
        line("");
        line("| way | rows | rows/s | times Turnout | heap at most | after collections at most |");
        line("|---|--:|--:|--:|--:|--:|");
        row(Way.COPY, figures.copy(), ours);
        row(Way.TURNOUT, ours, ours);
        row(Way.TURNOUT, figures.few(), ours);
        row(Way.TURNOUT_AMONG_ROWS, figures.among(), ours);
        row(Way.TURNOUT_INDEXED, figures.indexed(), ours);
        row(Way.TURNOUT_INDEXES_AFTER, figures.indexesAfter(), ours);
        row(Way.INSERTS, figures.inserts(), ours);
        out.println();
        out.println(table);
    }

    private String version() throws SQLException {
        try (var connection = server.getPostgresDatabase().getConnection()) {
            return connection.getMetaData().getDatabaseProductVersion();
        }
    }

    private void row(Way way, Measured measured, Measured ours) {
        line(String.format(
                Locale.ROOT,
                "| %s | %,d | %,.0f | %.2f | %.0f MB | %.1f MB |",
                way.title(),
                measured.rows(),
                measured.rowsPerSecond(),
                measured.rowsPerSecond() / ours.rowsPerSecond(),
                measured.heapMegabytes(),
                measured.liveMegabytes()));
    }

    private void line(String text) {
        table.append(text).append('\n');
    }

    private static List<Budget> budgets(Figures figures) {
        Measured copy = figures.copy();
        Measured ours = figures.ours();
        Measured among = figures.among();
        String rate = String.format(Locale.ROOT, "%,.0f rows/s", ours.rowsPerSecond());
        return List.of(
                Budget.atLeast("backfill/over-copy", ours.rowsPerSecond() / copy.rowsPerSecond(), 0.5, "", rate),
                Budget.atLeast(
                        "backfill/over-copy-among-rows",
                        among.rowsPerSecond() / copy.rowsPerSecond(),
                        0.5,
                        "",
                        String.format(Locale.ROOT, "%,.0f rows/s", among.rowsPerSecond())),
                Budget.atLeast(
                        "backfill/over-inserts",
                        ours.rowsPerSecond() / figures.inserts().rowsPerSecond(),
                        5,
                        "",
                        rate),
                Budget.atLeast(
                        "backfill/indexes-after",
                        figures.indexesAfter().rowsPerSecond()
                                / figures.indexed().rowsPerSecond(),
                        1,
                        "",
                        "of the rate into a table that has the indexes"),
                Budget.atLeast("backfill/rate", ours.rowsPerSecond(), 100_000, "rows/s", ""),
                Budget.atMost("backfill/heap", ours.heapMegabytes(), 256, "MB", "garbage included, as with " + HEAP),
                Budget.atMost(
                        "backfill/heap-growth",
                        ours.liveMegabytes() / figures.few().liveMegabytes(),
                        1.5,
                        "",
                        "after collections, of ten times the rows"));
    }
}

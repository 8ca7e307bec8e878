package dev.turnout.benchmarks.verify;

import dev.turnout.benchmarks.Budget;
import dev.turnout.benchmarks.Machine;
import dev.turnout.benchmarks.Settings;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.jdbc.verify.RowKey;
import dev.turnout.flags.jdbc.verify.Verify;
import dev.turnout.flags.jdbc.verify.VerifyResult;
import dev.turnout.flags.migration.Difference;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.sql.SQLException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Compares two equal tables in two databases, then with differences, and the same with what else could be done. */
public final class Verification {
    private static final TableMapping MAPPING = mapping("customer", "id");
    private static final int ROWS_PER_DIFFERENCE = 50_000; // of those that are scattered

    private final PrintStream out;
    private final boolean quick;
    private final long rows;
    private final long rowsByRow;
    private final long codedRows;
    private final int rounds;
    private final int scattered;
    private final int scatteredCodes;
    private final StringBuilder report = new StringBuilder();

    private static TableMapping mapping(String target, String key) {
        return TableMapping.from(key.equals("id") ? "customer" : "coded")
                .into(target)
                .key(key)
                .column("account")
                .column("name")
                .column("status")
                .column("balance")
                .column("changed")
                .column("note")
                .build();
    }

    private Verification(Settings settings, PrintStream out) {
        this.out = out;
        quick = settings.quick();
        rows = quick ? 400_000 : 5_000_000;
        rowsByRow = quick ? 100_000 : 500_000;
        codedRows = quick ? 200_000 : 1_000_000;
        rounds = quick ? 4 : 2; // the first of each is of code that is not compiled yet
        scattered = (int) (rows / ROWS_PER_DIFFERENCE);
        scatteredCodes = (int) (codedRows / 10_000);
    }

    /**
     * Runs for some minutes, or for less than one.
     *
     * @return the exit code of the process
     */
    public static int run(Settings settings, PrintStream out) throws IOException {
        try (EmbeddedPostgres server = EmbeddedPostgres.builder()
                .setPGStartupWait(Duration.ofMinutes(1))
                .setServerConfig("fsync", "off")
                .setServerConfig("max_wal_size", "4GB")
                .setServerConfig("shared_buffers", "512MB")
                .start()) {
            try (Customers postgres = new Customers(server.getJdbcUrl("postgres", "postgres"))) {
                postgres.execute("CREATE DATABASE one", "CREATE DATABASE other");
            }
            try (Customers one = new Customers(server.getJdbcUrl("postgres", "one"));
                    Customers other = new Customers(server.getJdbcUrl("postgres", "other"))) {
                Verification verification = new Verification(settings, out);
                verification.measure(one, other);
                Files.createDirectories(settings.reports());
                Files.writeString(settings.reports().resolve("verify.md"), verification.report);
                return 0;
            }
        } catch (SQLException | IllegalStateException | CompletionException e) {
            System.err.println("failed: " + e);
            return 1;
        }
    }

    @FunctionalInterface
    private interface Work {
        void run() throws SQLException;
    }

    private static double seconds(Work work) throws SQLException {
        long began = System.nanoTime();
        work.run();
        return (System.nanoTime() - began) / 1e9;
    }

    private static void both(Work one, Work other) {
        CompletableFuture<Void> first = CompletableFuture.runAsync(() -> unchecked(one));
        unchecked(other);
        first.join();
    }

    private static void unchecked(Work work) {
        try {
            work.run();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private void measure(Customers one, Customers other) throws SQLException {
        out.println("filling two tables with " + rows + " rows each ...");
        both(() -> one.fill(rows), () -> other.fill(rows));
        Orders orders = inTwoOrders(one, other);
        double once = Double.MAX_VALUE;
        double parallel = Double.MAX_VALUE;
        double equal = Double.MAX_VALUE;
        // In turn, as what else the machine does changes with time; the fastest is the least disturbed.
        for (int round = 1; round <= rounds; round++) {
            out.println("round " + round + " of equal tables ...");
            once = Math.min(once, seconds(() -> both(one::sumOnce, other::sumOnce)));
            parallel = Math.min(parallel, seconds(() -> both(one::sumInParallel, other::sumInParallel)));
            equal = Math.min(equal, seconds(() -> expect(0, verify(one, other))));
            out.println(String.format(
                    Locale.ROOT, "  until now: %.2f s, in parallel %.2f s, ours %.2f s", once, parallel, equal));
        }
        out.println("row by row, " + rowsByRow + " rows ...");
        double rowByRow = seconds(() -> {
            if (RowByRow.differences(one, other, rowsByRow) != 0) {
                throw new IllegalStateException("Equal rows were found different.");
            }
        });
        long lookups = rowsByRow / 5;
        double lookup = seconds(() -> {
            if (RowByRow.differencesByLookup(one, other, lookups) != 0) {
                throw new IllegalStateException("Equal rows were found different.");
            }
        });
        out.println("one changed row ...");
        other.execute("UPDATE customer SET balance = balance + 0.01 WHERE id = " + rows * 2 / 3);
        double changed = seconds(() -> expectOnly(rows * 2 / 3, verify(one, other)));
        other.execute("UPDATE customer SET balance = balance - 0.01 WHERE id = " + rows * 2 / 3);
        out.println(scattered + " scattered differences ...");
        scatter(other);
        double found = Double.MAX_VALUE;
        for (int round = 1; round <= rounds; round++) {
            found = Math.min(found, seconds(() -> expect(scattered, verify(one, other))));
        }
        report(
                Math.min(once, parallel),
                equal,
                new Rate(rowsByRow, rowByRow),
                new Rate(lookups, lookup),
                changed,
                found,
                orders);
    }

    /**
     * Of tables whose keys are texts.
     *
     * @param same seconds where both databases have the keys in one order
     * @param other where they have not
     * @param scattered where they have not, and some rows differ
     */
    private record Orders(double same, double other, double scattered) {}

    private Orders inTwoOrders(Customers one, Customers other) throws SQLException {
        out.println("keys of text in one order, and in two, " + codedRows + " rows ...");
        one.copyCoded("coded", "C", codedRows);
        other.copyCoded("coded", "C", codedRows);
        other.copyCoded("coded_by_locale", "en-US-x-icu", codedRows);
        TableMapping same = mapping("coded", "code");
        TableMapping inOther = mapping("coded_by_locale", "code");
        double seconds = Double.MAX_VALUE;
        double secondsInOther = Double.MAX_VALUE;
        for (int round = 1; round <= rounds; round++) {
            seconds = Math.min(seconds, seconds(() -> expect(0, verify(same, one, other))));
            secondsInOther = Math.min(secondsInOther, seconds(() -> expect(0, verify(inOther, one, other))));
        }
        other.execute(
                "UPDATE coded_by_locale SET balance = balance + 1 WHERE id % " + codedRows / scatteredCodes + " = 7");
        double found = seconds(() -> expect(scatteredCodes, verify(inOther, one, other)));
        return new Orders(seconds, secondsInOther, found);
    }

    /** Changed, missing and additional rows. */
    private void scatter(Customers other) throws SQLException {
        long step = rows / scattered;
        String each = " WHERE id % " + step + " = 7 AND id / " + step + " % 3 = ";
        other.execute(
                "UPDATE customer SET note = coalesce(note, '') || '.'" + each + "0",
                "DELETE FROM customer" + each + "1",
                "INSERT INTO customer SELECT -id, account, name, status, balance, changed, note FROM customer" + each
                        + "2");
    }

    private static VerifyResult<RowKey> verify(Customers one, Customers other) {
        return verify(MAPPING, one, other);
    }

    private static VerifyResult<RowKey> verify(TableMapping mapping, Customers one, Customers other) {
        return Verify.tables(mapping, one.pool(), other.pool()).build().run();
    }

    private static void expect(long differences, VerifyResult<RowKey> result) {
        long found =
                result.counts().values().stream().mapToLong(Long::longValue).sum();
        if (found != differences || result.unsettled() != 0) {
            throw new IllegalStateException(
                    "There are " + differences + " differences, but " + result.counts() + " were found.");
        }
    }

    private static void expectOnly(long id, VerifyResult<RowKey> result) {
        expect(1, result);
        Difference<RowKey> found = result.differences().get(0);
        if (!found.key().equals(RowKey.of(id)) || !found.fields().get(0).name().equals("balance")) {
            throw new IllegalStateException("Row " + id + " was changed, but " + found + " was found.");
        }
    }

    private record Rate(long rows, double seconds) {
        double perSecond() {
            return rows / seconds;
        }
    }

    private void report(
            double aggregate, double equal, Rate streamed, Rate lookedUp, double changed, double found, Orders orders) {
        line("## verify");
        line("");
        line(Machine.hardware() + "; " + Machine.java() + "; " + LocalDate.now(ZoneOffset.UTC) + ".");
        line("PostgreSQL 18, two databases of one server, all on this machine; " + number(rows)
                + " rows of 7 columns each" + (quick ? "; a rough run." : "; the fastest of " + rounds + " rounds."));
        line("");
        line("| what | seconds | rows/s |");
        line("|---|--:|--:|");
        row("the databases' own sums of the same hash, one statement each at the same time", aggregate, rows);
        row("verification of equal tables", equal, rows);
        row("verification that finds one changed row", changed, rows);
        row("verification that finds " + scattered + " scattered differences", found, rows);
        row(
                "row by row through JDBC, both tables streamed, " + number(streamed.rows()) + " rows",
                streamed.seconds(),
                streamed.rows());
        row(
                "row by row through JDBC, each row looked up, " + number(lookedUp.rows()) + " rows",
                lookedUp.seconds(),
                lookedUp.rows());
        String coded = "verification of " + number(codedRows) + " equal rows with keys of text, ";
        row(coded + "in one order", orders.same(), codedRows);
        row(coded + "in two collations", orders.other(), codedRows);
        row("the same with " + scatteredCodes + " scattered differences", orders.scattered(), codedRows);
        line("");
        out.print(report);
        if (quick) { // what a run takes whatever it compares, such as the delay before a second look, is most of it
            out.println(String.format(
                    Locale.ROOT,
                    "of the time of equal tables, own sums took %.2f and scattered differences %.2f; both are judged by full runs",
                    aggregate / equal,
                    found / equal));
        } else {
            out.println(Budget.atLeast("verify/own-aggregate", aggregate / equal, 0.8, "x", "")
                    .line());
            out.println(Budget.atMost("verify/scattered-differences", found / equal, 1.5, "x", "")
                    .line());
        }
        List.of(
                        Budget.atLeast("verify/row-by-row-streamed", rows / equal / streamed.perSecond(), 5, "x", ""),
                        Budget.atLeast("verify/row-by-row-looked-up", rows / equal / lookedUp.perSecond(), 5, "x", ""),
                        Budget.atMost("verify/two-collations", orders.other() / orders.same(), 1.5, "x", ""),
                        Budget.atMost(
                                "verify/two-collations-scattered", orders.scattered() / orders.same(), 5, "x", ""),
                        Budget.atLeast("verify/one-row-found", 1, 1, "", "one changed among " + number(rows)))
                .forEach(budget -> out.println(budget.line()));
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private void row(String what, double seconds, long of) {
        line(String.format(Locale.ROOT, "| %s | %.2f | %,.0f |", what, seconds, of / seconds));
    }

    private void line(String line) {
        report.append(line).append('\n');
    }
}

package dev.turnout.benchmarks.backfill;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.turnout.benchmarks.Budget;
import dev.turnout.flags.jdbc.backfill.Backfill;
import dev.turnout.flags.jdbc.backfill.BackfillControl;
import dev.turnout.flags.jdbc.backfill.BackfillException;
import dev.turnout.flags.jdbc.backfill.Throttle;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * A backfill that runs only while the application's p99 is below a limit, and what becomes of both while another client
 * loads the database: as fast as it can, loaded, as fast as it can again.
 */
final class Throttling {
    private static final double LIMIT_MILLIS = 10;
    private static final int LOADING_CLIENTS = 6;
    private static final Duration SAMPLE = Duration.ofMillis(500);
    private static final Duration BREATH = Duration.ofMillis(10); // between chunks, so rows last for all phases
    private static final int SETTLING_SAMPLES = 3; // after a change, as the p99 is one of some seconds

    /** Half a second. */
    private record Sample(double second, double rowsPerSecond, double p99Millis) {}

    private final String source;
    private final String target;
    private final Duration phase;
    private final List<Sample> samples = new ArrayList<>();

    /** @param phase how long each of the three lasts */
    Throttling(String source, String target, Duration phase) {
        this.source = source;
        this.target = target;
        this.phase = phase;
    }

    List<Budget> run(PrintStream out, Path chart) throws IOException {
        BackfillControl control = new BackfillControl();
        AtomicLong rows = new AtomicLong();
        try (HikariDataSource from = pool(source);
                HikariDataSource into = pool(target);
                Application application = Application.start(source)) {
            Backfill<?, ?> backfill = Backfill.from(from, Mover.mapping())
                    .into(into)
                    .named("throttled")
                    .workers(1)
                    .chunkSize(1_000)
                    .control(control)
                    .pacing(() -> pause(BREATH))
                    .throttle(Throttle.none()
                            .whileBelow("p99 in ms", application::p99Millis, LIMIT_MILLIS)
                            .checkEvery(Duration.ofMillis(100)))
                    .onProgress(progress -> rows.set(progress.rowsDone()))
                    .build();
            Thread copying = new Thread(() -> run(backfill), "throttled-backfill");
            copying.start();
            watch(phase, application, rows);
            try (Load load = Load.start(source, LOADING_CLIENTS)) {
                watch(phase, application, rows);
            }
            watch(phase, application, rows);
            control.abort();
            join(copying);
        }
        draw(chart);
        return report(out);
    }

    private static void run(Backfill<?, ?> backfill) {
        try {
            backfill.run("1");
        } catch (BackfillException e) {
            System.out.println("  " + e.getMessage()); // it is aborted at the end
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static HikariDataSource pool(String url) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(4);
        return new HikariDataSource(config);
    }

    private void watch(Duration length, Application application, AtomicLong rows) {
        for (long i = length.dividedBy(SAMPLE); i > 0; i--) {
            long before = rows.get();
            long began = System.nanoTime();
            pause(SAMPLE);
            double seconds = (System.nanoTime() - began) / 1e9;
            double at = samples.isEmpty() ? 0 : samples.get(samples.size() - 1).second();
            samples.add(new Sample(at + seconds, (rows.get() - before) / seconds, application.p99Millis()));
        }
    }

    private static void pause(Duration length) {
        try {
            TimeUnit.NANOSECONDS.sleep(length.toNanos());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The mean of a phase, counted from 0, when it has settled. */
    private double mean(int number, ToDoubleFunction<Sample> figure) {
        int each = samples.size() / 3;
        return samples.subList(number * each + SETTLING_SAMPLES, (number + 1) * each).stream()
                .mapToDouble(figure)
                .average()
                .orElse(Double.NaN);
    }

    private List<Budget> report(PrintStream out) {
        double before = mean(0, Sample::rowsPerSecond);
        double loaded = mean(1, Sample::rowsPerSecond);
        double after = mean(2, Sample::rowsPerSecond);
        out.println(String.format(
                Locale.ROOT,
                "throttled: %,.0f rows/s at a p99 of %.1f ms; %,.0f at %.1f while %d clients load the source; %,.0f at %.1f after",
                before,
                mean(0, Sample::p99Millis),
                loaded,
                mean(1, Sample::p99Millis),
                LOADING_CLIENTS,
                after,
                mean(2, Sample::p99Millis)));
        return List.of(
                Budget.atMost("backfill/throttled-under-load", loaded / before, 0.5, "", "of the rate before"),
                Budget.atLeast("backfill/recovered-after-load", after / before, 0.7, "", "of the rate before"));
    }

    private void draw(Path file) throws IOException {
        XYChart chart = new XYChartBuilder()
                .width(1_000)
                .height(450)
                .title(String.format(
                        Locale.ROOT,
                        "A backfill that runs only while the application's p99 is below %.0f ms",
                        LIMIT_MILLIS))
                .xAxisTitle("seconds; another client loads the database from " + phase.toSeconds() + " to "
                        + 2 * phase.toSeconds())
                .yAxisTitle("rows/s")
                .build();
        chart.setYAxisGroupTitle(1, "ms");
        chart.getStyler().setYAxisGroupPosition(1, Styler.YAxisPosition.Right);
        chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideS);
        chart.getStyler().setLegendLayout(Styler.LegendLayout.Horizontal);
        series(chart, "copied, rows/s", 0, Sample::rowsPerSecond);
        series(chart, "p99 of the application, ms", 1, Sample::p99Millis);
        series(chart, "its limit, ms", 1, sample -> LIMIT_MILLIS);
        BitmapEncoder.saveBitmap(chart, file.toString(), BitmapEncoder.BitmapFormat.PNG);
    }

    private void series(XYChart chart, String name, int axis, ToDoubleFunction<Sample> figure) {
        XYSeries series = chart.addSeries(
                name,
                samples.stream().mapToDouble(Sample::second).toArray(),
                samples.stream().mapToDouble(figure).toArray());
        series.setYAxisGroup(axis);
        series.setMarker(SeriesMarkers.NONE);
    }
}

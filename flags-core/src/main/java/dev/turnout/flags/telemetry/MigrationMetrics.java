package dev.turnout.flags.telemetry;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.MigrationSample;
import dev.turnout.flags.migration.MigrationSampler;
import dev.turnout.flags.spi.Member;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;

/**
 * Metrics of one migration on one node, read when OpenTelemetry collects them, which asks the journal and the fleet store. All have the
 * attribute {@code turnout.migration.name}.
 *
 * <ul>
 *   <li>{@code turnout.migration.operations}: what the application called, by {@code turnout.operation} ({@code read} or {@code write}); those that
 *       failed have the attribute {@code error.type}, always {@code _OTHER}
 *   <li>{@code turnout.migration.path.calls}: calls of the two paths, also by {@code turnout.path} ({@code old} or {@code new})
 *   <li>{@code turnout.migration.comparisons}, by {@code turnout.outcome}: {@code same}, {@code different}, {@code dropped}
 *   <li>{@code turnout.migration.mirror.failures}: acknowledged writes that the other path did not take; repair looks after them
 *   <li>{@code turnout.migration.repairs}: keys that this node has repaired
 *   <li>{@code turnout.migration.journal.depth} and {@code turnout.migration.journal.age}, in seconds: what waits for repair, and how long
 *   <li>{@code turnout.migration.journal.quarantined}: keys that repair has quarantined, up to a hundred
 *   <li>{@code turnout.migration.members} and {@code turnout.migration.members.behind}: nodes of the fleet, and those that have not acknowledged
 *       the version that this one uses
 * </ul>
 */
public final class MigrationMetrics implements AutoCloseable {
    private static final AttributeKey<String> MIGRATION = AttributeKey.stringKey("turnout.migration.name");
    private static final AttributeKey<String> PATH = AttributeKey.stringKey("turnout.path");
    private static final AttributeKey<String> OPERATION = AttributeKey.stringKey("turnout.operation");
    private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("turnout.outcome");
    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
    // What the conventions of OpenTelemetry define for an error whose type is not known: calls are only counted.
    private static final String UNKNOWN_ERROR = "_OTHER";
    private static final int MOST_QUARANTINED_COUNTED = 100;
    private static final int MOST_ENTRIES_COUNTED = 10_000;

    private record Series(ObservableLongMeasurement counter, Attributes attributes) {}

    private final Migration<?, ?> migration;
    private final MigrationSampler sampler;
    private final Attributes itself;
    private final Map<Series, Long> totals = new HashMap<>(); // guarded by this
    private final List<AutoCloseable> callbacks = new ArrayList<>();

    private MigrationMetrics(Meter meter, Migration<?, ?> migration) {
        this.migration = migration;
        this.sampler = migration.sampler();
        this.itself = Attributes.of(MIGRATION, migration.name());
        counters(meter);
        gauges(meter);
    }

    /** Begins to offer the metrics of a migration on its node; close it before that. From then on its calls are counted and timed. */
    public static MigrationMetrics of(OpenTelemetry openTelemetry, Migration<?, ?> migration) {
        Meter meter = requireNonNull(openTelemetry, "openTelemetry").getMeter("dev.turnout.flags");
        return new MigrationMetrics(meter, requireNonNull(migration, "migration"));
    }

    private void counters(Meter meter) {
        ObservableLongMeasurement operations =
                counter(meter, "operations", "{operation}", "Reads and writes that the application called.");
        ObservableLongMeasurement calls =
                counter(meter, "path.calls", "{call}", "Calls of the old path and the new one.");
        ObservableLongMeasurement comparisons =
                counter(meter, "comparisons", "{comparison}", "Reads compared with the other path.");
        ObservableLongMeasurement failures =
                counter(meter, "mirror.failures", "{write}", "Acknowledged writes that the other path did not take.");
        ObservableLongMeasurement shed = counter(
                meter,
                "mirror.shed",
                "{write}",
                "Acknowledged writes that were left to repair, as too many waited for the other path.");
        ObservableLongMeasurement repairs = counter(meter, "repairs", "{key}", "Keys that this node has repaired.");
        callbacks.add(meter.batchCallback(
                () -> count(operations, calls, comparisons, failures, shed, repairs),
                operations,
                calls,
                comparisons,
                failures,
                shed,
                repairs));
    }

    private static ObservableLongMeasurement counter(Meter meter, String name, String unit, String description) {
        return meter.counterBuilder("turnout.migration." + name)
                .setUnit(unit)
                .setDescription(description)
                .buildObserver();
    }

    private synchronized void count(
            ObservableLongMeasurement operations,
            ObservableLongMeasurement calls,
            ObservableLongMeasurement comparisons,
            ObservableLongMeasurement failures,
            ObservableLongMeasurement shed,
            ObservableLongMeasurement repairs) {
        MigrationSample sample = sampler.next();
        count(operations, itself, new MigrationSample.PathCalls(sample.gets(), sample.puts()));
        count(calls, itself.toBuilder().put(PATH, "old").build(), sample.oldPath());
        count(calls, itself.toBuilder().put(PATH, "new").build(), sample.newPath());
        add(comparisons, outcome("same"), sample.compared() - sample.different());
        add(comparisons, outcome("different"), sample.different());
        add(comparisons, outcome("dropped"), sample.notCompared());
        add(failures, itself, sample.mirrorFailed());
        add(shed, itself, sample.mirrorShed());
        add(repairs, itself, sample.repaired());
    }

    private void count(ObservableLongMeasurement counter, Attributes attributes, MigrationSample.PathCalls calls) {
        count(counter, attributes.toBuilder().put(OPERATION, "read").build(), calls.reads());
        count(counter, attributes.toBuilder().put(OPERATION, "write").build(), calls.writes());
    }

    private void count(ObservableLongMeasurement counter, Attributes attributes, MigrationSample.Calls calls) {
        add(counter, attributes, calls.count() - calls.failed());
        add(counter, attributes.toBuilder().put(ERROR_TYPE, UNKNOWN_ERROR).build(), calls.failed());
    }

    private Attributes outcome(String word) {
        return itself.toBuilder().put(OUTCOME, word).build();
    }

    private void add(ObservableLongMeasurement counter, Attributes attributes, long growth) {
        counter.record(totals.merge(new Series(counter, attributes), growth, Long::sum), attributes);
    }

    private void gauges(Meter meter) {
        gauge(
                meter,
                "journal.depth",
                "{key}",
                "Keys that wait for repair, of the first 10,000 entries of the journal.",
                () -> migration.journal().depth(MOST_ENTRIES_COUNTED));
        gauge(
                meter,
                "journal.age",
                "s",
                "How long the key has waited for repair that waits longest.",
                () -> migration.journal().age().toMillis() / 1e3);
        gauge(
                meter,
                "journal.quarantined",
                "{key}",
                "Keys that repair has quarantined.",
                () -> migration.journal().quarantined(MOST_QUARANTINED_COUNTED).size());
        gauge(
                meter,
                "members",
                "{node}",
                "Nodes that route the migration.",
                () -> migration.members().size());
        gauge(
                meter,
                "members.behind",
                "{node}",
                "Nodes that have not acknowledged the version that this one uses.",
                () -> behind());
    }

    private long behind() {
        List<Member> members = migration.members();
        long newest = members.stream()
                .mapToLong(member -> member.using().version())
                .max()
                .orElse(0);
        return members.stream().filter(member -> member.acknowledged() < newest).count();
    }

    private void gauge(Meter meter, String name, String unit, String description, DoubleSupplier value) {
        callbacks.add(meter.gaugeBuilder("turnout.migration." + name)
                .setUnit(unit)
                .setDescription(description)
                .buildWithCallback(measurement -> measurement.record(value.getAsDouble(), itself)));
    }

    /** Takes the metrics back. Idempotent. */
    @Override
    public void close() {
        FlagMetrics.close(callbacks);
    }
}

package dev.turnout.flags.telemetry;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.ErrorCode;
import dev.turnout.flags.EvaluationCount;
import dev.turnout.flags.Flags;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import java.util.List;

/**
 * Metrics of flags, read when OpenTelemetry collects them: deciding pays for them no more than the counters that it keeps anyway.
 *
 * <ul>
 *   <li>{@code turnout.flag.evaluations}: how often each flag was answered with which variant for which reason
 *   <li>{@code turnout.flag.errors}: how often callers got their default because of an error, by {@code error.type}
 *   <li>{@code turnout.flag.state.age}, in seconds: the time since the flag store could be read
 *   <li>{@code turnout.flag.state.revision}: of the state that decisions are made from
 * </ul>
 */
public final class FlagMetrics implements AutoCloseable {
    private final List<AutoCloseable> instruments;

    private FlagMetrics(Meter meter, Flags flags) {
        instruments = List.of(
                meter.counterBuilder("turnout.flag.evaluations")
                        .setUnit("{evaluation}")
                        .setDescription("Evaluations of feature flags.")
                        .buildWithCallback(measurement -> flags.counts().forEach(count -> observe(measurement, count))),
                meter.counterBuilder("turnout.flag.errors")
                        .setUnit("{evaluation}")
                        .setDescription("Evaluations that were answered with the caller's default because of an error.")
                        .buildWithCallback(measurement -> observeErrors(measurement, flags)),
                meter.gaugeBuilder("turnout.flag.state.age")
                        .setUnit("s")
                        .setDescription("Time since the flag store could be read.")
                        .buildWithCallback(
                                measurement -> measurement.record(flags.age().toMillis() / 1e3)),
                meter.gaugeBuilder("turnout.flag.state.revision")
                        .ofLongs()
                        .setUnit("{revision}")
                        .setDescription("Revision of the state that decisions are made from.")
                        .buildWithCallback(measurement ->
                                measurement.record(flags.snapshot().revision())));
    }

    /** Begins to offer the metrics of one {@link Flags}; close it before these. */
    public static FlagMetrics of(OpenTelemetry openTelemetry, Flags flags) {
        Meter meter = requireNonNull(openTelemetry, "openTelemetry").getMeter("dev.turnout.flags");
        return new FlagMetrics(meter, requireNonNull(flags, "flags"));
    }

    private static void observe(ObservableLongMeasurement measurement, EvaluationCount count) {
        measurement.record(
                count.count(),
                Attributes.of(
                        EvaluationEvents.KEY, count.flagKey(),
                        EvaluationEvents.VARIANT, count.variant(),
                        EvaluationEvents.REASON, EvaluationEvents.word(count.reason())));
    }

    private static void observeErrors(ObservableLongMeasurement measurement, Flags flags) {
        for (ErrorCode error : ErrorCode.values()) {
            long count = flags.errors(error);
            if (count > 0) {
                measurement.record(count, Attributes.of(EvaluationEvents.ERROR, EvaluationEvents.word(error)));
            }
        }
    }

    /** Takes the metrics back. Idempotent. */
    @Override
    public void close() {
        close(instruments);
    }

    static void close(List<AutoCloseable> instruments) {
        IllegalStateException failure = null;
        for (AutoCloseable instrument : instruments) {
            try {
                instrument.close();
            } catch (Throwable e) { // the others are closed all the same
                if (failure == null) {
                    failure = new IllegalStateException("An instrument cannot be closed.", e);
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
    }
}

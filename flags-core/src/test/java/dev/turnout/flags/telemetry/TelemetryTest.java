package dev.turnout.flags.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.Flags;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.telemetry.Exposures.Exposure;
import dev.turnout.flags.testing.SettableTime;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.SimpleLogRecordProcessor;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryLogRecordExporter;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;

class TelemetryTest {
    private final InMemoryLogRecordExporter logs = InMemoryLogRecordExporter.create();
    private final InMemoryMetricReader metrics = InMemoryMetricReader.create();
    private final OpenTelemetrySdk telemetry = OpenTelemetrySdk.builder()
            .setLoggerProvider(SdkLoggerProvider.builder()
                    .addLogRecordProcessor(SimpleLogRecordProcessor.create(logs))
                    .build())
            .setMeterProvider(
                    SdkMeterProvider.builder().registerMetricReader(metrics).build())
            .build();
    private final InMemoryFlagStore store = new InMemoryFlagStore(new FlagDocument(
            Map.of(),
            Map.of(
                    "new", Flag.bool("new").share(1_000_000, "on").build(),
                    "hot", Flag.bool("hot").build()),
            Map.of()));
    private final EvaluationContext ana = EvaluationContext.of("ana");

    @Test
    void an_evaluation_is_an_event_with_the_attributes_of_the_conventions() {
        try (Flags flags = Flags.builder(store)
                .hook(EvaluationEvents.of(telemetry, "new", "unknown").withContextIds())
                .build()) {
            flags.isOn("new", ana);
            flags.isOn("hot", ana);
            flags.isOn("unknown", EvaluationContext.empty());
        }

        List<LogRecordData> events = logs.getFinishedLogRecordItems();
        assertThat(events)
                .extracting(LogRecordData::getEventName)
                .containsExactly("feature_flag.evaluation", "feature_flag.evaluation");
        assertThat(attributes(events.get(0)))
                .isEqualTo(Map.of(
                        "feature_flag.key", "new",
                        "feature_flag.result.variant", "on",
                        "feature_flag.result.reason", "targeting_match",
                        "feature_flag.provider.name", "turnout",
                        "feature_flag.version", "1",
                        "feature_flag.context.id", "ana"));
        assertThat(attributes(events.get(1)))
                .containsEntry("feature_flag.result.reason", "error")
                .containsEntry("error.type", "flag_not_found")
                .doesNotContainKeys("feature_flag.context.id", "feature_flag.result.variant");
    }

    private static Map<String, Object> attributes(LogRecordData event) {
        Map<String, Object> attributes = new java.util.HashMap<>();
        event.getAttributes().forEach((key, value) -> attributes.put(key.getKey(), value));
        return attributes;
    }

    @Test
    void metrics_are_read_when_they_are_collected_and_taken_back() {
        try (Flags flags = Flags.builder(store).build();
                FlagMetrics offered = FlagMetrics.of(telemetry, flags)) {
            flags.isOn("new", ana);
            flags.isOn("new", ana);
            flags.isOn("unknown", ana);

            assertThat(points("turnout.flag.evaluations"))
                    .extracting(LongPointData::getValue, LongPointData::getAttributes)
                    .containsExactly(tuple(
                            2L,
                            Attributes.of(
                                    EvaluationEvents.KEY, "new",
                                    EvaluationEvents.VARIANT, "on",
                                    EvaluationEvents.REASON, "targeting_match")));
            assertThat(points("turnout.flag.errors"))
                    .extracting(LongPointData::getValue)
                    .containsExactly(1L);
            assertThat(points("turnout.flag.state.revision"))
                    .extracting(LongPointData::getValue)
                    .containsExactly(1L);
            assertThat(metric("turnout.flag.state.age").getUnit()).isEqualTo("s");
        }
        assertThat(metrics.collectAllMetrics()).isEmpty();
    }

    @Test
    void a_migration_tells_what_it_does_what_waits_and_who_routes_it() {
        Journal<String> journal = Journal.inMemory();
        try (Flags flags = Flags.builder(store).build();
                Migration<String, String> migration = Migration.named("orders", new MapDataPath(), new MapDataPath())
                        .journal(journal)
                        .build(flags);
                MigrationMetrics offered = MigrationMetrics.of(telemetry, migration)) {
            migration.put("1", "a");
            migration.get("1");
            migration.get("1");
            journal.claim("2"); // no other worker repairs it now
            journal.record("2", Side.OLD);

            assertThat(counts("turnout.migration.operations", "turnout.operation", "error.type"))
                    .containsExactlyInAnyOrder(tuple(1L, "write", null), tuple(2L, "read", null));
            assertThat(counts("turnout.migration.path.calls", "turnout.path", "turnout.operation"))
                    .containsExactlyInAnyOrder(tuple(1L, "old", "write"), tuple(2L, "old", "read"));
            migration.get("1");
            assertThat(points("turnout.migration.operations"))
                    .extracting(LongPointData::getValue)
                    .contains(3L);
            assertThat(gauge("turnout.migration.journal.depth")).isEqualTo(1);
            assertThat(gauge("turnout.migration.members")).isEqualTo(1);
            assertThat(gauge("turnout.migration.members.behind")).isZero();
            assertThat(metric("turnout.migration.journal.age").getUnit()).isEqualTo("s");
        }
        assertThat(metrics.collectAllMetrics()).isEmpty();
    }

    @Test
    void each_metric_is_in_the_table_of_the_page_for_operators_with_its_unit() throws IOException {
        Set<String> rows = Pattern.compile("(?m)^\\| `(turnout\\.[a-z.]+)` \\| `?([^ `]+)`? \\|")
                .matcher(Files.readString(Path.of("..", "docs", "operating.md")))
                .results()
                .map(row -> row.group(1) + " " + row.group(2))
                .collect(Collectors.toCollection(TreeSet::new));

        try (Flags flags = Flags.builder(store).build();
                Migration<String, String> migration = Migration.named("orders", new MapDataPath(), new MapDataPath())
                        .build(flags);
                FlagMetrics ofFlags = FlagMetrics.of(telemetry, flags);
                MigrationMetrics ofMigration = MigrationMetrics.of(telemetry, migration)) {
            flags.isOn("new", ana);
            flags.isOn("unknown", ana);

            Set<String> collected = metrics.collectAllMetrics().stream()
                    .map(metric -> metric.getName() + " " + metric.getUnit())
                    .collect(Collectors.toCollection(TreeSet::new));

            assertThat(collected).isEqualTo(rows);
        }
    }

    @Test
    void a_call_that_fails_has_the_type_of_its_error() {
        MapDataPath broken = new MapDataPath() {
            @Override
            public Optional<String> get(String key) {
                throw new IllegalStateException("The database is down.");
            }
        };
        try (Flags flags = Flags.builder(store).build();
                Migration<String, String> migration =
                        Migration.named("orders", broken, new MapDataPath()).build(flags);
                MigrationMetrics offered = MigrationMetrics.of(telemetry, migration)) {
            assertThatThrownBy(() -> migration.get("1")).hasMessage("The database is down.");

            assertThat(counts("turnout.migration.operations", "turnout.migration.name", "error.type"))
                    .containsExactly(tuple(1L, "orders", "_OTHER"));
            assertThat(counts("turnout.migration.path.calls", "turnout.path", "error.type"))
                    .containsExactly(tuple(1L, "old", "_OTHER"));
        }
    }

    /** What is above 0, with two attributes. */
    private List<Tuple> counts(String metric, String one, String other) {
        return points(metric).stream()
                .filter(point -> point.getValue() > 0)
                .map(point -> tuple(
                        point.getValue(),
                        point.getAttributes().get(AttributeKey.stringKey(one)),
                        point.getAttributes().get(AttributeKey.stringKey(other))))
                .toList();
    }

    private double gauge(String name) {
        return metric(name).getDoubleGaugeData().getPoints().iterator().next().getValue();
    }

    /** A path without versions. */
    private static class MapDataPath implements DataPath<String, String> {
        private final Map<String, String> records = new ConcurrentHashMap<>();

        @Override
        public Optional<String> get(String key) {
            return Optional.ofNullable(records.get(key));
        }

        @Override
        public void put(String key, String value) {
            records.put(key, value);
        }

        @Override
        public void delete(String key) {
            records.remove(key);
        }
    }

    private MetricData metric(String name) {
        return metrics.collectAllMetrics().stream()
                .filter(metric -> metric.getName().equals(name))
                .findAny()
                .orElseThrow();
    }

    private List<LongPointData> points(String name) {
        MetricData metric = metric(name);
        return List.copyOf(
                name.endsWith("revision")
                        ? metric.getLongGaugeData().getPoints()
                        : metric.getLongSumData().getPoints());
    }

    @Test
    void an_exposure_is_told_once_until_it_is_forgotten() {
        SettableTime time = new SettableTime("2026-11-22T12:00:00Z");
        List<Exposure> told = new ArrayList<>();
        Exposures exposures = Exposures.of(told::add, "new").remembering(1_000, Duration.ofHours(1), time);
        try (Flags flags = Flags.builder(store).hook(exposures).build()) {
            flags.isOn("new", ana);
            flags.isOn("new", ana);
            flags.isOn("new", EvaluationContext.of("bob"));
            flags.isOn("new", EvaluationContext.empty());
            flags.isOn("hot", ana);
            assertThat(told).containsExactly(new Exposure("new", "on", "ana"), new Exposure("new", "on", "bob"));

            time.pass(Duration.ofHours(1));
            flags.isOn("new", ana);

            assertThat(told).hasSize(3);
        }
    }
}

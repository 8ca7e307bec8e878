package dev.turnout.flags.oldest;

import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.Flags;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.FileFlagStore;
import dev.turnout.flags.telemetry.EvaluationEvents;
import dev.turnout.flags.telemetry.Exposures;
import dev.turnout.flags.telemetry.FlagMetrics;
import dev.turnout.flags.telemetry.MigrationMetrics;
import io.opentelemetry.api.OpenTelemetry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A program that calls each of the libraries of this module: what reads and writes files, what remembers, what reports.
 */
final class UsesEverything {
    private static final String FLAGS = """
            version: 1
            flags:
              ranking:
                type: string
                default: "off"
                variants: {"off": bm25, "on": vectors}
                rules:
                  - {when: [{attribute: path, matches: "/search/[a-z]+"}], variant: "on"}
            """;

    private record InMemory(Map<Long, String> records) implements DataPath<Long, String> {
        InMemory() {
            this(new ConcurrentHashMap<>());
        }

        @Override
        public Optional<String> get(Long key) {
            return Optional.ofNullable(records.get(key));
        }

        @Override
        public void put(Long key, String value) {
            records.put(key, value);
        }

        @Override
        public void delete(Long key) {
            records.remove(key);
        }
    }

    private UsesEverything() {}

    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("oldest");
        Path file = Files.writeString(folder.resolve("flags.yaml"), FLAGS);
        List<Exposures.Exposure> exposures = new ArrayList<>();
        OpenTelemetry telemetry = OpenTelemetry.noop();
        try (Flags flags = Flags.builder(FileFlagStore.watching(file))
                        .lastKnownGood(folder.resolve("saved"))
                        .hook(EvaluationEvents.of(telemetry, "ranking"))
                        .hook(Exposures.of(exposures::add, "ranking"))
                        .build();
                FlagMetrics metrics = FlagMetrics.of(telemetry, flags)) {
            expect(
                    "vectors",
                    flags.value("ranking", "none", EvaluationContext.of("ana").with(Map.of("path", "/search/shoes"))));
            expect("bm25", flags.value("ranking", "none", EvaluationContext.of("ben")));
            expect(2, exposures.size());
            migrate(flags, telemetry);
        }
        System.out.println("all of it works");
        System.exit(0);
    }

    private static void migrate(Flags flags, OpenTelemetry telemetry) throws Exception {
        InMemory old = new InMemory();
        InMemory now = new InMemory();
        try (Migration<Long, String> places =
                        Migration.named("places", old, now).build(flags);
                MigrationMetrics metrics = MigrationMetrics.of(telemetry, places);
                Controller controller = Controller.of(places)) {
            controller.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "try it").get(30, TimeUnit.SECONDS);
            places.put(7L, "Bern");
            expect(Optional.of("Bern"), places.get(7L));
        }
        expect("Bern", now.records().get(7L));
    }

    private static void expect(Object wanted, Object found) {
        if (!wanted.equals(found)) {
            throw new IllegalStateException("expected " + wanted + ", but was " + found);
        }
    }
}

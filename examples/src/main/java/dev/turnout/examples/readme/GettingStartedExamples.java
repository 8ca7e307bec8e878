package dev.turnout.examples.readme;

import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.EvaluationDetails;
import dev.turnout.flags.FlagHandle;
import dev.turnout.flags.Flags;
import dev.turnout.flags.FlagsSnapshot;
import dev.turnout.flags.ImpactAnalysis;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.store.FileFlagStore;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.TimeSource;
import dev.turnout.flags.telemetry.EvaluationEvents;
import dev.turnout.flags.telemetry.FlagMetrics;
import io.opentelemetry.api.OpenTelemetry;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;

/** What docs/getting-started.md shows, between its lines of dots. */
abstract class GettingStartedExamples {
    abstract void newCheckout();

    abstract void repaint(EvaluationDetails<String> theme);

    void flags() {
        // ...
        try (Flags flags = Flags.from(FileFlagStore.watching(Path.of("flags.yaml")))) {
            EvaluationContext user =
                    EvaluationContext.of("user-42").with("country", "DE").with("plan", "pro");
            if (flags.isOn("new-checkout", user)) {
                newCheckout();
            }
            String theme = flags.value("theme", "light", user); // the default decides the type
            EvaluationDetails<String> why =
                    flags.details("theme", "light", user); // value, variant, reason, rule, revision
            flags.onChange("theme", () -> repaint(flags.details("theme", theme, user)));
            repaint(why);
        }
        // ...
    }

    abstract void search(int limit, String ranking);

    void deciding(Flags flags, EvaluationContext user, Logger log) {
        // ...
        FlagHandle<Integer> limit = flags.flag("search-limit", 20); // looked up once, for the hottest callers
        FlagsSnapshot now = flags.snapshot(); // one moment, for answers that must fit together
        search(limit.value(user), now.value("ranking", "bm25", user));
        log.info("{}", flags.explain("ranking", user)); // from the code that decides
        // ...
    }

    void impact(String savedText, String editedText, List<EvaluationContext> sample, Logger log) {
        // ...
        FlagDocument saved = DocumentReader.read("flags.yaml", savedText);
        FlagDocument edited = DocumentReader.read("flags.yaml", editedText);
        for (ImpactAnalysis.Impact impact : ImpactAnalysis.compare(saved, edited, sample, TimeSource.SYSTEM)) {
            log.info("{}: {} of {} users move", impact.flagKey(), impact.moved(), impact.asked());
        }
        // ...
    }

    FlagMetrics telemetry(FlagStore store, OpenTelemetry openTelemetry) {
        // ...
        Flags flags = Flags.builder(store)
                .lastKnownGood(Path.of("/var/lib/shop/flags.saved")) // whole or not at all, also after a kill
                .hook(EvaluationEvents.of(
                        openTelemetry, "ranking")) // feature_flag.evaluation, for rarely evaluated flags
                .build();
        FlagMetrics metrics = FlagMetrics.of(openTelemetry, flags); // of all flags; an evaluation pays for one counter
        // ...
        return metrics;
    }
}

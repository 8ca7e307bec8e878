package dev.turnout.examples.readme;

import dev.turnout.flags.Flags;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.Gate;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.telemetry.FlagMetrics;
import dev.turnout.flags.telemetry.MigrationMetrics;
import io.opentelemetry.api.OpenTelemetry;
import java.util.List;
import org.slf4j.Logger;

/** What docs/operating.md shows, between its lines of dots; a test runs it with maps in the place of stores. */
final class OperatingExamples {
    private OperatingExamples() {}

    static List<AutoCloseable> metrics(OpenTelemetry openTelemetry, Flags flags, Migration<?, ?> places) {
        // ...
        FlagMetrics ofFlags = FlagMetrics.of(openTelemetry, flags);
        MigrationMetrics ofPlaces = MigrationMetrics.of(openTelemetry, places);
        // ...
        return List.of(ofFlags, ofPlaces);
    }

    static void status(Controller controller, Logger log) {
        // ...
        Controller.Status status = controller.status();
        log.info("{} {}", status.state(), Blocker.messages(status.blockers()));
        for (Gate gate : status.gates()) {
            log.info("{}: {}, blocked by {}", gate.to(), gate.cost(), Blocker.messages(gate.blockers()));
        }
        // ...
    }

    static void rollBackNow(Controller controller, Logger log) {
        // ...
        Controller.Emergency emergency = controller.rollBackNow("ana", "errors on the new path");
        log.warn("everywhere={}: {}", emergency.everywhere(), emergency.told());
        // ...
    }

    static void overrideWithSync(Migration<?, ?> places) {
        // ...
        places.overrideStage(Stage.SYNC, "ana", "the flag store is down");
        // ...
    }

    static void overrideWithShadow(Migration<?, ?> places) {
        // ...
        places.overrideStage(Stage.SHADOW, "ana", "every node is overridden with SYNC");
        // ...
    }

    static void endOverride(Controller controller, Migration<?, ?> places) {
        // ...
        controller.adoptOverride("ana", "the flag store is back"); // once
        places.endOverride(); // on every node
        // ...
    }

    static boolean evict(Controller controller) {
        // ...
        boolean evicted = controller.evict("shop-7", "ana"); // only if its process is dead
        // ...
        return evicted;
    }

    static void quarantined(Migration<Long, ?> places, long id, Logger log) {
        // ...
        for (Journal.Quarantined<Long> key : places.journal().quarantined(100)) {
            log.warn("{}: {}", key.key(), key.problem());
        }
        places.rewrite(id); // writes the record of the answering path to both, above both versions
        places.journal().retryQuarantined(); // repair tries again
        // ...
    }
}

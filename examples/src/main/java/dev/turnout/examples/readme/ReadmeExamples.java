package dev.turnout.examples.readme;

import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.Flags;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.FileFlagStore;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** What the README shows, between its lines of dots. Compiled in each build; a test compares it with the README. */
abstract class ReadmeExamples {
    abstract void newCheckout();

    abstract void deliver(String order);

    void flag() {
        // ...
        try (Flags flags = Flags.from(FileFlagStore.watching(Path.of("flags.yaml")))) {
            EvaluationContext user = EvaluationContext.of("user-42").with("plan", "pro");
            if (flags.isOn("new-checkout", user)) {
                newCheckout();
            }
        }
        // ...
    }

    void migration(Map<Long, String> oldTable, Map<Long, String> newTable) throws Exception {
        // ...
        record Orders(Map<Long, String> table) implements DataPath<Long, String> { // three calls of any store
            @Override
            public Optional<String> get(Long id) {
                return Optional.ofNullable(table.get(id));
            }

            @Override
            public void put(Long id, String order) {
                table.put(id, order);
            }

            @Override
            public void delete(Long id) {
                table.remove(id);
            }
        }
        try (Flags flags = Flags.from(new InMemoryFlagStore());
                Migration<Long, String> orders = Migration.named(
                                "orders-v2", new Orders(oldTable), new Orders(newTable))
                        .build(flags);
                Controller controller = Controller.of(orders)) {
            controller.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "write to both").get();
            FullSweep sweep = orders.beginSweep(); // a Backfill does this for tables
            for (Long id : oldTable.keySet()) { // newTable is still empty
                orders.reconciler().reconcile(id, Side.OLD);
            }
            sweep.finished("ana");
            controller
                    .moveTo(Goal.of(Stage.LIVE, 100_000), "ana", "ten percent")
                    .get(); // of a million keys
            orders.put(7L, "seven apples"); // goes where the stage of its key sends it
            deliver(orders.get(7L).orElseThrow());
            controller.rollBack("ana", "the new path is slow").get();
        }
        // ...
    }
}

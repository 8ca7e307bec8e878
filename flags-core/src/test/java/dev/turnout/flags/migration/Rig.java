package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.Flags;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** A store, a fleet and a journal for the nodes of one process, and the migration "m" between two paths. */
final class Rig implements AutoCloseable {
    static final String NAME = "m";

    final InMemoryFlagStore store;
    final FleetStore fleet = FleetStore.inMemory();
    final Journal<Integer> journal = Journal.inMemory();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private int nodes;

    Rig(Stage stage) {
        this(MigrationState.startingAt(NAME, stage));
    }

    Rig(MigrationState state) {
        store = new InMemoryFlagStore(
                new FlagDocument(Map.of("vip", Cohort.of("vip", "1", "2")), Map.of(), Map.of(NAME, state)));
    }

    Flags flags() {
        return opened(Flags.builder(store).node("node-" + ++nodes).fleet(fleet).build());
    }

    MigrationBuilder<Integer, String> builder(DataPath<Integer, String> oldPath, DataPath<Integer, String> newPath) {
        MigrationBuilder<Integer, String> builder =
                Migration.named(NAME, oldPath, newPath).journal(journal);
        builder.comparisonDelays = List.of(Duration.ZERO, Duration.ofMillis(1), Duration.ofMillis(1));
        return builder;
    }

    Migration<Integer, String> migration(DataPath<Integer, String> oldPath, DataPath<Integer, String> newPath) {
        return opened(builder(oldPath, newPath).build(flags()));
    }

    Controller controller(Migration<?, ?> migration) {
        return opened(Controller.of(migration));
    }

    <T extends AutoCloseable> T opened(T closeable) {
        opened.add(0, closeable);
        return closeable;
    }

    /** A member that is no migration: it routes nothing, and reports what the test asks for. */
    FleetStore.Membership join(String node, String keyText, Duration lease) {
        return fleet.join(NAME, new Member.Registration(node, "process of " + node, journal.id(), keyText, lease));
    }

    /** As a node that uses the newest state, of which it has acknowledged this version. */
    Member.Report report(long revision, long acknowledged) {
        return new Member.Report(revision, state().id(), acknowledged, null);
    }

    /** As if it had not reported for long. */
    void evict(String node) {
        for (String list : List.of(NAME, FleetStore.EVERYBODY)) {
            fleet.members(list).stream()
                    .filter(member -> member.node().equals(node))
                    .forEach(member -> fleet.evict(list, member));
        }
    }

    MigrationState state() {
        return store.read().document().migrations().get(NAME);
    }

    /** Publishes a state as a person with a database client would. */
    void publish(MigrationState state) {
        store.apply(Change.by("test", "moves").put(state, store.read().idOf(EntryKey.migration(NAME))));
    }

    static void eventually(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    static <T> T get(Future<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable closeable : opened) {
            closeable.close();
        }
    }
}

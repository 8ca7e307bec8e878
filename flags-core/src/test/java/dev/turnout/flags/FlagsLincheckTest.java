package dev.turnout.flags;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random histories of changes and readers on several threads, each of which must be explained by one after the other: a reader sees both
 * flags of one state, and what a change has set once it is done.
 */
public class FlagsLincheckTest {
    private final AtomicLong revisions = new AtomicLong(1);
    private final PushedStore store = new PushedStore(revisions);
    private final Flags flags = Flags.builder(store).build();
    private final FlagHandle<String> handle = flags.flag("one", "none");

    /** Pushes states as they come, also an older one after a newer one. */
    private static final class PushedStore implements FlagStore {
        private final AtomicLong newest;
        private volatile Consumer<Snapshot> watcher = snapshot -> {};

        PushedStore(AtomicLong newest) {
            this.newest = newest;
        }

        @Override
        public Snapshot read() {
            return state(newest.get());
        }

        @Override
        public Subscription watch(Consumer<Snapshot> newWatcher) {
            watcher = newWatcher;
            return () -> {};
        }

        @Override
        public void close() {}
    }

    /** Brings the next state; two threads may push theirs in the other order. */
    @Operation
    public void change() {
        store.watcher.accept(state(revisions.incrementAndGet()));
    }

    private static Snapshot state(long revision) {
        Map<String, Flag> both = Map.of("one", flag("one", revision), "other", flag("other", revision));
        return new Snapshot(revision, new FlagDocument(Map.of(), both, Map.of()), Map.of());
    }

    private static Flag flag(String key, long revision) {
        return Flag.string(key, "is", String.valueOf(revision)).build();
    }

    /** Both flags, of one moment. */
    @Operation
    public List<String> both() {
        FlagsSnapshot snapshot = flags.snapshot();
        return List.of(
                snapshot.value("one", "none", EvaluationContext.empty()),
                snapshot.value("other", "none", EvaluationContext.empty()));
    }

    /** One flag, through a handle. */
    @Operation
    public String one() {
        return handle.value(EvaluationContext.empty());
    }

    @Test
    @Tag("long")
    void changes_and_readers_are_linearizable() {
        new StressOptions()
                .iterations(50)
                .invocationsPerIteration(1_000)
                .threads(3)
                .actorsPerThread(3)
                .check(FlagsLincheckTest.class);
    }
}

package dev.turnout.flags.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.logs.LogLines;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class WatchersTest {
    private final Watchers watchers = new Watchers();
    private final List<Long> heard = new ArrayList<>();

    private static Snapshot revision(long revision) {
        return new Snapshot(revision, FlagDocument.EMPTY, Map.of());
    }

    @Test
    void an_error_of_one_hides_no_revision_from_those_after_it() {
        try (LogLines log = new LogLines(Watchers.class)) {
            watchers.add(snapshot -> {
                throw new NoClassDefFoundError("a listener's");
            });
            watchers.add(snapshot -> {
                throw new StackOverflowError();
            });
            watchers.add(snapshot -> heard.add(snapshot.revision()));

            watchers.tell(() -> revision(1));
            watchers.tell(() -> revision(2));

            assertThat(heard).containsExactly(1L, 2L);
            assertThat(log.all())
                    .as("one line of each, not of each revision")
                    .containsExactly(
                            "ERROR A listener failed on revision 1; the other listeners are notified all the same.",
                            "ERROR A listener failed on revision 1; the other listeners are notified all the same.");
        }
    }

    @Test
    void one_that_was_added_twice_is_told_once_after_one_of_both_subscriptions_has_ended_twice() {
        Consumer<Snapshot> watcher = snapshot -> heard.add(snapshot.revision());
        FlagStore.Subscription first = watchers.add(watcher);
        watchers.add(watcher);

        first.close();
        first.close();
        watchers.tell(() -> revision(1));

        assertThat(heard).containsExactly(1L);
    }
}

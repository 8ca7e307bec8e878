package dev.turnout.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.SnapshotId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A store that goes back, or becomes another one, while nodes use it. */
class SetBackTest {
    private final Store store = new Store(state("a", 5, "x"));

    private static final class Store implements FlagStore {
        private final Deque<Snapshot> late = new ArrayDeque<>(); // what reads give that began long ago
        private volatile Snapshot newest;
        private volatile boolean down;
        private volatile Error failure;
        private Consumer<Snapshot> watcher;

        Store(Snapshot first) {
            newest = first;
        }

        @Override
        public Snapshot read() {
            if (failure != null) {
                throw failure;
            }
            if (down) {
                throw new FlagStoreException("The store is down.");
            }
            return late.isEmpty() ? newest : late.remove();
        }

        @Override
        public Subscription watch(Consumer<Snapshot> told) {
            watcher = told;
            return () -> {};
        }

        void becomes(Snapshot next) {
            newest = next;
            watcher.accept(next);
        }

        @Override
        public void close() {}
    }

    private static Snapshot state(String incarnation, long revision, String nonce) {
        Flag flag = Flag.bool("f-" + incarnation + nonce).build();
        return new Snapshot(
                new SnapshotId(incarnation, revision, nonce),
                new FlagDocument(Map.of(), Map.of(flag.key(), flag), Map.of()),
                Map.of());
    }

    @ParameterizedTest
    @CsvSource({"a, 4, y", "a, 5, y", "b, 5, x", "b, 9, x"})
    void what_the_store_has_then_is_used_and_a_warning_says_so(String incarnation, long revision, String nonce) {
        Snapshot other = state(incarnation, revision, nonce);
        List<Snapshot> heard = new ArrayList<>();
        try (Flags flags = Flags.builder(store).build();
                LogLines log = new LogLines(Flags.class)) {
            flags.onSnapshot(heard::add);

            store.becomes(other);

            assertThat(flags.state()).isEqualTo(other);
            assertThat(heard).containsExactly(other);
            assertThat(log.all())
                    .singleElement()
                    .asString()
                    .startsWith("WARN The flag store has gone back from revision 5 to " + revision);
        }
    }

    @Test
    void a_node_that_is_not_told_sees_it_when_it_reads_the_store_itself() {
        try (Flags flags = Flags.builder(store).build();
                LogLines log = new LogLines(Flags.class)) {
            store.newest = state("a", 5, "y");

            assertThat(flags.refresh()).isEqualTo(store.newest);
            assertThat(log.all()).hasSize(1);
        }
    }

    @Test
    void a_state_that_was_read_before_the_one_in_use_and_comes_late_is_not_used() {
        try (Flags flags = Flags.builder(store).build();
                LogLines log = new LogLines(Flags.class)) {
            Snapshot newer = state("a", 6, "y");
            store.late.add(store.newest);
            store.becomes(newer);

            assertThat(flags.refresh()).isEqualTo(newer);
            assertThat(log.all()).isEmpty();
        }
    }

    @Test
    void an_error_of_a_driver_does_not_keep_a_node_from_it_for_good() throws Exception {
        Snapshot older = state("a", 4, "y");
        try (Flags flags = Flags.builder(store).build();
                LogLines log = new LogLines(Flags.class)) {
            store.failure = new NoClassDefFoundError("a driver's");
            store.becomes(older);
            assertThat(flags.state().revision()).isEqualTo(5);

            store.failure = null;

            assertThat(log.next()).startsWith("WARN The flag store has gone back");
            assertThat(flags.state()).isEqualTo(older);
            assertThat(log.next()).startsWith("INFO The flag store can be read again"); // else the next test gets it
        }
    }

    @Test
    void a_state_is_called_the_same_by_builds_that_know_less_of_it() {
        SnapshotId full = new SnapshotId("a", 5, "x");

        assertThat(full.follows(new SnapshotId("", 5, ""))).isTrue();
        assertThat(new SnapshotId("", 5, "").follows(full)).isTrue();
        assertThat(new SnapshotId("", 4, "").follows(full)).isFalse();
        assertThatThrownBy(() -> new SnapshotId("a b", 5, "x")).hasMessageContaining("'a b'");
    }

    @Test
    void while_the_store_cannot_tell_the_state_in_use_stays_and_the_store_is_asked_again() throws Exception {
        Snapshot older = state("a", 4, "y");
        try (Flags flags = Flags.builder(store).build();
                LogLines log = new LogLines(Flags.class)) {
            store.down = true;
            store.becomes(older);
            assertThat(flags.state().revision()).isEqualTo(5);
            assertThatThrownBy(flags::refresh).isInstanceOf(FlagStoreException.class);

            store.down = false;

            assertThat(log.next()).startsWith("WARN The flag store has gone back");
            assertThat(flags.state()).isEqualTo(older);
            assertThat(log.next()).startsWith("INFO The flag store can be read again"); // else the next test gets it
        }
    }
}

package dev.turnout.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.store.FileFlagStore;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.LastKnownGood;
import dev.turnout.flags.store.PeriodicTask;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.testing.SettableTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A start with a store that cannot be read, and what comes after. */
class StartingTest {
    private final SettableTime time = new SettableTime("2026-11-22T12:00:00Z");
    private final EvaluationContext ana = EvaluationContext.of("ana");
    private final BreakableStore store = new BreakableStore();

    @TempDir
    private Path directory;

    private Path file() {
        return directory.resolve("flags.saved");
    }

    private static final class BreakableStore implements FlagStore {
        private volatile boolean broken;
        private volatile Snapshot snapshot = state(5, "on");
        private volatile Duration age = Duration.ZERO;
        private volatile Error ageFailure;
        private volatile Error readFailure;
        private volatile Error watchFailure;
        private final AtomicInteger closed = new AtomicInteger();

        @Override
        public Snapshot read() {
            if (readFailure != null) {
                throw readFailure;
            }
            if (broken) {
                throw new FlagStoreException("The store is down.", new IOException("refused"));
            }
            return snapshot;
        }

        @Override
        public Subscription watch(Consumer<Snapshot> watcher) {
            if (watchFailure != null) {
                throw watchFailure;
            }
            return () -> {};
        }

        @Override
        public Duration age() {
            if (ageFailure != null) {
                throw ageFailure;
            }
            return age;
        }

        @Override
        public void close() {
            closed.incrementAndGet();
            if (broken) {
                throw new IllegalStateException("not even closed");
            }
        }
    }

    private static Snapshot state(long revision, String variant) {
        Flag flag = Flag.bool("new").byDefault(variant).build();
        return new Snapshot(revision, new FlagDocument(Map.of(), Map.of("new", flag), Map.of()), Map.of());
    }

    private Flags flags() {
        return Flags.builder(store).time(time).lastKnownGood(file()).build();
    }

    @Test
    void a_store_that_can_not_say_how_old_its_state_is_keeps_nobody_from_an_answer() {
        try (Flags flags = flags();
                LogLines log = new LogLines(Freshness.class)) {
            store.ageFailure = new NoClassDefFoundError("a store's");

            assertThat(flags.details("new", false, ana).value()).isTrue();
            assertThat(flags.details("new", false, ana).reason()).isEqualTo(Reason.STATIC);

            assertThat(log.all()).singleElement().asString().startsWith("ERROR The flag store cannot report");
        }
    }

    @Test
    void an_error_of_the_store_when_it_is_read_again_does_not_end_the_upkeep() throws Exception {
        flags().close();
        store.broken = true;
        try (LogLines start = new LogLines(Flags.class);
                Flags flags = flags();
                LogLines log = new LogLines(PeriodicTask.class)) {
            assertThat(start.next()).startsWith("WARN The flag store cannot be read");
            store.readFailure = new NoClassDefFoundError("a driver's");
            assertThat(log.next()).startsWith("ERROR turnout-flags-");
            store.snapshot = state(6, "off");
            store.broken = false;
            store.readFailure = null;

            assertThat(start.next()).isEqualTo("INFO The flag store can be read again, at revision 6.");
        }
    }

    @Test
    void an_error_of_the_store_at_the_start_is_passed_on_or_the_saved_state_is_used() throws Exception {
        flags().close();
        store.readFailure = new NoClassDefFoundError("a driver's");

        assertThatThrownBy(() -> Flags.builder(store).build()).isSameAs(store.readFailure);
        try (LogLines log = new LogLines(Flags.class);
                LogLines upkeep = new LogLines(PeriodicTask.class);
                Flags flags = flags()) {
            assertThat(flags.isOn("new", ana)).isTrue();
            assertThat(log.next()).startsWith("WARN");
        }
    }

    @Test
    void a_start_without_the_store_goes_on_from_what_was_saved_and_says_so() throws Exception {
        flags().close();
        Files.setLastModifiedTime(file(), java.nio.file.attribute.FileTime.from(time.now()));
        time.pass(Duration.ofHours(2));
        store.broken = true;

        try (Flags flags = flags()) {
            EvaluationDetails<Boolean> details = flags.details("new", false, ana);
            assertThat(details.value()).isTrue();
            assertThat(details.reason()).isEqualTo(Reason.STALE);
            assertThat(details.age()).isEqualTo(Duration.ofHours(2));
            assertThat(flags.age()).isEqualTo(Duration.ofHours(2));
            assertThat(flags.explain("new", ana).details().reason()).isEqualTo(Reason.STALE);

            // The store comes back, with an older state than was saved: it has been restored.
            CountDownLatch changed = new CountDownLatch(1);
            flags.onChange("new", changed::countDown);
            store.snapshot = state(3, "off");
            store.broken = false;
            assertThat(changed.await(1, TimeUnit.MINUTES)).isTrue();
            assertThat(flags.details("new", true, ana).reason()).isEqualTo(Reason.STATIC);
            assertThat(flags.isOn("new", ana)).isFalse();
        }
    }

    @Test
    void a_store_that_was_out_of_reach_for_too_long_makes_answers_stale() {
        try (Flags flags = flags()) {
            store.age = Duration.ofMinutes(1);
            assertThat(flags.details("new", false, ana).reason()).isEqualTo(Reason.STATIC);
            store.age = Duration.ofSeconds(61);
            assertThat(flags.details("new", false, ana).reason()).isEqualTo(Reason.STALE);
            assertThat(flags.details("new", false, ana).toString()).contains("61 s old");
            assertThat(flags.details("unknown", false, ana).reason()).isEqualTo(Reason.ERROR);
        }
    }

    @Test
    void without_anything_saved_the_start_fails_as_the_store_does() {
        store.broken = true;

        assertThatThrownBy(this::flags).isInstanceOf(FlagStoreException.class).hasMessage("The store is down.");
    }

    @Test
    void a_start_that_fails_closes_the_store_that_it_was_given() {
        store.broken = true;
        assertThatThrownBy(() -> Flags.from(store))
                .isInstanceOf(FlagStoreException.class)
                .hasMessage("The store is down.")
                .satisfies(e ->
                        assertThat(e.getSuppressed()).singleElement().asString().contains("not even closed"));
        assertThat(store.closed.get()).isEqualTo(1);

        store.watchFailure = new NoClassDefFoundError("a driver's");
        assertThatThrownBy(() -> Flags.from(store)).isSameAs(store.watchFailure);
        assertThat(store.closed.get()).isEqualTo(2);

        assertThatThrownBy(() -> Flags.builder(store).build()).isSameAs(store.watchFailure);
        assertThat(store.closed.get()).as("the caller's").isEqualTo(2);
    }

    @Test
    void fifty_starts_without_a_file_leave_no_thread() {
        Path missing = directory.resolve("missing.yaml");
        for (int i = 0; i < 50; i++) {
            assertThatThrownBy(() -> Flags.from(FileFlagStore.watching(missing)))
                    .isInstanceOf(FlagStoreException.class);
        }
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("turnout-file-missing.yaml")) {
                assertThatCode(() -> thread.join(10_000)).doesNotThrowAnyException();
                assertThat(thread.isAlive()).isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "turnout-last-known-good 1 ", "cut", "flip"})
    void a_file_that_is_not_whole_gives_way_to_the_one_before(String damage) throws IOException {
        LastKnownGood saved = new LastKnownGood(file(), time);
        saved.save(state(1, "on"));
        saved.save(state(2, "off"));
        byte[] whole = Files.readAllBytes(file());
        switch (damage) {
            case "cut" -> Files.write(file(), java.util.Arrays.copyOf(whole, whole.length - 1));
            case "flip" -> {
                whole[whole.length / 2] ^= 1;
                Files.write(file(), whole);
            }
            default -> Files.writeString(file(), damage);
        }

        assertThat(saved.read().orElseThrow().snapshot().revision()).isEqualTo(1);
        Files.delete(file());
        assertThat(saved.read().orElseThrow().snapshot()).isEqualTo(state(1, "on"));
        Files.delete(directory.resolve("flags.saved.previous"));
        assertThat(saved.read()).isEmpty();
    }

    @Test
    void what_can_not_be_saved_is_tried_again_and_hinders_nobody() throws IOException {
        Path missing = directory.resolve("not-there").resolve("flags.saved");
        LastKnownGood saved = new LastKnownGood(missing, time);
        saved.save(state(1, "on"));
        assertThat(saved.read()).isEmpty();

        Files.createDirectory(missing.getParent());
        saved.save(state(1, "on"));

        assertThat(saved.read()).isPresent();
    }
}

package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.Flags;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.jdbc.JdbcJournal.Mode;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.MigrationBuilder;
import dev.turnout.flags.migration.MigrationSample;
import dev.turnout.flags.migration.MigrationSampler;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.threads.OwnThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * 400 healthy writes a second on one node, to two paths without versions whose calls take 10 ms: mirror and repair keep
 * up with them, so keys can switch sides. Reports how deep the journal was, second by second.
 */
@Tag("soak")
@OnEachDatabase
@Timeout(300)
class KeepingUpTest {
    private static final Duration CALL = Duration.ofMillis(10);
    private static final int WRITES_PER_SECOND = 400;
    private static final int WRITERS = 16;
    private static final int SECONDS = 20;
    private static final int LEFT_BEHIND = 1_000; // by an outage before
    private static final int KEYS = 100_000;

    private final Database database;

    KeepingUpTest(Database database) {
        this.database = database;
    }

    private static final class SlowPath implements DataPath<Long, String> {
        private final Map<Long, String> records = new ConcurrentHashMap<>();

        private static void take() {
            LockSupport.parkNanos(CALL.toNanos());
        }

        @Override
        public Optional<String> get(Long key) {
            take();
            return Optional.ofNullable(records.get(key));
        }

        @Override
        public void put(Long key, String value) {
            take();
            records.put(key, value);
        }

        @Override
        public void delete(Long key) {
            take();
            records.remove(key);
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void the_journal_does_not_grow(Mode mode, TestReporter reporter) throws Exception {
        List<Long> depths = depths(mode, builder -> builder, "as built by default", reporter);

        assertThat(depths.get(0)).as("in the beginning").isGreaterThan(LEFT_BEHIND / 2);
        assertThat(depths.subList(SECONDS - 5, SECONDS))
                .as("keys that wait in the end")
                .allMatch(depth -> depth < 50);
    }

    /** The contrast: with as many threads as there once were. */
    @ParameterizedTest
    @EnumSource(Mode.class)
    void with_few_threads_it_grows(Mode mode, TestReporter reporter) throws Exception {
        List<Long> depths =
                depths(mode, builder -> builder.mirrorThreads(4).repairThreads(1), "4 threads and 1", reporter);

        assertThat(depths.get(SECONDS - 1)).isGreaterThan(LEFT_BEHIND);
    }

    private List<Long> depths(
            Mode mode, UnaryOperator<MigrationBuilder<Long, String>> threads, String title, TestReporter reporter)
            throws Exception {
        InMemoryFlagStore store = new InMemoryFlagStore(
                new FlagDocument(Map.of(), Map.of(), Map.of("m", MigrationState.startingAt("m", Stage.SHADOW))));
        try (JdbcJournal<Long> journal = JdbcJournal.builder(database.create(), "m", KeyCodec.longs())
                        .mode(mode)
                        .build();
                Flags flags = Flags.builder(store)
                        .node("n")
                        .fleet(FleetStore.inMemory())
                        .build()) {
            for (long key = 0; key < LEFT_BEHIND; key++) {
                journal.record(key, Side.OLD);
            }
            MigrationBuilder<Long, String> builder =
                    Migration.named("m", new SlowPath(), new SlowPath()).journal(journal);
            try (Migration<Long, String> migration = threads.apply(builder).build(flags)) {
                return depths(migration, mode + ", " + title, reporter);
            }
        }
    }

    private static List<Long> depths(Migration<Long, String> migration, String title, TestReporter reporter)
            throws Exception {
        MigrationSampler sampler = migration.sampler();
        long begin = System.nanoTime();
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            int writer = i;
            writers.add(OwnThread.run(() -> write(migration, writer, begin)));
        }
        List<Long> depths = new ArrayList<>();
        for (int second = 1; second <= SECONDS; second++) {
            parkUntil(begin + TimeUnit.SECONDS.toNanos(second));
            depths.add(migration.journal().depth());
        }
        for (CompletableFuture<Void> writer : writers) {
            writer.get(60, TimeUnit.SECONDS);
        }
        MigrationSample sample = sampler.next();
        double seconds = (System.nanoTime() - begin) / 1e9;
        reporter.publishEntry(
                title,
                String.format(
                        "%.0f writes/s (p50 %.1f ms, p99 %.1f ms), shed %d, failed %d, repaired %d; depth each second %s",
                        sample.puts().count() / seconds,
                        sample.puts().p50Nanos() / 1e6,
                        sample.puts().p99Nanos() / 1e6,
                        sample.mirrorShed(),
                        sample.mirrorFailed(),
                        sample.repaired(),
                        depths));
        return depths;
    }

    private static void write(Migration<Long, String> migration, int writer, long begin) {
        SplittableRandom random = new SplittableRandom(writer);
        for (int i = writer; i < WRITES_PER_SECOND * SECONDS; i += WRITERS) {
            parkUntil(begin + i * TimeUnit.SECONDS.toNanos(1) / WRITES_PER_SECOND);
            migration.put(random.nextLong(KEYS), "value " + i);
        }
    }

    private static void parkUntil(long nanos) {
        for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}

package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.Flags;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.threads.OwnThread;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;

/**
 * How long writes without versions wait while their keys switch sides, with everything in a database that nodes poll
 * once a second, and a gate that has held keys for so long that no node expects anything. Reports the longest write of
 * each crossing.
 */
@Tag("soak")
@OnEachDatabase
@Timeout(300)
class CrossingWaitTest {
    private static final int CROSSINGS = 8;

    private final DataSource database;
    private final Map<Long, String> oldRecords = new ConcurrentHashMap<>();
    private final Map<Long, String> newRecords = new ConcurrentHashMap<>();
    private final AtomicBoolean held = new AtomicBoolean(true);
    private final List<AutoCloseable> opened = new ArrayList<>();

    CrossingWaitTest(Database database) {
        this.database = database.create();
    }

    private record MapPath(Map<Long, String> records) implements DataPath<Long, String> {
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

    private <T extends AutoCloseable> T opened(T one) {
        opened.add(0, one);
        return one;
    }

    private Migration<Long, String> node(String name) {
        JdbcFlagStore store = JdbcFlagStore.in(database);
        Flags flags = opened(Flags.builder(store)
                .node(name)
                .fleet(JdbcFleetStore.in(database))
                .build());
        return opened(Migration.named("m", new MapPath(oldRecords), new MapPath(newRecords))
                .journal(opened(JdbcJournal.in(database, "m", KeyCodec.longs())))
                .blockedBy(() -> held.get() ? Optional.of("the test holds it") : Optional.empty())
                .build(flags));
    }

    @Test
    void writes_wait_for_less_than_half_a_poll(TestReporter reporter) throws Exception {
        Migration<Long, String> one = node("one");
        Migration<Long, String> other = node("other");
        Controller controller = opened(Controller.of(one));
        controller.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "x").get(30, TimeUnit.SECONDS);
        one.beginSweep().finished("test");
        List<Long> longest = new ArrayList<>();
        for (int crossing = 0; crossing < CROSSINGS; crossing++) {
            held.set(true);
            controller.moveTo(Goal.of(Stage.SHADOW), "ana", "x").get(30, TimeUnit.SECONDS);
            CompletableFuture<MigrationState> live = controller.moveTo(Goal.of(Stage.LIVE), "ana", "x");
            LockSupport.parkNanos(
                    TimeUnit.MILLISECONDS.toNanos(6_000 + 130 * crossing)); // no node expects anything any more
            CompletableFuture<Long> writing = OwnThread.supply(() -> longestWriteUntil(live, one));
            held.set(false);
            live.get(30, TimeUnit.SECONDS);
            longest.add(writing.get(30, TimeUnit.SECONDS));
        }
        for (AutoCloseable one2 : opened) {
            one2.close();
        }
        reporter.publishEntry("longest write of each crossing, ms", longest.toString());
        assertThat(longest).allMatch(millis -> millis < 500);
        assertThat(other.isVersioned()).isFalse();
    }

    private static long longestWriteUntil(CompletableFuture<?> end, Migration<Long, String> node) {
        long longest = 0;
        for (long key = 0; !end.isDone(); key++) {
            long begin = System.nanoTime();
            node.put(key % 100, "value");
            longest = Math.max(longest, System.nanoTime() - begin);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        return TimeUnit.NANOSECONDS.toMillis(longest);
    }
}

package dev.turnout.benchmarks.routing;

import dev.turnout.benchmarks.WrongAnswerException;
import dev.turnout.flags.Flags;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Two paths with records in them, and the way to them that is measured. */
final class Track implements AutoCloseable {
    static final int KEYS = 1_024;
    /** Of each call of a slow path. */
    static final Duration SLOW = Duration.ofNanos(200_000);

    private static final int KEYS_OF_SLOW_CHECKS = 16;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Way way;
    private final DataPath<Long, String> oldPath;
    private final DataPath<Long, String> newPath;
    private final CountDownLatch end = new CountDownLatch(1);
    private final @Nullable Flags flags;
    private final @Nullable Migration<Long, String> migration;
    private final DataPath<Long, String> measured;
    private volatile boolean disturbed; // not while the records are put there

    Track(Paths paths, Way way) {
        this.way = way;
        oldPath = paths.create(way.isSlow() ? this::takeTime : () -> {});
        newPath = paths.create(newPathsHabit());
        for (long key = 0; key < KEYS; key++) {
            oldPath.put(key, value(key));
            copy(key);
        }
        disturbed = true;
        Stage stage = way.stage();
        if (stage == null) {
            flags = null;
            migration = null;
            measured = switch (way) {
                case DIRECT -> oldPath;
                case CLOCKED -> Paths.andTheClock(oldPath);
                default -> Paths.oneAfterTheOther(oldPath, newPath);
            };
        } else {
            FlagDocument document =
                    new FlagDocument(Map.of(), Map.of(), Map.of("m", MigrationState.startingAt("m", stage)));
            flags = Flags.builder(new InMemoryFlagStore(document))
                    .node("node")
                    .fleet(FleetStore.inMemory())
                    .build();
            migration = Migration.named("m", oldPath, newPath).build(flags);
            measured = routed(migration);
        }
    }

    /** With its version, as a backfill does. */
    private void copy(long key) {
        if (oldPath instanceof VersionedDataPath<Long, String> from
                && newPath instanceof VersionedDataPath<Long, String> into) {
            into.writeIfNewer(key, from.read(key));
        } else {
            newPath.put(key, value(key));
        }
    }

    private Runnable newPathsHabit() {
        if (way == Way.SHADOW_OF_HANGING) {
            return this::hang;
        }
        return way.isSlow() ? this::takeTime : () -> {};
    }

    private void takeTime() {
        if (disturbed) {
            long until = System.nanoTime() + SLOW.toNanos();
            while (System.nanoTime() - until < 0) { // parks, as a thread that waits for a database does
                LockSupport.parkNanos(until - System.nanoTime());
            }
        }
    }

    private void hang() {
        if (disturbed) {
            try {
                end.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static DataPath<Long, String> routed(Migration<Long, String> migration) {
        return new DataPath<>() {
            @Override
            public Optional<String> get(Long key) {
                return migration.get(key);
            }

            @Override
            public void put(Long key, String value) {
                migration.put(key, value);
            }

            @Override
            public void delete(Long key) {
                migration.delete(key);
            }
        };
    }

    static String value(long key) {
        return "record " + key;
    }

    /** What is measured: called as one path is. */
    DataPath<Long, String> measured() {
        return measured;
    }

    /**
     * Gets, replaces, deletes and puts back records, and looks into both paths for what has become of that.
     *
     * @throws WrongAnswerException naming what is wrong
     */
    void check() {
        boolean holdsWrites = migration != null && !migration.isVersioned() && way == Way.SYNC;
        for (long key = 0; key < (way.isSlow() ? KEYS_OF_SLOW_CHECKS : KEYS); key++) {
            expect(key, Optional.of(value(key)), measured.get(key), "answers");
            if (!holdsWrites) {
                measured.put(key, "another");
                expectEverywhere(key, Optional.of("another"));
                measured.delete(key);
                expectEverywhere(key, Optional.empty());
                measured.put(key, value(key));
                expectEverywhere(key, Optional.of(value(key)));
            }
        }
    }

    private void expectEverywhere(long key, Optional<String> right) {
        expect(key, right, measured.get(key), "answers");
        Stage stage = way.stage();
        if (stage == null || stage.side() != Side.NEW) {
            expect(key, right, oldPath.get(key), "leaves in the old path");
        }
        if (way.isSlow() || way == Way.COMPLETE) {
            expect(key, right, newPath.get(key), "leaves in the new path");
        }
        if (way == Way.OFF) {
            expect(
                    key,
                    Optional.of(value(key)),
                    newPath.get(key),
                    "leaves in the new path, which is none of its business,");
        }
        if (way == Way.COMPLETE) {
            expect(
                    key,
                    Optional.of(value(key)),
                    oldPath.get(key),
                    "leaves in the old path, which is none of its business,");
        }
        if (way == Way.SHADOW) {
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (!newPath.get(key).equals(right) && System.nanoTime() - deadline < 0) {
                Thread.onSpinWait();
            }
            expect(key, right, newPath.get(key), "leaves in the new path after " + PATIENCE);
        }
    }

    private void expect(long key, Optional<String> right, Optional<String> found, String verb) {
        if (!found.equals(right)) {
            throw new WrongAnswerException("'" + way.title() + "' " + verb + " " + found + " for key " + key
                    + ", but right is " + right + ".");
        }
    }

    @Override
    public void close() {
        disturbed = false;
        end.countDown();
        if (migration != null) {
            migration.close();
        }
        if (flags != null) {
            flags.close();
        }
    }
}

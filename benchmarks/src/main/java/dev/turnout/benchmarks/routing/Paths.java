package dev.turnout.benchmarks.routing;

import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Two kinds of paths, both as fast as a path can be: in memory. */
enum Paths {
    PLAIN("without versions") {
        @Override
        DataPath<Long, String> create(Runnable beforeEachCall) {
            return new Plain(beforeEachCall);
        }
    },
    VERSIONED("with versions") {
        @Override
        DataPath<Long, String> create(Runnable beforeEachCall) {
            return new WithVersions(beforeEachCall);
        }
    };

    private final String title;

    Paths(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    abstract DataPath<Long, String> create(Runnable beforeEachCall);

    private static final class Plain implements DataPath<Long, String> {
        private final Map<Long, String> records = new ConcurrentHashMap<>();
        private final Runnable before;

        Plain(Runnable before) {
            this.before = before;
        }

        @Override
        public Optional<String> get(Long key) {
            before.run();
            return Optional.ofNullable(records.get(key));
        }

        @Override
        public void put(Long key, String value) {
            before.run();
            records.put(key, value);
        }

        @Override
        public void delete(Long key) {
            before.run();
            records.remove(key);
        }
    }

    private static final class WithVersions implements VersionedDataPath<Long, String> {
        private final Map<Long, Versioned<String>> records = new ConcurrentHashMap<>();
        private final Runnable before;

        WithVersions(Runnable before) {
            this.before = before;
        }

        @Override
        public Versioned<String> read(Long key) {
            before.run();
            Versioned<String> record = records.get(key);
            return record == null ? Versioned.absent() : record;
        }

        @Override
        public boolean writeIfNewer(Long key, Versioned<String> record) {
            before.run();
            return records.merge(key, record, (stored, later) -> later.isNewerThan(stored) ? later : stored) == record;
        }

        @Override
        public boolean replace(Long key, Version expected, Versioned<String> record) {
            before.run();
            return records.compute(
                            key,
                            (same, stored) -> (stored == null ? Version.ABSENT : stored.version()).equals(expected)
                                    ? record
                                    : stored)
                    == record;
        }
    }

    /** Calls it, and looks whether the time is over. */
    static DataPath<Long, String> andTheClock(DataPath<Long, String> path) {
        long until = TimeSource.SYSTEM.nanoTime() + Duration.ofHours(1).toNanos();
        return new DataPath<>() {
            @Override
            public Optional<String> get(Long key) {
                Optional<String> answer = path.get(key);
                checkTime();
                return answer;
            }

            @Override
            public void put(Long key, String value) {
                path.put(key, value);
                checkTime();
            }

            @Override
            public void delete(Long key) {
                path.delete(key);
                checkTime();
            }

            private void checkTime() {
                if (TimeSource.SYSTEM.nanoTime() - until > 0) {
                    throw new IllegalStateException("A benchmark does not last an hour.");
                }
            }
        };
    }

    /** Calls both, one after the other: what a call that needs both cannot be faster than. */
    static DataPath<Long, String> oneAfterTheOther(DataPath<Long, String> one, DataPath<Long, String> other) {
        return new DataPath<>() {
            @Override
            public Optional<String> get(Long key) {
                Optional<String> answer = one.get(key);
                return other.get(key).equals(answer) ? answer : Optional.empty();
            }

            @Override
            public void put(Long key, String value) {
                both(path -> path.put(key, value));
            }

            @Override
            public void delete(Long key) {
                both(path -> path.delete(key));
            }

            private void both(Consumer<DataPath<Long, String>> call) {
                call.accept(one);
                call.accept(other);
            }
        };
    }
}

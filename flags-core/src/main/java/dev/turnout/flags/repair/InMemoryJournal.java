package dev.turnout.flags.repair;

import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A journal that is lost with the process: after a node has died, only a sweep of all keys knows what it left behind. As large as the
 * number of keys that wait for repair. Thread-safe; one short lock.
 *
 * @param <K> the type of the keys
 */
public final class InMemoryJournal<K> implements Journal<K> {
    private static final long FIRST_DELAY_NANOS = Duration.ofMillis(50).toNanos();
    private static final long LAST_DELAY_NANOS = Duration.ofSeconds(5).toNanos();

    /** What is known of one key. */
    private static final class Marks {
        final Map<Long, Entry<?>> inFlight = new HashMap<>(2);
        final Map<Long, Side> handedOver = new HashMap<>(2);
        boolean claimed;
        boolean queued;
        int failures;
        long waitsSinceNanos;

        @Nullable
        String parked; // why

        boolean isEmpty() {
            return inFlight.isEmpty() && handedOver.isEmpty() && !claimed;
        }
    }

    private record Due<K>(K key, long atNanos) {}

    private final String id = "memory-" + UUID.randomUUID();
    private final TimeSource time;
    // All below is guarded by this.
    private final Map<K, Marks> marks = new HashMap<>();
    private final PriorityQueue<Due<K>> due = new PriorityQueue<>((a, b) -> Long.compare(a.atNanos() - b.atNanos(), 0));
    private long nextId;
    private long depth;

    /** With the machine's clock. */
    public InMemoryJournal() {
        this(TimeSource.SYSTEM);
    }

    /** With a clock of its own, which the delay after a failed repair is measured by. */
    public InMemoryJournal(TimeSource time) {
        this.time = time;
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public synchronized Entry<K> record(K key, Side source, String owner) {
        Entry<K> entry = new Entry<>(key, source, owner, nextId++);
        marks.computeIfAbsent(key, k -> new Marks()).inFlight.put(entry.id(), entry);
        return entry;
    }

    @Override
    public synchronized void clear(Entry<K> entry) {
        Marks mark = marks.get(entry.key());
        if (mark != null) {
            mark.inFlight.remove(entry.id());
            forgetIfEmpty(entry.key(), mark);
        }
    }

    @Override
    public synchronized void handOver(Entry<K> entry) {
        Marks mark = marks.get(entry.key());
        if (mark == null || mark.inFlight.remove(entry.id()) == null) {
            return; // said twice
        }
        if (mark.handedOver.isEmpty()) {
            depth++;
            mark.waitsSinceNanos = time.nanoTime();
        }
        mark.handedOver.put(entry.id(), entry.source());
        mark.parked = null; // whatever was wrong with the record, it was written again
        queue(entry.key(), mark, 0);
    }

    @Override
    public synchronized Set<String> owners() {
        return inFlight().map(Entry::owner).collect(Collectors.toSet());
    }

    @Override
    public synchronized void countedOut(String owner) {
        inFlight().filter(entry -> entry.owner().equals(owner)).toList().forEach(this::handOver);
    }

    @SuppressWarnings("unchecked") // only entries of this journal are in it
    private Stream<Entry<K>> inFlight() {
        return marks.values().stream()
                .flatMap(mark -> mark.inFlight.values().stream())
                .map(entry -> (Entry<K>) entry);
    }

    private void queue(K key, Marks mark, long delayNanos) {
        if (!mark.queued && !mark.claimed && mark.parked == null) {
            mark.queued = true;
            due.add(new Due<>(key, time.nanoTime() + delayNanos));
        }
    }

    private void forgetIfEmpty(K key, Marks mark) {
        if (mark.isEmpty()) {
            marks.remove(key);
        }
    }

    @Override
    public synchronized Optional<Claim<K>> claim() {
        while (true) {
            Due<K> next = due.peek();
            if (next == null || next.atNanos() - time.nanoTime() > 0) {
                return Optional.empty();
            }
            due.remove();
            Marks mark = marks.get(next.key());
            if (mark != null) {
                mark.queued = false;
                if (!mark.claimed && !mark.handedOver.isEmpty() && mark.parked == null) {
                    return Optional.of(claimed(next.key(), mark));
                }
            }
        }
    }

    @Override
    public synchronized Optional<Claim<K>> claim(K key) {
        Marks mark = marks.computeIfAbsent(key, k -> new Marks());
        return mark.claimed ? Optional.empty() : Optional.of(claimed(key, mark));
    }

    private Claim<K> claimed(K key, Marks mark) {
        mark.claimed = true;
        Optional<Side> source = mark.handedOver.values().stream().findFirst();
        Set<Long> noted = new LinkedHashSet<>();
        mark.handedOver.forEach((entry, side) -> {
            if (source.orElseThrow() == side) {
                noted.add(entry);
            }
        });
        return new Taken(key, source, noted);
    }

    @Override
    public synchronized List<K> keys() {
        return List.copyOf(marks.keySet());
    }

    @Override
    public synchronized Set<K> pending(Collection<K> keys) {
        return keys.stream()
                .filter(key -> {
                    Marks mark = marks.get(key);
                    return mark != null && (mark.parked == null || !mark.inFlight.isEmpty());
                })
                .collect(Collectors.toSet());
    }

    @Override
    public synchronized long depth() {
        return depth;
    }

    @Override
    public synchronized Duration age() {
        long now = time.nanoTime();
        return marks.values().stream()
                .filter(mark -> !mark.handedOver.isEmpty())
                .map(mark -> Duration.ofNanos(now - mark.waitsSinceNanos))
                .max(Duration::compareTo)
                .orElse(Duration.ZERO);
    }

    @Override
    public synchronized List<Parked<K>> parked(int most) {
        return marks.entrySet().stream()
                .filter(entry -> entry.getValue().parked != null)
                .limit(most)
                .map(entry -> new Parked<>(entry.getKey(), Objects.requireNonNull(entry.getValue().parked)))
                .toList();
    }

    @Override
    public synchronized void unpark() {
        marks.forEach((key, mark) -> {
            if (mark.parked != null) {
                mark.parked = null;
                mark.failures = 0;
                queue(key, mark, 0);
            }
        });
    }

    private final class Taken implements Claim<K> {
        private final K key;
        private final Optional<Side> source;
        private final Set<Long> noted;

        Taken(K key, Optional<Side> source, Set<Long> noted) {
            this.key = key;
            this.source = source;
            this.noted = noted;
        }

        @Override
        public K key() {
            return key;
        }

        @Override
        public Optional<Side> source() {
            return source;
        }

        @Override
        public void repaired() {
            end(true, null);
        }

        @Override
        public void failed() {
            end(false, null);
        }

        @Override
        public void park(String problem) {
            end(false, problem);
        }

        private void end(boolean repaired, @Nullable String problem) {
            synchronized (InMemoryJournal.this) {
                Marks mark = marks.get(key);
                if (mark == null || !mark.claimed) {
                    return; // ended already
                }
                mark.claimed = false;
                mark.parked = problem != null && !mark.handedOver.isEmpty() ? problem : null;
                if (repaired) {
                    boolean waited = !mark.handedOver.isEmpty();
                    mark.handedOver.keySet().removeAll(noted);
                    mark.failures = 0;
                    if (waited && mark.handedOver.isEmpty()) {
                        depth--;
                    }
                }
                if (!mark.handedOver.isEmpty()) {
                    queue(key, mark, repaired ? 0 : delayNanos(mark.failures++));
                }
                forgetIfEmpty(key, mark);
            }
        }
    }

    private static long delayNanos(int failures) {
        return Math.min(LAST_DELAY_NANOS, FIRST_DELAY_NANOS << Math.min(failures, 20));
    }
}

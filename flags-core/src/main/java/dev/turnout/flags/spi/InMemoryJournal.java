package dev.turnout.flags.spi;

import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A journal that is lost with the process: after a node has died, only a sweep of all keys knows what it left behind. As large as the
 * number of keys that wait for repair. Thread-safe; short locks, each of which one key in 64 needs.
 *
 * @param <K> the type of the keys
 */
final class InMemoryJournal<K> implements Journal<K> {
    private static final long FIRST_DELAY_NANOS = Duration.ofMillis(50).toNanos();
    private static final long LAST_DELAY_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int STRIPES = 64; // as many as six bits can distinguish

    /** What is known of one key: of one size, however often it was handed over. */
    private static final class Marks {
        final Map<Long, Entry<?>> inFlight = new HashMap<>(2);
        boolean claimed;
        // The numbers of the last hand-overs of writes that began while this side answered; 0 if none waits for repair.
        private long lastOfOld;
        private long lastOfNew;
        boolean queued;
        int failures;
        long waitsSinceNanos;

        @Nullable
        String quarantined; // why

        boolean isEmpty() {
            return inFlight.isEmpty() && !isHandedOver() && !claimed;
        }

        boolean isHandedOver() {
            return lastOfOld != 0 || lastOfNew != 0;
        }

        /** The side that was handed over and not again for longest. */
        Optional<Side> source() {
            if (!isHandedOver()) {
                return Optional.empty();
            }
            boolean isOld = lastOfNew == 0 || (lastOfOld != 0 && lastOfOld < lastOfNew);
            return Optional.of(isOld ? Side.OLD : Side.NEW);
        }

        long last(Side source) {
            return source == Side.OLD ? lastOfOld : lastOfNew;
        }

        void handedOver(Side source, long number) {
            if (source == Side.OLD) {
                lastOfOld = number;
            } else {
                lastOfNew = number;
            }
        }
    }

    private record Due<K>(K key, long atNanos) {}

    /** How a claim ends. */
    private enum Ending {
        REPAIRED,
        FAILED,
        UNTRIED
    }

    private final String id = "memory-" + UUID.randomUUID();
    private final TimeSource time;
    private final List<Stripe> stripes;
    private final AtomicLong depth = new AtomicLong();
    private final AtomicInteger turn = new AtomicInteger(); // the stripe that is looked at first for something due

    /** With the machine's clock. */
    public InMemoryJournal() {
        this(TimeSource.SYSTEM);
    }

    /** With a clock of its own, which the delay after a failed repair is measured by. */
    public InMemoryJournal(TimeSource time) {
        this.time = time;
        stripes = IntStream.range(0, STRIPES).mapToObj(Stripe::new).toList();
    }

    private Stripe stripe(K key) {
        int spread =
                key.hashCode() * 0x9E3779B9; // numbers that are all multiples of the same one are not all in one stripe
        return stripes.get(spread >>> 26);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public Entry<K> record(K key, Origin origin) {
        return stripe(key).record(key, origin);
    }

    @Override
    public void clear(Entry<K> entry) {
        stripe(entry.key()).clear(entry);
    }

    @Override
    public void handOver(Entry<K> entry) {
        stripe(entry.key()).handOver(entry);
    }

    @Override
    public Set<String> owners() {
        Set<String> owners = new HashSet<>();
        stripes.forEach(stripe -> stripe.addOwners(owners));
        return owners;
    }

    @Override
    public void handOverAll(String owner) {
        for (Stripe stripe : stripes) {
            stripe.inFlight().stream()
                    .filter(entry -> entry.origin().owner().equals(owner))
                    .forEach(stripe::handOver);
        }
    }

    @Override
    public Optional<Claim<K>> claim() {
        if (depth.get() == 0) {
            return Optional.empty();
        }
        int first = turn.getAndIncrement();
        for (int i = 0; i < STRIPES; i++) {
            Optional<Claim<K>> claim =
                    stripes.get(Math.floorMod(first + i, STRIPES)).claim();
            if (claim.isPresent()) {
                return claim;
            }
        }
        return Optional.empty();
    }

    @Override
    public List<Claim<K>> claimSome(int most) {
        List<Claim<K>> claims = new ArrayList<>();
        for (Optional<Claim<K>> next = claim();
                next.isPresent();
                next = claims.size() < most ? claim() : Optional.empty()) {
            claims.add(next.get());
        }
        return claims;
    }

    @Override
    public void release(Collection<? extends Claim<K>> claims) {
        claims.forEach(claim -> stripe(claim.key()).release(claim));
    }

    @Override
    public Optional<Claim<K>> claim(K key) {
        return stripe(key).claim(key);
    }

    @Override
    public List<K> keys() {
        return stripes.stream().flatMap(stripe -> stripe.keys().stream()).toList();
    }

    @Override
    public Set<K> pending(Collection<K> keys) {
        return keys.stream().filter(key -> stripe(key).isPending(key)).collect(Collectors.toSet());
    }

    @Override
    public long depth() {
        return depth.get();
    }

    @Override
    public Duration age() {
        return stripes.stream().map(Stripe::age).max(Duration::compareTo).orElse(Duration.ZERO);
    }

    @Override
    public List<Quarantined<K>> quarantined(int most) {
        return stripes.stream()
                .flatMap(stripe -> stripe.quarantined(most).stream())
                .limit(most)
                .toList();
    }

    @Override
    public void retryQuarantined() {
        stripes.forEach(Stripe::retryQuarantined);
    }

    private static long delayNanos(int failures) {
        return Math.min(LAST_DELAY_NANOS, FIRST_DELAY_NANOS << Math.min(failures, 20));
    }

    /** The keys of one lock. A key is always in the same one. */
    private final class Stripe {
        // All is guarded by this.
        private final Map<K, Marks> marks = new HashMap<>();
        private final PriorityQueue<Due<K>> due =
                new PriorityQueue<>((a, b) -> Long.compare(a.atNanos() - b.atNanos(), 0));
        private long nextId;
        private long handOvers;

        Stripe(int number) {
            nextId = number; // and then each 64th
        }

        synchronized Entry<K> record(K key, Origin origin) {
            Entry<K> entry = new Entry<>(key, origin, nextId);
            nextId += STRIPES;
            marks.computeIfAbsent(key, k -> new Marks()).inFlight.put(entry.id(), entry);
            return entry;
        }

        synchronized void clear(Entry<K> entry) {
            Marks mark = marks.get(entry.key());
            if (mark != null) {
                mark.inFlight.remove(entry.id());
                forgetIfEmpty(entry.key(), mark);
            }
        }

        synchronized void handOver(Entry<K> entry) {
            Marks mark = marks.get(entry.key());
            boolean inFlight = mark != null && mark.inFlight.remove(entry.id()) != null;
            if (mark == null || !inFlight) {
                if (entry.origin().versioned()) {
                    // As another entry: a repair that has noted this one may have looked at the paths before.
                    handOver(record(entry.key(), entry.origin()));
                }
                return;
            }
            if (!mark.isHandedOver()) {
                depth.incrementAndGet();
                mark.waitsSinceNanos = time.nanoTime();
            }
            mark.handedOver(entry.origin().source(), ++handOvers);
            mark.quarantined = null; // whatever was wrong with the record, it was written again
            queue(entry.key(), mark, 0);
        }

        synchronized void addOwners(Set<String> owners) {
            if (!marks.isEmpty()) { // as most stripes are, most of the time
                marks.values()
                        .forEach(mark -> mark.inFlight
                                .values()
                                .forEach(entry -> owners.add(entry.origin().owner())));
            }
        }

        @SuppressWarnings("unchecked") // only entries of this journal are in it
        synchronized List<Entry<K>> inFlight() {
            return marks.values().stream()
                    .flatMap(mark -> mark.inFlight.values().stream())
                    .map(entry -> (Entry<K>) entry)
                    .toList();
        }

        private void queue(K key, Marks mark, long delayNanos) {
            if (!mark.queued && !mark.claimed && mark.quarantined == null) {
                mark.queued = true;
                due.add(new Due<>(key, time.nanoTime() + delayNanos));
            }
        }

        private void forgetIfEmpty(K key, Marks mark) {
            if (mark.isEmpty()) {
                marks.remove(key);
            }
        }

        synchronized Optional<Claim<K>> claim() {
            while (true) {
                Due<K> next = due.peek();
                if (next == null || next.atNanos() - time.nanoTime() > 0) {
                    return Optional.empty();
                }
                due.remove();
                Marks mark = marks.get(next.key());
                if (mark != null) {
                    mark.queued = false;
                    if (!mark.claimed && mark.isHandedOver() && mark.quarantined == null) {
                        return Optional.of(claimed(next.key(), mark));
                    }
                }
            }
        }

        synchronized Optional<Claim<K>> claim(K key) {
            Marks mark = marks.computeIfAbsent(key, k -> new Marks());
            return mark.claimed ? Optional.empty() : Optional.of(claimed(key, mark));
        }

        void release(Claim<K> claim) {
            if (claim instanceof Taken taken) {
                taken.release();
            } else {
                claim.failed();
            }
        }

        private Claim<K> claimed(K key, Marks mark) {
            mark.claimed = true;
            Optional<Side> source = mark.source();
            return new Taken(key, source, source.map(mark::last).orElse(0L));
        }

        synchronized List<K> keys() {
            return List.copyOf(marks.keySet());
        }

        synchronized boolean isPending(K key) {
            Marks mark = marks.get(key);
            return mark != null && (mark.quarantined == null || !mark.inFlight.isEmpty());
        }

        synchronized Duration age() {
            long now = time.nanoTime();
            return marks.values().stream()
                    .filter(Marks::isHandedOver)
                    .map(mark -> Duration.ofNanos(now - mark.waitsSinceNanos))
                    .max(Duration::compareTo)
                    .orElse(Duration.ZERO);
        }

        synchronized List<Quarantined<K>> quarantined(int most) {
            return marks.entrySet().stream()
                    .filter(entry -> entry.getValue().quarantined != null)
                    .limit(most)
                    .map(entry ->
                            new Quarantined<>(entry.getKey(), Objects.requireNonNull(entry.getValue().quarantined)))
                    .toList();
        }

        synchronized void retryQuarantined() {
            marks.forEach((key, mark) -> {
                if (mark.quarantined != null) {
                    mark.quarantined = null;
                    mark.failures = 0;
                    queue(key, mark, 0);
                }
            });
        }

        private final class Taken implements Claim<K> {
            private final K key;
            private final Optional<Side> source;
            private final long noted; // the last hand-over that it knows of

            Taken(K key, Optional<Side> source, long noted) {
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
                end(Ending.REPAIRED, null);
            }

            @Override
            public void failed() {
                end(Ending.FAILED, null);
            }

            @Override
            public void quarantine(String problem) {
                end(Ending.FAILED, problem);
            }

            void release() {
                end(Ending.UNTRIED, null);
            }

            private void end(Ending ending, @Nullable String problem) {
                synchronized (Stripe.this) {
                    Marks mark = marks.get(key);
                    if (mark == null || !mark.claimed) {
                        return; // ended already
                    }
                    mark.claimed = false;
                    mark.quarantined = problem != null && mark.isHandedOver() ? problem : null;
                    if (ending == Ending.REPAIRED) {
                        boolean waited = mark.isHandedOver();
                        source.filter(side -> mark.last(side) == noted).ifPresent(side -> mark.handedOver(side, 0));
                        mark.failures = 0;
                        if (waited && !mark.isHandedOver()) {
                            depth.decrementAndGet();
                        }
                    }
                    if (mark.isHandedOver()) {
                        queue(key, mark, ending == Ending.FAILED ? delayNanos(mark.failures++) : 0);
                    }
                    forgetIfEmpty(key, mark);
                }
            }
        }
    }
}

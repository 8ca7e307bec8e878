package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/** The journal in memory, which all nodes share; each call is a step. */
final class ModelJournal implements Journal<Integer>, Records {
    private static final Duration DELAY = Duration.ofMinutes(1); // longer than any between two attempts to repair

    private final AtomicLong nanos = new AtomicLong();
    private final Journal<Integer> journal = Journal.inMemory(clock());
    private final Baton baton;
    private final Set<Rule> removed;
    // What is in it, by what does not depend on the order of events.
    private final Map<Long, Entry<Integer>> inFlight = new TreeMap<>();
    private final Map<Long, String> recordedBy = new TreeMap<>();
    private final Map<Long, Entry<Integer>> handedOver = new TreeMap<>();
    private final Set<String> invented = new TreeSet<>(); // sources, where that is not ruled out
    private long unrecorded = -1;
    private boolean swept; // the keys to sweep were asked for

    ModelJournal(Baton baton, Set<Rule> removed) {
        this.baton = baton;
        this.removed = removed;
    }

    private TimeSource clock() {
        return new TimeSource() {
            @Override
            public Instant now() {
                return Instant.EPOCH;
            }

            @Override
            public long nanoTime() {
                return nanos.get();
            }
        };
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public Journal<Integer> of(ModelNode node) {
        return this;
    }

    @Override
    public String idNow() {
        return ID;
    }

    @Override
    public boolean wasSwept() {
        return swept;
    }

    @Override
    public Entry<Integer> record(Integer key, Origin origin) {
        if (removed.contains(Rule.INTENT)) {
            return new Entry<>(key, origin, unrecorded--);
        }
        baton.step("journal.record", false);
        return recorded(key, origin);
    }

    private Entry<Integer> recorded(Integer key, Origin origin) {
        Entry<Integer> entry = journal.record(key, origin);
        inFlight.put(entry.id(), entry);
        recordedBy.put(entry.id(), Baton.current());
        return entry;
    }

    @Override
    public void clear(Entry<Integer> entry) {
        if (entry.id() >= 0) {
            baton.step("journal.clear", false);
            journal.clear(entry);
            inFlight.remove(entry.id());
        }
    }

    @Override
    public void handOver(Entry<Integer> entry) {
        baton.step("journal.handOver", false);
        Entry<Integer> known = entry.id() >= 0 ? entry : recorded(entry.key(), entry.origin());
        if (inFlight.remove(known.id()) != null) {
            journal.handOver(known);
            handedOver.put(known.id(), known);
        } else if (known.origin().versioned()) { // its owner was evicted, and repair may have looked before
            Entry<Integer> again = recorded(known.key(), known.origin());
            inFlight.remove(again.id());
            journal.handOver(again);
            handedOver.put(again.id(), again);
        }
    }

    @Override
    public Set<String> owners() {
        boolean forSweep = Baton.current().startsWith("control");
        return forSweep && removed.contains(Rule.SWEEP_ORPHANS) ? Set.of() : journal.owners();
    }

    @Override
    public void handOverAll(String owner) {
        journal.handOverAll(owner);
        inFlight.values().removeIf(entry -> {
            boolean his = entry.origin().owner().equals(owner);
            if (his) {
                handedOver.put(entry.id(), entry);
            }
            return his;
        });
    }

    @Override
    public boolean hasDue() {
        return !handedOver.isEmpty();
    }

    @Override
    public Optional<Claim<Integer>> claim() {
        baton.step("journal.claim", false);
        if (removed.contains(Rule.ONE_REPAIR)) {
            return hasDue() ? Optional.of(wrapped(unguarded(keysHandedOver().get(0)))) : Optional.empty();
        }
        return journal.claim().map(this::wrapped);
    }

    /** A claim that another worker may have too. */
    private Claim<Integer> unguarded(Integer key) {
        Optional<Side> source = handedOver.values().stream()
                .findFirst()
                .map(entry -> entry.origin().source());
        Set<Long> seen = new HashSet<>(handedOver.keySet());
        return new Claim<>() {
            @Override
            public Integer key() {
                return key;
            }

            @Override
            public Optional<Side> source() {
                return source;
            }

            @Override
            public void repaired() {
                List<Claim<Integer>> all = new ArrayList<>();
                if (handedOver.keySet().equals(seen)) {
                    journal.claim(key).ifPresent(all::add);
                }
                all.forEach(Claim::repaired);
            }

            @Override
            public void failed() {}

            @Override
            public void quarantine(String problem) {}
        };
    }

    @Override
    public Optional<Claim<Integer>> claim(Integer key) {
        baton.remembers();
        baton.step("journal.claim", false);
        if (removed.contains(Rule.ONE_REPAIR)) {
            return Optional.of(wrapped(unguarded(key)));
        }
        Optional<Claim<Integer>> claim = journal.claim(key);
        if (claim.isEmpty()) {
            baton.nothingHappened(); // or an actor that waits for it would go round for ever
        }
        return claim.map(this::wrapped);
    }

    private Claim<Integer> wrapped(Claim<Integer> claim) {
        Set<Long> noted = new HashSet<>();
        handedOver.forEach((id, entry) -> {
            boolean sameSource = claim.source().isEmpty()
                    || entry.origin().source() == claim.source().get();
            if (entry.key().equals(claim.key()) && sameSource) {
                noted.add(id);
            }
        });
        baton.note(claim.source() + "" + names(noted));
        // Once for each sweep, which asks again until what it was given is not outdated.
        boolean sourceless = claim.source().isEmpty() && !invented.remove(Baton.current() + claim.key());
        if (sourceless && removed.contains(Rule.SWEEP_SOURCE)) {
            invented.add(Baton.current() + claim.key());
        }
        return new Claim<>() {
            @Override
            public Integer key() {
                return claim.key();
            }

            @Override
            public Optional<Side> source() {
                boolean invents = sourceless && removed.contains(Rule.SWEEP_SOURCE);
                return invents || removed.contains(Rule.SOURCE) ? Optional.of(Side.OLD) : claim.source();
            }

            @Override
            public void repaired() {
                baton.step("journal.repaired", false);
                claim.repaired();
                handedOver.keySet().removeAll(noted);
                if (removed.contains(Rule.SNAPSHOT)) {
                    journal.claim(claim.key()).ifPresent(Claim::repaired);
                    handedOver.clear();
                }
                if (removed.contains(Rule.OWNER)) {
                    List.copyOf(inFlight.values()).forEach(journal::clear);
                    inFlight.clear();
                }
            }

            @Override
            public void failed() {
                claim.failed();
                nanos.addAndGet(DELAY.toNanos()); // it is tried again at any time
            }

            @Override
            public void quarantine(String problem) {
                throw new AssertionError("nothing is to be quarantined: " + problem);
            }
        };
    }

    @Override
    public List<Integer> keys() {
        baton.step("journal.keys", false);
        swept = true;
        if (removed.contains(Rule.GATE_NEW) || removed.contains(Rule.GATE_OLD)) {
            return List.of();
        }
        Set<Integer> keys = new TreeSet<>(keysHandedOver());
        if (!removed.contains(Rule.SWEEP_IN_FLIGHT)) {
            inFlight.values().forEach(entry -> keys.add(entry.key()));
        }
        baton.note(keys);
        return List.copyOf(keys);
    }

    private List<Integer> keysHandedOver() {
        return handedOver.values().stream().map(Entry::key).distinct().sorted().toList();
    }

    @Override
    public Set<Integer> pending(Collection<Integer> keys) {
        return journal.pending(keys);
    }

    @Override
    public long depth() {
        return keysHandedOver().size();
    }

    @Override
    public Duration age() {
        return Duration.ZERO;
    }

    @Override
    public List<Quarantined<Integer>> quarantined(int most) {
        return List.of();
    }

    @Override
    public void retryQuarantined() {}

    private Set<String> names(Set<Long> ids) {
        return ids.stream().map(recordedBy::get).collect(Collectors.toCollection(TreeSet::new));
    }

    @Override
    public String toString() {
        return names(inFlight.keySet()) + "/" + names(handedOver.keySet()) + sources() + swept + invented;
    }

    private Set<Side> sources() {
        return handedOver.values().stream()
                .map(entry -> entry.origin().source())
                .collect(Collectors.toCollection(TreeSet::new));
    }
}

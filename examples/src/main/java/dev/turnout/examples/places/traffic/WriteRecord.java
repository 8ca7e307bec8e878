package dev.turnout.examples.places.traffic;

import dev.turnout.examples.places.store.Place;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/** Remembers every write that was acknowledged, and counts the answers that were older than one of them. Thread-safe. */
public final class WriteRecord {
    private static final int SAMPLES = 5;

    private final Map<Long, PlaceHistory> histories = new ConcurrentHashMap<>();
    private final LongAdder acknowledged = new LongAdder();
    private final LongAdder uncertain = new LongAdder();
    private final LongAdder reads = new LongAdder();
    private final LongAdder stale = new LongAdder();
    private final Collection<Long> staleKeys = new ConcurrentLinkedQueue<>();

    /** A record that begins with what is there before any user writes. */
    public WriteRecord(Collection<Place> places) {
        places.forEach(place -> histories.put(place.id(), new PlaceHistory(place)));
    }

    private PlaceHistory of(long id) {
        return histories.computeIfAbsent(id, key -> new PlaceHistory(null));
    }

    /** A read in progress. */
    public final class Reading {
        private final long id;
        private final PlaceHistory.Write from;

        private Reading(long id) {
            this.id = id;
            this.from = of(id).lastAcknowledged();
        }

        /** Checks what the read returned. To be called after it ended, and not if it threw. */
        public void answered(Optional<Place> answer) {
            reads.increment();
            if (!PlaceHistory.permits(from, answer)) {
                stale.increment();
                if (staleKeys.size() < SAMPLES && !staleKeys.contains(id)) {
                    staleKeys.add(id);
                }
            }
        }
    }

    /** The right to write one place, until it is closed. */
    public final class Writing implements AutoCloseable {
        private final PlaceHistory history;
        private boolean begun;

        private Writing(PlaceHistory history) {
            this.history = history;
        }

        /** What the place is now, as far as is known. */
        public Optional<Place> place() {
            return history.place();
        }

        /** Notes what is about to be put. Before the call; if it tries several, before each. */
        public void puts(Place place) {
            begun = true;
            history.begin(place);
        }

        /** Notes that it is about to be deleted. */
        public void deletes() {
            begun = true;
            history.begin(null);
        }

        /** What was noted last was acknowledged. */
        public void acknowledged() {
            begun = false;
            history.acknowledge();
            acknowledged.increment();
        }

        /** Lets other users write. What was begun and not acknowledged may have happened or not. */
        @Override
        public void close() {
            if (begun) {
                uncertain.increment();
            }
            history.giveBack();
        }
    }

    /** A read of a place begins. */
    public Reading reads(long id) {
        return new Reading(id);
    }

    /** The right to write a place; empty while another user has it. */
    public Optional<Writing> writes(long id) {
        PlaceHistory history = of(id);
        return history.take() ? Optional.of(new Writing(history)) : Optional.empty();
    }

    /** How many writes were acknowledged. */
    public long acknowledged() {
        return acknowledged.sum();
    }

    /** How many writes ended with an unknown outcome. */
    public long uncertain() {
        return uncertain.sum();
    }

    /** How many answers were checked. */
    public long reads() {
        return reads.sum();
    }

    /** How many of them were older than a write that was acknowledged before the read began. */
    public long stale() {
        return stale.sum();
    }

    /** Some of the keys of stale answers. */
    public List<Long> staleKeys() {
        return staleKeys.stream().limit(SAMPLES).toList();
    }

    /** All places that were ever asked for. */
    public Stream<Long> ids() {
        return histories.keySet().stream();
    }

    /** Whether any user wrote a place. */
    public boolean isWritten(long id) {
        return of(id).isWritten();
    }

    /** Whether a place may be this, or absent, when nothing is under way any more. */
    public boolean permitsInTheEnd(long id, Optional<Place> state) {
        return of(id).permitsInTheEnd(state);
    }
}

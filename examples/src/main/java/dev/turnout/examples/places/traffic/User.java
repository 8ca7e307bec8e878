package dev.turnout.examples.places.traffic;

import dev.turnout.examples.places.store.Place;
import dev.turnout.examples.places.traffic.Meters.Kind;
import dev.turnout.examples.places.traffic.WriteRecord.Reading;
import dev.turnout.examples.places.traffic.WriteRecord.Writing;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;

/** A user that reads and writes places, one after another, and remembers the answers. Used by one thread. */
final class User {
    private static final int READS_PERCENT = 70;
    private static final int PUTS_PERCENT = 12;
    private static final int UPDATES_PERCENT = 8;
    private static final int INSERTS_PERCENT = 5; // the rest are deletes
    private static final int MOST_PEOPLE = 40_000_000;

    private final PlaceService service;
    private final List<Place> places;
    private final Keys keys;
    private final WriteRecord record;
    private final Meters meters;
    private final PauseMeter pauses;
    private final SplittableRandom random;

    User(
            PlaceService service,
            List<Place> places,
            Keys keys,
            WriteRecord record,
            Meters meters,
            PauseMeter pauses,
            long seed) {
        this.service = service;
        this.places = places;
        this.keys = keys;
        this.record = record;
        this.meters = meters;
        this.pauses = pauses;
        this.random = new SplittableRandom(seed);
    }

    /** One operation, which began at {@code sinceNanos}. */
    void next(long sinceNanos) {
        int percent = random.nextInt(100);
        if (percent < READS_PERCENT) {
            read(keys.toRead(random), sinceNanos);
        } else if (percent < READS_PERCENT + PUTS_PERCENT) {
            write(keys.toWrite(random), sinceNanos, this::put);
        } else if (percent < READS_PERCENT + PUTS_PERCENT + UPDATES_PERCENT) {
            write(keys.toWrite(random), sinceNanos, this::update);
        } else if (percent < READS_PERCENT + PUTS_PERCENT + UPDATES_PERCENT + INSERTS_PERCENT) {
            write(keys.unused(), sinceNanos, this::put);
        } else {
            write(keys.toWrite(random), sinceNanos, this::delete);
        }
    }

    private void read(long id, long sinceNanos) {
        Kind kind = Kind.of(false, service.isMoved(id));
        Reading reading = record.reads(id);
        Optional<Place> answer;
        try {
            answer = service.get(id);
        } catch (RuntimeException e) {
            meters.failed(kind, e);
            return;
        }
        meters.succeeded(kind, System.nanoTime() - sinceNanos);
        reading.answered(answer);
    }

    /** A way to write a place; whether it wrote. */
    private interface Way {
        boolean write(long id, Writing writing);
    }

    private void write(long id, long sinceNanos, Way way) {
        Optional<Writing> mine = record.writes(id);
        if (mine.isEmpty()) { // another user writes it just now
            read(id, sinceNanos);
            return;
        }
        Kind kind = Kind.of(true, service.isMoved(id));
        try (Writing writing = mine.get()) {
            if (way.write(id, writing)) {
                writing.acknowledged();
                pauses.acknowledged(id);
            }
            meters.succeeded(kind, System.nanoTime() - sinceNanos);
        } catch (RuntimeException e) {
            meters.failed(kind, e);
        }
    }

    private boolean put(long id, Writing writing) {
        Place place = places.get(random.nextInt(places.size())).withId(id).withPopulation(people());
        writing.puts(place);
        service.put(place);
        return true;
    }

    private boolean delete(long id, Writing writing) {
        writing.deletes();
        service.delete(id);
        return true;
    }

    private boolean update(long id, Writing writing) {
        long people = people();
        Reading reading = record.reads(id);
        Optional<Place> updated = service.update(id, place -> {
            reading.answered(Optional.of(place));
            Place more = place.withPopulation(people);
            writing.puts(more);
            return more;
        });
        reading.answered(updated); // nothing, or what was just written
        return updated.isPresent();
    }

    private long people() {
        return random.nextInt(MOST_PEOPLE);
    }
}

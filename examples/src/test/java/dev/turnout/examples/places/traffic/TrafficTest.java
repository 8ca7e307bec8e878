package dev.turnout.examples.places.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.examples.places.store.Place;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * The record must not accuse a store that does nothing wrong, however much happens at once, and must notice one that
 * does.
 */
class TrafficTest {
    private static final List<Place> PLACES = LongStream.rangeClosed(1, 500)
            .mapToObj(id -> new Place(id, "p" + id, "DE", "PPL", "", "", 0, BigDecimal.ZERO, BigDecimal.ONE))
            .toList();
    private static final int OPERATIONS = 20_000;

    /** A map, which is right; its subclasses are not. */
    private static class Memory implements PlaceService {
        final Map<Long, Place> places = new ConcurrentHashMap<>();
        final CountDownLatch enough = new CountDownLatch(OPERATIONS);

        Memory() {
            PLACES.forEach(place -> places.put(place.id(), place));
        }

        @Override
        public Optional<Place> get(long id) {
            return Optional.ofNullable(places.get(id));
        }

        @Override
        public void put(Place place) {
            places.put(place.id(), place);
        }

        @Override
        public void delete(long id) {
            places.remove(id);
        }

        @Override
        public Optional<Place> update(long id, UnaryOperator<Place> change) {
            return Optional.ofNullable(places.computeIfPresent(id, (key, place) -> change.apply(place)));
        }

        @Override
        public boolean isMoved(long id) { // is asked once for each operation
            enough.countDown();
            return false;
        }
    }

    private static WriteRecord recordOf(Memory service) throws InterruptedException {
        WriteRecord record = new WriteRecord(PLACES);
        Meters meters = new Meters();
        Keys keys = new Keys(PLACES);
        try (Traffic traffic =
                new Traffic(List.of(service, service), PLACES, keys, record, meters, new PauseMeter(), 20_000, 42)) {
            traffic.start();
            assertThat(service.enough.await(30, TimeUnit.SECONDS)).isTrue();
            assertThat(traffic.accident()).isEmpty();
        }
        return record;
    }

    private static long lost(WriteRecord record, Memory service) {
        return record.ids()
                .filter(id -> !record.permitsInTheEnd(id, service.get(id)))
                .count();
    }

    @Test
    void a_right_store_is_found_right() throws Exception {
        Memory service = new Memory();

        WriteRecord record = recordOf(service);

        assertThat(record.stale()).isZero();
        assertThat(lost(record, service)).isZero();
        assertThat(record.uncertain()).isZero();
        assertThat(record.acknowledged()).isPositive();
    }

    @Test
    void a_store_that_fails_before_or_after_the_effect_is_found_right() throws Exception {
        Memory service = new Memory() {
            @Override
            public void put(Place place) {
                int chance = ThreadLocalRandom.current().nextInt(10);
                if (chance == 0) {
                    throw new IllegalStateException("before");
                }
                super.put(place);
                if (chance == 1) {
                    throw new IllegalStateException("after");
                }
            }
        };

        WriteRecord record = recordOf(service);

        assertThat(record.stale()).isZero();
        assertThat(lost(record, service)).isZero();
        assertThat(record.uncertain()).isPositive();
    }

    @Test
    void a_store_that_answers_from_a_copy_that_lags_is_found_out() throws Exception {
        Memory service = new Memory() {
            private final Map<Long, Place> before = new ConcurrentHashMap<>(places);

            @Override
            public Optional<Place> get(long id) {
                Place now = places.get(id);
                Place then = now == null ? before.remove(id) : before.put(id, now);
                return Optional.ofNullable(then);
            }
        };

        WriteRecord record = recordOf(service);

        assertThat(record.stale()).isPositive();
        assertThat(record.staleKeys()).isNotEmpty().hasSizeLessThanOrEqualTo(5);
        assertThat(lost(record, new Memory())).isPositive();
    }

    @Test
    void a_store_that_forgets_a_write_that_it_acknowledged_is_found_out() throws Exception {
        Memory service = new Memory() {
            @Override
            public void put(Place place) {
                if (ThreadLocalRandom.current().nextInt(20) > 0) {
                    super.put(place);
                }
            }
        };

        WriteRecord record = recordOf(service);

        assertThat(record.stale()).isPositive();
        assertThat(lost(record, service)).isPositive();
    }
}

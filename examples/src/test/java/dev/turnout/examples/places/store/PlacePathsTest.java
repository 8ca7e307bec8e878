package dev.turnout.examples.places.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the library asks of a versioned path, for both of ours and on each database. */
class PlacePathsTest {
    private static final List<Database> databases = new ArrayList<>();
    private static final Place BONN = new Place(
            2946447,
            "Bonn",
            "DE",
            "PPLA3",
            "07",
            "053",
            330_579,
            new BigDecimal("7.09549"),
            new BigDecimal("50.73438"));
    private static final Place NOWHERE =
            new Place(1, "Ñowhere “x”", "XX", "PPL", "", "", 0, new BigDecimal("-180"), new BigDecimal("0.00001"));

    private static Database opened(Database database) {
        databases.add(database);
        return database;
    }

    static Stream<Arguments> paths() {
        return Stream.of(
                arguments("legacy, H2", LegacyPlaces.create(opened(Database.h2("legacy-" + UUID.randomUUID())))),
                arguments("new, H2", NewPlaces.create(opened(Database.h2("new-" + UUID.randomUUID())))),
                arguments("new, PostgreSQL", NewPlaces.create(opened(Database.postgres()))));
    }

    @AfterAll
    static void close() {
        databases.forEach(Database::close);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("paths")
    void a_path_keeps_what_a_versioned_path_has_to_keep(String name, VersionedDataPath<Long, Place> path)
            throws Exception {
        assertThat(path.read(BONN.id()).version()).isEqualTo(Version.ABSENT);

        assertThat(path.writeIfNewer(BONN.id(), Versioned.of(new Version(5, 7), BONN)))
                .isTrue();
        assertThat(path.read(BONN.id()).version()).isEqualTo(new Version(5, 7));
        assertThat(path.get(BONN.id())).contains(BONN);

        Place older = BONN.withPopulation(1);
        assertThat(path.writeIfNewer(BONN.id(), Versioned.of(new Version(5, 7), older)))
                .isFalse();
        assertThat(path.writeIfNewer(BONN.id(), Versioned.of(new Version(5, -8), older)))
                .isFalse();
        assertThat(path.writeIfNewer(BONN.id(), Versioned.of(new Version(4, 8), older)))
                .isFalse();
        assertThat(path.get(BONN.id())).contains(BONN);

        assertThat(path.replace(BONN.id(), new Version(4, 7), Versioned.of(new Version(6, 1), older)))
                .isFalse();
        assertThat(path.replace(BONN.id(), Version.ABSENT, Versioned.of(new Version(6, 1), older)))
                .isFalse();
        assertThat(path.replace(BONN.id(), new Version(5, 7), Versioned.of(new Version(6, 1), older)))
                .isTrue();
        assertThat(path.get(BONN.id())).contains(older);

        assertThat(path.writeIfNewer(BONN.id(), Versioned.deleted(new Version(7, 0))))
                .isTrue();
        assertThat(path.read(BONN.id()).version()).isEqualTo(new Version(7, 0));
        assertThat(path.get(BONN.id())).isEmpty();
        assertThat(path.writeIfNewer(BONN.id(), Versioned.of(new Version(6, 9), BONN)))
                .isFalse();
        assertThat(path.get(BONN.id())).as("a tombstone stays one").isEmpty();
        assertThat(path.writeIfNewer(BONN.id(), Versioned.of(new Version(8, 0), BONN)))
                .isTrue();
        assertThat(path.get(BONN.id())).contains(BONN);

        assertThat(path.replace(4L, new Version(1, 1), Versioned.of(new Version(2, 1), NOWHERE.withId(4))))
                .isFalse();
        assertThat(path.read(4L).version()).isEqualTo(Version.ABSENT);
        assertThat(path.writeIfNewer(2L, Versioned.deleted(new Version(1, 1)))).isTrue();
        assertThat(path.read(2L).version()).isEqualTo(new Version(1, 1));

        assertThat(path.replace(1L, Version.ABSENT, Versioned.of(new Version(1, 1), NOWHERE)))
                .isTrue();
        assertThat(path.get(1L)).contains(NOWHERE);

        path.put(3L, NOWHERE.withId(3));
        path.delete(3L);
        path.put(3L, NOWHERE.withId(3));
        assertThat(path.get(3L)).contains(NOWHERE.withId(3));
        race_of_writers_ends_with_the_highest_version(path);
    }

    private static void race_of_writers_ends_with_the_highest_version(VersionedDataPath<Long, Place> path)
            throws Exception {
        int writers = 4;
        long rounds = 150;
        ExecutorService pool = Executors.newFixedThreadPool(writers);
        try {
            List<Future<?>> all = LongStream.range(0, writers)
                    .<Future<?>>mapToObj(writer -> pool.submit(() -> {
                        for (long round = 0; round < rounds; round++) {
                            long key = 100 + round % 10;
                            Version version = new Version(1 + round / 10, writer);
                            Place place = BONN.withId(key).withPopulation(round / 10 * writers + writer);
                            path.writeIfNewer(
                                    key,
                                    (round + writer) % 3 == 0
                                            ? Versioned.deleted(version)
                                            : Versioned.of(version, place));
                        }
                    }))
                    .toList();
            for (Future<?> one : all) {
                one.get();
            }
        } finally {
            pool.shutdown();
        }
        for (long key = 100; key < 110; key++) {
            Versioned<Place> end = path.read(key);
            assertThat(end.version()).isEqualTo(new Version(rounds / 10, writers - 1));
            end.value().ifPresent(place -> assertThat(place.population()).isEqualTo(rounds / 10 * writers - 1));
        }
    }
}

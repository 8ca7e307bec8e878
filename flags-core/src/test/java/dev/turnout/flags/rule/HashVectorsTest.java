package dev.turnout.flags.rule;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What the products publish, in their own units; the shares that are written for them are made here as the documents
 * describe.
 */
class HashVectorsTest {
    private record Vector(Hash hash, String salt, String key, String weights, String expected) {}

    private static List<Vector> vectors(String product) throws IOException {
        try (InputStream file = Hash.class.getResourceAsStream(product + "-vectors.csv");
                BufferedReader lines = new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
            return lines.lines()
                    .filter(line -> !line.startsWith("# ") && !line.startsWith("hash,"))
                    .map(line -> line.split(",", -1))
                    .map(row -> new Vector(hash(row[0]), row[1], row[2], row[3], row[4]))
                    .toList();
        }
    }

    private static Hash hash(String name) {
        return Arrays.stream(Hash.values())
                .filter(hash -> hash.word().equals(name))
                .findAny()
                .orElseThrow();
    }

    static Stream<Vector> withWeights() throws IOException {
        return Stream.of("unleash", "launchdarkly", "flagd")
                .flatMap(product -> unchecked(product).stream())
                .filter(vector -> !vector.weights.isEmpty());
    }

    static Stream<Vector> withRanges() throws IOException {
        return vectors("growthbook").stream().filter(vector -> !vector.weights.isEmpty());
    }

    static Stream<Vector> withValues() {
        return Stream.of("unleash", "launchdarkly", "growthbook")
                .flatMap(product -> unchecked(product).stream())
                .filter(vector -> vector.weights.isEmpty());
    }

    private static List<Vector> unchecked(String product) {
        try {
            return vectors(product);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The counts that the documents state. */
    @ParameterizedTest
    @CsvSource({"unleash, 31", "launchdarkly, 24", "flagd, 80", "growthbook, 90"})
    void as_many_vectors_are_met_as_the_documents_say(String product, int count) throws IOException {
        assertThat(vectors(product)).hasSize(count);
    }

    @Test
    void every_hash_has_published_vectors() {
        List<Hash> others = Stream.of("unleash", "launchdarkly", "flagd", "growthbook")
                .flatMap(product -> unchecked(product).stream())
                .map(Vector::hash)
                .distinct()
                .toList();

        // Unleash publishes no choice among weights that add up to 1000.
        assertThat(others)
                .containsExactlyInAnyOrderElementsOf(Stream.of(Hash.values())
                        .filter(hash -> hash != Hash.MURMUR3_32 && hash != Hash.UNLEASH_VARIANT)
                        .toList());
    }

    @ParameterizedTest
    @MethodSource
    void withWeights(Vector vector) {
        int[] weights =
                Stream.of(vector.weights.split("/")).mapToInt(Integer::parseInt).toArray();
        int total = switch (vector.hash) {
            case UNLEASH -> 100; // a rollout's only weight is a percentage
            case LAUNCHDARKLY_32, LAUNCHDARKLY_64 -> 100_000;
            default -> Arrays.stream(weights).sum();
        };

        int part = new Bucketing(vector.hash, vector.salt).bucket(vector.key);

        int chosen = 0;
        int limit = 0;
        while (chosen < weights.length && part >= (limit += weights[chosen] * (Bucketing.PARTS / total))) {
            chosen++;
        }
        assertThat(chosen).isEqualTo(Integer.parseInt(vector.expected));
    }

    @ParameterizedTest
    @MethodSource
    void withRanges(Vector vector) {
        int part = vector.hash.under(vector.salt).applyAsInt(vector.key);

        String[] ranges = vector.weights.split("/");
        int chosen = 0;
        while (chosen < ranges.length && !isIn(ranges[chosen], part)) {
            chosen++;
        }
        assertThat(chosen == ranges.length ? -1 : chosen).isEqualTo(Integer.parseInt(vector.expected));
    }

    private static boolean isIn(String range, int part) {
        if (range.startsWith("<=")) {
            return part < nextWholePart(range.substring(2)) + 1;
        }
        String[] ends = range.split("-");
        return part >= nextWholePart(ends[0]) && part < nextWholePart(ends[1]);
    }

    private static int nextWholePart(String fraction) {
        return new BigDecimal(fraction)
                .movePointRight(6)
                .setScale(0, RoundingMode.CEILING)
                .intValueExact();
    }

    @ParameterizedTest
    @MethodSource
    void withValues(Vector vector) {
        int part = vector.hash.under(vector.salt).applyAsInt(vector.key);

        switch (vector.hash) {
            case UNLEASH, UNLEASH_VARIANT_100 -> // from 1 to 100
                assertThat(part / 10_000 + 1).isEqualTo(Integer.parseInt(vector.expected));
            case LAUNCHDARKLY_32, LAUNCHDARKLY_64 -> // from 0 to 1, with seven or eight digits
                assertThat(part / 10).isEqualTo((int) (Double.parseDouble(vector.expected) * 100_000));
            default -> // from 0 to 1, with three or four digits
                assertThat(new BigDecimal(part).movePointLeft(6)).isEqualByComparingTo(vector.expected);
        }
    }
}

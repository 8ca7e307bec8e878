package dev.turnout.flags.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BucketingTest {
    private static final int KEYS = 1_000_000;

    static List<Arguments> vectors() throws IOException {
        try (InputStream file = Bucketing.class.getResourceAsStream("bucketing-vectors.csv");
                BufferedReader lines = new BufferedReader(new InputStreamReader(file, StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).isEqualTo("salt,key,bucket");
            return lines.lines()
                    .map(line -> line.split(",", -1))
                    .map(fields -> Arguments.of(fields[0], fields[1], Integer.valueOf(fields[2])))
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("vectors")
    void every_published_vector_is_met(String salt, String key, int bucket) {
        assertThat(new Bucketing(salt).bucket(key)).isEqualTo(bucket);
        assertThat(new Bucketing(salt).bucket(key, key.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(bucket);
    }

    @Test
    void a_key_falls_into_the_same_part_whether_its_bytes_are_at_hand_or_not() {
        Random random = new Random(71);
        for (int i = 0; i < 100_000; i++) {
            int limit = i % 2 == 0 ? 0x80 : 0x11000; // with halves of surrogate pairs, too
            String key = random.ints(random.nextInt(40), 0, limit)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            Bucketing bucketing = new Bucketing("salt".substring(0, 1 + i % 4));

            assertThat(bucketing.bucket(key, key.getBytes(StandardCharsets.UTF_8)))
                    .as(key)
                    .isEqualTo(bucketing.bucket(key));
        }
    }

    @ParameterizedTest
    @EnumSource(Hash.class)
    void every_hash_takes_a_key_whose_bytes_are_at_hand(Hash hash) {
        Bucketing bucketing = new Bucketing(hash, "salt");

        assertThat(bucketing.bucket("user-42", "user-42".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo(bucketing.bucket("user-42"));
    }

    @Test
    void the_published_vectors_cover_what_another_implementation_could_get_wrong() throws IOException {
        List<String> keys = vectors().stream().map(row -> (String) row.get()[1]).toList();

        assertThat(keys).hasSizeGreaterThan(60).contains("", " ");
        assertThat(keys).anyMatch(key -> key.length() > 1000);
        assertThat(keys).anyMatch(key -> key.codePoints().anyMatch(point -> point > 0xffff));
        // Of these keys one hash is refused, and two.
        assertThat(new Murmur3("again" + ":", 0).hash("771") * Bucketing.PARTS).isBetween(0, 967_295);
        assertThat(new Murmur3("again" + ":", 0).hash("134023") * Bucketing.PARTS)
                .isBetween(0, 967_295);
        assertThat(new Murmur3("again" + ":", 1).hash("134023") * Bucketing.PARTS)
                .isBetween(0, 967_295);
        assertThat(keys).contains("771", "134023");
    }

    static List<IntFunction<String>> populations() {
        Random random = new Random(7);
        byte[] bytes = new byte[6];
        return List.of(
                Integer::toString,
                i -> "user-" + i,
                i -> Long.toString(1_000_000_000_000L + 64L * i),
                i -> "Müller/" + i,
                i -> {
                    random.nextBytes(bytes);
                    return new String(bytes, StandardCharsets.ISO_8859_1);
                });
    }

    @ParameterizedTest
    @MethodSource("populations")
    void a_share_takes_that_share_of_a_million_keys(IntFunction<String> population) {
        Bucketing bucketing = new Bucketing("checkout");
        int[] below = new int[Bucketing.PARTS + 1];
        IntStream.range(0, KEYS).forEach(i -> below[bucketing.bucket(population.apply(i)) + 1]++);
        for (int part = 0; part < Bucketing.PARTS; part++) {
            below[part + 1] += below[part];
        }

        for (int share : new int[] {100, 1_000, 10_000, 100_000, 250_000, 500_000, 900_000, 999_900}) {
            assertIsShare(below[share], share / 1e6);
        }
        assertThat(below[0]).isZero();
        assertThat(below[Bucketing.PARTS]).isEqualTo(KEYS);
    }

    @ParameterizedTest
    @CsvSource({"checkout, theme", "a, b", "flag-1, flag-2", "s, s:"})
    void tenths_of_two_salts_are_independent(String salt, String otherSalt) {
        Bucketing one = new Bucketing(salt);
        Bucketing other = new Bucketing(otherSalt);

        int inBoth = 0;
        for (int i = 0; i < KEYS; i++) {
            String key = Integer.toString(i);
            if (one.bucket(key) < 100_000 && other.bucket(key) < 100_000) {
                inBoth++;
            }
        }

        assertIsShare(inBoth, 0.01);
    }

    private static void assertIsShare(int count, double probability) {
        double sigma = Math.sqrt(KEYS * probability * (1 - probability));
        assertThat((double) count).isBetween(KEYS * probability - 4 * sigma, KEYS * probability + 4 * sigma);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\t", "\u2003"})
    void a_blank_salt_is_refused(String salt) {
        assertThatThrownBy(() -> new Bucketing(salt))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must not be blank");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud83d", "\ude00", "a\ud83d", "\ude00\ud83d", "\ud83dx\ude00", "\ud83d\ud83d\ude00"})
    void a_surrogate_without_its_partner_counts_as_a_question_mark(String key) {
        String replaced = new String(key.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);

        assertThat(replaced).contains("?");
        assertThat(new Bucketing("s").bucket(key)).isEqualTo(new Bucketing("s").bucket(replaced));
    }

    /** Known results of MurmurHash3 x86_32 over ASCII, with the colon that is always there. */
    @Test
    void the_hash_is_that_of_the_bytes_whatever_the_part_that_they_come_from() {
        assertThat(new Murmur3("a" + ":", 5).hash("b:c")).isEqualTo(new Murmur3("a:b" + ":", 5).hash("c"));
        assertThat(Stream.of("é", "€", "😀", "aé", "abé", "abcé", "ab€", "a😀", "é€😀z"))
                .allSatisfy(key ->
                        assertThat(new Murmur3("s" + ":", 0).hash(key)).isEqualTo(NaiveHashes.murmur3("s:" + key, 0)));
    }

    @Test
    void the_hash_of_random_texts_is_that_of_their_bytes() {
        Random random = new Random(5);
        int[] ends = {0x80, 0x80, 0x80, 0x100, 0x800, 0x10000, 0x110000};
        for (int i = 0; i < 300_000; i++) {
            String salt = Integer.toString(random.nextInt(100_000), 36);
            String key = random.ints(random.nextInt(24), 0, i % 2 == 0 ? 3 : ends.length)
                    .map(kind -> random.nextInt(ends[kind])) // surrogates are among them, alone
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            int seed = random.nextInt();
            if (new Murmur3(salt + ":", seed).hash(key) != NaiveHashes.murmur3(salt + ":" + key, seed)
                    || new Murmur3("", seed).hash(key) != NaiveHashes.murmur3(key, seed)) {
                throw new AssertionError("'" + salt + "' and '" + key + "' with " + seed);
            }
        }
    }

    @Test
    void unless_asked_otherwise_the_hash_is_our_own() {
        assertThat(new Bucketing("s")).isEqualTo(new Bucketing(Hash.MURMUR3_32, "s"));
        assertThat(new Bucketing(Hash.UNLEASH, "gr1").bucket("123")).isEqualTo(720_000);
    }

    @ParameterizedTest
    @EnumSource
    void only_flagd_knows_keys_without_a_salt(Hash hash) {
        if (Set.of(Hash.FLAGD_1, Hash.FLAGD_2, Hash.FLAGD_3).contains(hash)) {
            assertThat(new Bucketing(hash, "").salt()).isEmpty();
        } else {
            assertThatThrownBy(() -> new Bucketing(hash, "")).hasMessageContaining("must not be blank");
        }
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "120000", "1000000"})
    void a_share_is_from_nobody_to_everyone(int share) {
        assertThat(Bucketing.checkShare(share)).isEqualTo(share);
    }

    @ParameterizedTest
    @CsvSource({"-1", "-5", "1000001", "2147483647", "-2147483648"})
    void another_share_is_refused_and_named(int share) {
        assertThatThrownBy(() -> Bucketing.checkShare(share))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("from 0 to 1000000")
                .hasMessageContaining("but was " + share + ".");
    }
}

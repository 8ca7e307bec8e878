package dev.turnout.flags.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each product's decision, written down once more as the product makes it, agrees with shares of parts for every key. */
class HashOracleTest {
    private static final int KEYS = 200_000;

    private final Random random = new Random(11);

    private String key() {
        return switch (random.nextInt(4)) {
            case 0 -> Integer.toString(random.nextInt());
            case 1 -> "user-" + random.nextInt(1_000_000);
            case 2 -> Long.toHexString(random.nextLong()) + "-" + Long.toHexString(random.nextLong());
            default -> "Zoë/" + Integer.toString(random.nextInt(), 36) + "/名前😀";
        };
    }

    /** So many weights with this sum; the last is never nothing, as the remainder of rounding may go to it. */
    private int[] weights(int count, int total) {
        int[] limits = IntStream.generate(() -> random.nextInt(total))
                .limit(count - 1L)
                .sorted()
                .toArray();
        int[] weights = new int[count];
        for (int i = 0; i < count; i++) {
            weights[i] = (i < count - 1 ? limits[i] : total) - (i == 0 ? 0 : limits[i - 1]);
        }
        return weights;
    }

    /** An assertion that is free while it holds. */
    private static void agree(int expected, int actual) {
        if (expected != actual) {
            assertThat(actual).isEqualTo(expected);
        }
    }

    private static void agree(boolean expected, boolean actual) {
        if (expected != actual) {
            assertThat(actual).isEqualTo(expected);
        }
    }

    private static int chosen(int part, int[] limits) {
        for (int i = 0; i < limits.length; i++) {
            if (part < limits[i]) {
                return i;
            }
        }
        return -1;
    }

    /** Limits in parts for weights whose sum divides a million. */
    private static int[] limits(int[] weights) {
        int total = Arrays.stream(weights).sum();
        int[] limits = new int[weights.length];
        int sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i];
            limits[i] = sum * (Bucketing.PARTS / total);
        }
        return limits;
    }

    @Test
    @Execution(CONCURRENT)
    void unleash_rolls_out_to_the_same_keys_at_every_percent() {
        for (int i = 0; i < KEYS; i++) {
            String group = "group-" + random.nextInt(100);
            String key = key();
            int percentage = random.nextInt(101);
            long normalized = NaiveHashes.unsignedMurmur3(group + ":" + key, 0) % 100 + 1;
            boolean enabled = percentage > 0 && normalized <= percentage;

            agree(enabled, Hash.UNLEASH.under(group).applyAsInt(key) < percentage * 10_000);
        }
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @ValueSource(ints = {100, 1_000})
    void unleash_gives_the_same_variants(int total) {
        Hash hash = total == 100 ? Hash.UNLEASH_VARIANT_100 : Hash.UNLEASH_VARIANT;
        for (int i = 0; i < KEYS; i++) {
            String group = "group-" + random.nextInt(100);
            String key = key();
            int[] weights = weights(1 + random.nextInt(5), total);
            long target = NaiveHashes.unsignedMurmur3(group + ":" + key, 86_028_157) % total + 1;
            int variant = -1;
            for (int counter = 0; counter < target; counter += weights[variant]) {
                variant++;
            }

            agree(variant, chosen(hash.under(group).applyAsInt(key), limits(weights)));
        }
    }

    /** The variation at this place, as the SDKs for Java and Go choose it. */
    private static int launchDarkly32(float place, int[] weights) {
        float sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i] / 100_000F;
            if (place < sum) {
                return i;
            }
        }
        return weights.length - 1;
    }

    /** Ten times the weights so far, and one more for each float by which the SDK's sum is beside them. */
    private static int[] limits32(int[] weights) {
        int[] limits = new int[weights.length];
        float sum = 0;
        int whole = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i] / 100_000F;
            whole += weights[i];
            int beside = Float.floatToIntBits(sum) - Float.floatToIntBits(whole / 100_000F);
            assertThat(beside).isBetween(-5, 4);
            limits[i] = 10 * whole + beside;
        }
        limits[weights.length - 1] = Bucketing.PARTS; // the last takes the remainder
        return limits;
    }

    @Test
    @Execution(CONCURRENT)
    void launchdarkly_with_32_bits_gives_the_same_variations() {
        for (int i = 0; i < KEYS; i++) {
            String salt = random.nextBoolean()
                    ? "flag-" + random.nextInt(9) + ".0a1b2c"
                    : Integer.toString(random.nextInt(99));
            String key = key();
            float place = NaiveHashes.sha1Digits(salt + "." + key) / (float) 0xFFFFFFFFFFFFFFFL;
            int near = Math.min((int) (place * 100_000) + random.nextInt(2), 100_000);
            int[] two = {near, 100_000 - near};
            int[] more = weights(2 + random.nextInt(7), 100_000);

            int part = Hash.LAUNCHDARKLY_32.under(salt).applyAsInt(key);
            agree(launchDarkly32(place, two), chosen(part, limits(two)));
            agree(launchDarkly32(place, more), chosen(part, limits32(more)));
        }
    }

    @Test
    @Execution(CONCURRENT)
    void launchdarkly_with_32_bits_gives_the_same_variations_on_both_sides_of_every_limit() {
        for (int weight = 1; weight < 100_000; weight++) {
            int[] two = {weight, 100_000 - weight};
            int[] limits = limits(two);
            for (int beside = -12; beside <= 12; beside++) {
                float place = Float.intBitsToFloat(Float.floatToIntBits(weight / 100_000F) + beside);
                agree(launchDarkly32(place, two), chosen(FloatRounding.part32(place), limits));
            }
        }
        for (int i = 0; i < 20_000; i++) {
            int[] weights = weights(2 + random.nextInt(7), 100_000);
            int[] limits = limits32(weights);
            float sum = 0;
            for (int weight : weights) {
                sum += weight / 100_000F;
                for (int beside = -12; beside <= 12; beside++) {
                    float place = Math.min(1, Math.max(0, Float.intBitsToFloat(Float.floatToIntBits(sum) + beside)));
                    agree(launchDarkly32(place, weights), chosen(FloatRounding.part32(place), limits));
                }
            }
        }
    }

    /** The variation at this place, as the SDK for Node.js chooses it. */
    private static int launchDarkly64(double place, int[] weights) {
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i] / 100_000.0;
            if (place < sum) {
                return i;
            }
        }
        return weights.length - 1;
    }

    @Test
    @Execution(CONCURRENT)
    void launchdarkly_with_64_bits_gives_the_same_variations() {
        for (int i = 0; i < KEYS; i++) {
            String salt = random.nextBoolean()
                    ? "flag-" + random.nextInt(9) + ".0a1b2c"
                    : Integer.toString(random.nextInt(99));
            String key = key();
            double place = NaiveHashes.sha1Digits(salt + "." + key) / (double) 0xFFFFFFFFFFFFFFFL;
            int near = Math.min((int) (place * 100_000) + random.nextInt(2), 100_000);
            int[] two = {near, 100_000 - near};
            int[] more = weights(2 + random.nextInt(7), 100_000);

            int part = Hash.LAUNCHDARKLY_64.under(salt).applyAsInt(key);
            agree(launchDarkly64(place, two), chosen(part, limits(two)));
            agree(launchDarkly64(place, more), chosen(part, limits(more)));
            assertThat(part).isBetween((int) (place * 1e6) - 1, (int) (place * 1e6) + 1);
        }
    }

    @Test
    @Execution(CONCURRENT)
    void launchdarkly_with_64_bits_gives_the_same_variations_on_both_sides_of_every_limit() {
        for (int weight = 1; weight < 100_000; weight++) {
            int[] two = {weight, 100_000 - weight};
            int[] limits = limits(two);
            double limit = weight / 100_000.0;
            for (double place :
                    new double[] {Math.nextDown(Math.nextDown(limit)), Math.nextDown(limit), limit, Math.nextUp(limit)
                    }) {
                agree(launchDarkly64(place, two), chosen(FloatRounding.part64(place), limits));
            }
        }
    }

    /** The variant of this hash, as flagd's daemon chose it before high precision; -1 is none. */
    private static int flagd1(int hash, int[] weights) {
        double bucket = Math.abs((double) hash) / Integer.MAX_VALUE * 100;
        int total = Arrays.stream(weights).sum();
        double end = 0;
        for (int i = 0; i < weights.length; i++) {
            end += 100 * (double) weights[i] / total;
            if (bucket < end) {
                return i;
            }
        }
        return -1;
    }

    private static int flagd2(int hash, int[] weights) {
        BigInteger total = BigInteger.valueOf(Arrays.stream(weights).sum());
        BigInteger bucket =
                BigInteger.valueOf(Integer.toUnsignedLong(hash)).multiply(total).shiftRight(32);
        int variant = 0;
        for (int end = weights[0]; bucket.intValueExact() >= end; end += weights[variant]) {
            variant++;
        }
        return variant;
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @ValueSource(ints = {1, 2, 5, 8, 10, 100, 1_000, 10_000, 100_000, 1_000_000})
    void flagd_gives_the_same_variants_when_the_sum_of_the_weights_divides_a_million(int total) {
        for (int i = 0; i < KEYS / 4; i++) {
            String flag = "flag-" + random.nextInt(100);
            String key = key();
            int[] weights = weights(1 + random.nextInt(5), total);
            int hash = NaiveHashes.murmur3(flag + key, 0);

            agree(flagd1(hash, weights), chosen(Hash.FLAGD_1.under(flag).applyAsInt(key), limits(weights)));
            agree(flagd2(hash, weights), chosen(Hash.FLAGD_2.under(flag).applyAsInt(key), limits(weights)));

            long limit = limits(weights)[random.nextInt(weights.length)];
            for (int beside = -2; beside <= 2; beside++) {
                int near1 = (int) Math.max(
                        0, Math.min(limit * Integer.MAX_VALUE / Bucketing.PARTS + beside, Integer.MAX_VALUE - 1));
                int near2 = (int) Math.max(0, Math.min((limit << 32) / Bucketing.PARTS + beside, 0xffff_ffffL));
                agree(flagd1(near1, weights), chosen(Hash.ofMagnitude(near1), limits(weights)));
                agree(flagd1(-near1, weights), chosen(Hash.ofMagnitude(-near1), limits(weights)));
                agree(flagd2(near2, weights), chosen(Hash.ofHash(near2), limits(weights)));
            }
        }
    }

    /** RFC 8949, section 3: what stands before a text of so many bytes. */
    @ParameterizedTest
    @CsvSource({
        "0, 60",
        "1, 61",
        "23, 77",
        "24, 7818",
        "127, 787f",
        "257, 790101",
        "32639, 797f7f",
        "65536, 7a00010000",
        "98432, 7a00018080"
    })
    void flagd_hashes_a_text_with_its_length_since_its_third_version(int length, String head) {
        byte[] bytes = HexFormat.of().parseHex(head + "61".repeat(length));

        int part = Hash.FLAGD_3.under("a".repeat(length / 2)).applyAsInt("a".repeat(length - length / 2));

        assertThat(part).isEqualTo(Hash.ofHash(NaiveHashes.murmur3(bytes, 0)));
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @ValueSource(ints = {Integer.MAX_VALUE, -Integer.MAX_VALUE, Integer.MIN_VALUE})
    void of_these_three_hashes_flagd_gave_nothing_and_here_they_are_in_the_last_part(int hash) {
        assertThat(flagd1(hash, new int[] {50, 50})).isEqualTo(-1);
        assertThat(Hash.ofMagnitude(hash)).isEqualTo(Bucketing.PARTS - 1);
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @ValueSource(ints = {3, 7, 110, 999, 1_234_567})
    void with_another_sum_flagd_may_differ_only_in_the_part_that_a_limit_is_in(int total) {
        for (int i = 0; i < KEYS; i++) {
            int[] weights = weights(1 + random.nextInt(5), total);
            int[] limits = new int[weights.length];
            long sum = 0;
            for (int n = 0; n < weights.length; n++) {
                sum += weights[n];
                limits[n] = (int) ((sum * Bucketing.PARTS + total - 1) / total); // the next whole part
            }
            int hash = random.nextInt();
            for (Hash version : new Hash[] {Hash.FLAGD_1, Hash.FLAGD_2}) {
                int part = version == Hash.FLAGD_1 ? Hash.ofMagnitude(hash) : Hash.ofHash(hash);
                int expected = version == Hash.FLAGD_1 ? flagd1(hash, weights) : flagd2(hash, weights);
                if (chosen(part, limits) != expected) {
                    assertThat(limits)
                            .as("%s of %s", hash, Arrays.toString(weights))
                            .contains(part + 1);
                }
            }
        }
    }

    private static double growthBook(int version, String seed, String value) {
        return version == 1
                ? NaiveHashes.fnv1a(value + seed) % 1_000 / 1_000.0
                : NaiveHashes.fnv1a(Long.toString(NaiveHashes.fnv1a(seed + value))) % 10_000 / 10_000.0;
    }

    private static int nextWholePart(double fraction) {
        return new BigDecimal(Double.toString(fraction))
                .movePointRight(6)
                .setScale(0, RoundingMode.CEILING)
                .intValueExact();
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @EnumSource(names = {"GROWTHBOOK_1", "GROWTHBOOK_2"})
    void growthbook_gives_the_same_variations_whatever_the_weights(Hash hash) {
        int version = hash == Hash.GROWTHBOOK_1 ? 1 : 2;
        for (int i = 0; i < KEYS / 2; i++) {
            String seed = "experiment-" + random.nextInt(100);
            String key = key();
            double place = growthBook(version, seed, key);
            int part = hash.under(seed).applyAsInt(key);

            double coverage = random.nextInt(3) == 0 ? 1 : random.nextInt(10_001) / 10_000.0;
            double[] weights = random.nextBoolean()
                    ? Arrays.stream(weights(2 + random.nextInt(4), 10_000))
                            .mapToDouble(w -> w / 10_000.0)
                            .toArray()
                    : equal(2 + random.nextInt(9));
            double start = 0;
            for (double weight : weights) {
                double end = start + coverage * weight;
                agree(place >= start && place < end, part >= nextWholePart(start) && part < nextWholePart(end));
                start += weight;
            }
            double near = random.nextBoolean() ? place : coverage;
            agree(place < near, part < nextWholePart(near));
        }
    }

    private static double[] equal(int count) {
        double[] weights = new double[count];
        Arrays.fill(weights, 1.0 / count);
        return weights;
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @EnumSource(names = {"GROWTHBOOK_1", "GROWTHBOOK_2"})
    void a_growthbook_rollout_includes_its_limit_by_one_part_more(Hash hash) {
        int version = hash == Hash.GROWTHBOOK_1 ? 1 : 2;
        for (int i = 0; i < KEYS; i++) {
            String key = key();
            double place = growthBook(version, "flag", key);
            double coverage = random.nextBoolean() ? place : random.nextInt(1, 1_000_000) / 1e6;
            boolean included = coverage != 0 && place <= coverage;
            int share = coverage == 0 ? 0 : nextWholePart(coverage) + 1;

            agree(included, hash.under("flag").applyAsInt(key) < share);
        }
    }

    @ParameterizedTest
    @Execution(CONCURRENT)
    @EnumSource
    void every_part_is_one_of_a_million(Hash hash) {
        for (int i = 0; i < 20_000; i++) {
            assertThat(hash.under("salt").applyAsInt(key())).isBetween(0, Bucketing.PARTS - 1);
        }
        assertThat(hash.under("salt").applyAsInt("")).isBetween(0, Bucketing.PARTS - 1);
    }
}

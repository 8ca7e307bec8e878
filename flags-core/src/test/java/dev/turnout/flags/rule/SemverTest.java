package dev.turnout.flags.rule;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SemverTest {
    // The one that semver.org suggests, with minor and patch left open.
    private static final Pattern PUBLISHED = Pattern.compile("^(0|[1-9]\\d*)(\\.(0|[1-9]\\d*)(\\.(0|[1-9]\\d*))?)?"
            + "(?:-((?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\\.(?:0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
            + "(?:\\+([0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*))?$");

    @ParameterizedTest
    @CsvSource({
        // semver.org, item 11
        "1.0.0, 2.0.0",
        "2.0.0, 2.1.0",
        "2.1.0, 2.1.1",
        "1.0.0-alpha, 1.0.0",
        "1.0.0-alpha, 1.0.0-alpha.1",
        "1.0.0-alpha.1, 1.0.0-alpha.beta",
        "1.0.0-alpha.beta, 1.0.0-beta",
        "1.0.0-beta, 1.0.0-beta.2",
        "1.0.0-beta.2, 1.0.0-beta.11",
        "1.0.0-beta.11, 1.0.0-rc.1",
        "1.0.0-rc.1, 1.0.0",
        // ours
        "1.9.0, 1.10.0",
        "9, 10",
        "1.2-rc, 1.2.0",
        "1.0.0-1, 1.0.0--",
        "1.0.0-Z, 1.0.0-a",
        "99999999999999999999.0.0, 100000000000000000000.0.0",
        "1.0.0-99999999999999999998, 1.0.0-99999999999999999999",
    })
    void the_later_version_is_greater(String earlier, String later) {
        assertThat(Semver.compare(earlier, later)).isNegative();
        assertThat(Semver.compare(later, earlier)).isPositive();
        assertThat(Semver.compare(later, later)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1, 1.0.0", "1.2, 1.2.0", "0, 0.0.0", "1.0.0+a, 1.0.0+b", "1.0.0-a+1, 1.0.0-a", "2-rc.1, 2.0.0-rc.1"})
    void what_does_not_count_makes_no_difference(String one, String other) {
        assertThat(Semver.compare(one, other)).isZero();
        assertThat(Semver.compare(other, one)).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "v1.0.0",
                "1.",
                ".1",
                "1..0",
                "1.0.0.0",
                "01.0.0",
                "1.02",
                "1.0.0-",
                "1.0.0-01",
                "1.0.0-a..b",
                "1.0.0+",
                "1.0.0+a+b",
                "1.0.0-ä",
                "-1",
                "+1",
                "1.0.0 ",
                "1.x",
                "１.0.0",
                "1.0.0-a+",
                "1.0.0-.a",
                "1,0"
            })
    void what_is_no_version_is_not_valid(String text) {
        assertThat(Semver.isValid(text)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "1.2", "1.2.3", "1.2.3--", "1.2.3-0a", "1.2.3+01", "1.2.3+a-b", "1-a.b.0.-+-"})
    void a_version_may_be_short_and_have_additions(String text) {
        assertThat(Semver.isValid(text)).isTrue();
    }

    @Test
    void a_text_is_valid_if_the_published_expression_matches_it() {
        Random random = new Random(1);
        int valid = 0;
        for (int i = 0; i < 200_000; i++) {
            String text = text(random, "0123..--+aB", 1 + random.nextInt(10));
            assertThat(Semver.isValid(text))
                    .as(text)
                    .isEqualTo(PUBLISHED.matcher(text).matches());
            valid += Semver.isValid(text) ? 1 : 0;
        }
        assertThat(valid).isGreaterThan(1_000);
    }

    @Test
    void versions_have_one_order() {
        Random random = new Random(2);
        List<String> versions = new ArrayList<>();
        while (versions.size() < 300) {
            String text = text(random, "00112.-+a", 1 + random.nextInt(9));
            if (Semver.isValid(text)) {
                versions.add(text);
            }
        }
        for (String a : versions) {
            for (String b : versions) {
                int order = Integer.signum(Semver.compare(a, b));
                assertThat(order).as("%s %s", a, b).isEqualTo(-Integer.signum(Semver.compare(b, a)));
                assertThat(order).as("%s %s", a, b).isEqualTo(naive(a, b));
            }
        }
        Collections.shuffle(versions, random);
        versions.sort(Semver::compare); // objects if the order contradicts itself
        for (int i = 0; i < versions.size(); i++) {
            for (int j = i; j < versions.size(); j++) {
                assertThat(Semver.compare(versions.get(i), versions.get(j))).isNotPositive();
            }
        }
    }

    /** Written down once more, with objects. */
    private static int naive(String a, String b) {
        List<String> coreA = core(a);
        List<String> coreB = core(b);
        for (int i = 0; i < 3; i++) {
            int order = new BigInteger(coreA.get(i)).compareTo(new BigInteger(coreB.get(i)));
            if (order != 0) {
                return order;
            }
        }
        List<String> preA = preRelease(a);
        List<String> preB = preRelease(b);
        if (preA.isEmpty() || preB.isEmpty()) {
            return Boolean.compare(preA.isEmpty(), preB.isEmpty());
        }
        for (int i = 0; i < Math.min(preA.size(), preB.size()); i++) {
            String x = preA.get(i);
            String y = preB.get(i);
            boolean numberX = x.matches("\\d+");
            boolean numberY = y.matches("\\d+");
            int order = numberX && numberY
                    ? new BigInteger(x).compareTo(new BigInteger(y))
                    : numberX ? -1 : numberY ? 1 : x.compareTo(y);
            if (order != 0) {
                return Integer.signum(order);
            }
        }
        return Integer.compare(preA.size(), preB.size());
    }

    private static List<String> core(String version) {
        List<String> numbers =
                new ArrayList<>(List.of(version.replaceFirst("[-+].*", "").split("\\.")));
        while (numbers.size() < 3) {
            numbers.add("0");
        }
        return numbers;
    }

    private static List<String> preRelease(String version) {
        String all = version.replaceFirst("\\+.*", "");
        int dash = all.indexOf('-');
        return dash < 0 ? List.of() : List.of(all.substring(dash + 1).split("\\."));
    }

    private static String text(Random random, String letters, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(letters.charAt(random.nextInt(letters.length())));
        }
        return text.toString();
    }
}

package dev.turnout.examples.readme;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.mapping;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The page of hazards: the tests that it names exist, its numbers are right, and what users have to handle is in the
 * page of limitations.
 */
class HazardsPageTest {
    private static final String PAGE = read(Path.of("..", "docs", "hazards.md"));
    private static final String LIMITATIONS = read(Path.of("..", "docs", "limitations.md"));
    private static final List<Hazard> HAZARDS = find("(?ms)^### (\\d+)\\. ([^\n]+)\n(.*?)(?=^##|\\z)", PAGE)
            .map(entry -> new Hazard(Integer.parseInt(entry.group(1)), entry.group(2), entry.group(3)))
            .toList();

    private record Hazard(int number, String title, String text) {
        /** The word of the first item, which is what Turnout does about the hazard. */
        String word() {
            return find("(?m)^- `([a-z ]+)`", text).findFirst().orElseThrow().group(1);
        }

        boolean leavesSomething() {
            return text.contains("not covered") || text.contains("yours");
        }

        /** As links are made of headings. */
        String anchor() {
            return number + "-"
                    + title.toLowerCase(Locale.ROOT)
                            .replaceAll("[^a-z0-9_ -]", "")
                            .replace(' ', '-');
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<MatchResult> find(String pattern, String text) {
        return Pattern.compile(pattern).matcher(text).results();
    }

    /** The sources of the tests by the names of their files, which are those of their classes. */
    private static Map<String, String> tests() {
        return Stream.of("flags-core", "flags-jdbc", "flags-http/client", "flags-http/server", "examples")
                .map(module -> Path.of("..", module, "src", "test", "java"))
                .flatMap(HazardsPageTest::sources)
                .collect(groupingBy(
                        file -> file.getFileName().toString().replace(".java", ""),
                        mapping(HazardsPageTest::read, joining())));
    }

    private static Stream<Path> sources(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void each_test_that_the_page_names_exists() {
        Map<String, String> tests = tests();

        assertThat(find("`(\\w+)#(\\w+)`", PAGE).toList())
                .hasSizeGreaterThan(100)
                .allSatisfy(named -> assertThat(tests.getOrDefault(named.group(1), "no such class"))
                        .as(named.group())
                        .contains(" void " + named.group(2) + "("));
        assertThat(find("\\b[A-Z]\\w*#\\w", PAGE.replaceAll("`\\w+#\\w+`", "")))
                .as("names that are written otherwise")
                .isEmpty();
    }

    @Test
    void each_number_is_there_once_and_in_its_place() {
        assertThat(HAZARDS)
                .extracting(Hazard::number)
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 64).boxed().toList());
    }

    @Test
    void how_many_there_are_of_each_kind_is_right() {
        Map<String, Long> words = HAZARDS.stream().collect(groupingBy(Hazard::word, counting()));
        long notCovered = HAZARDS.stream()
                .filter(hazard -> hazard.text().contains("not covered"))
                .count();

        assertThat(PAGE)
                .contains(words.get("prevented") + " are `prevented`, " + words.get("detected") + " `detected` and "
                        + words.get("yours") + " `yours`. In " + notCovered + " of them something is `not covered`");
        assertThat(words).hasSize(3);
    }

    @Test
    void what_is_not_covered_or_left_to_users_is_in_the_page_of_limitations() {
        assertThat(HAZARDS.stream().filter(Hazard::leavesSomething))
                .hasSizeGreaterThan(20)
                .allSatisfy(hazard -> assertThat(LIMITATIONS)
                        .as(hazard.title())
                        .contains("[" + hazard.number() + "](hazards.md#" + hazard.anchor() + ")"));
    }

    @Test
    void each_hazard_that_the_page_of_limitations_names_has_that_number() {
        assertThat(find("\\[(\\d+)]\\(hazards\\.md#([^)]*)\\)", LIMITATIONS)
                        .map(link -> link.group(1) + " " + link.group(2)))
                .isSubsetOf(HAZARDS.stream()
                        .map(hazard -> hazard.number() + " " + hazard.anchor())
                        .toList());
    }
}

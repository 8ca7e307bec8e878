package dev.turnout.examples.readme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.Flags;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The README and each page in docs: their Java is compiled in this module, and their YAML is read. {@link SnippetsTest} runs what can be run here. */
class ReadmeTest {
    private static final Path README = Path.of("..", "README.md");
    private static final Path DOCS = Path.of("..", "docs");
    private static final Path GETTING_STARTED = DOCS.resolve("getting-started.md");
    private static final Path MAPPING_FILE =
            DOCS.resolve("reference").resolve("mapping-file.md"); // a format of its own
    private static final String COMPILED = compiled();

    private static String compiled() {
        Path snippets = Path.of("java", "dev", "turnout", "examples", "readme");
        return Stream.of("main", "test")
                .map(kind -> Path.of("src", kind).resolve(snippets))
                .flatMap(directory -> files(directory, ".java").stream())
                .map(file -> withoutLayout(read(file)))
                .collect(Collectors.joining("\n")); // so no snippet begins in one file and ends in another
    }

    private static List<Path> files(Path directory, String ending) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String withoutLayout(String code) {
        return code.replaceAll("\\s+", "");
    }

    private static List<Path> pages() {
        return Stream.concat(Stream.of(README), files(DOCS, ".md").stream()).toList();
    }

    private static List<String> blocks(Path page, String language) {
        return Pattern.compile("^```" + language + "\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL)
                .matcher(read(page))
                .results()
                .map(result -> result.group(1))
                .toList();
    }

    private static FlagDocument document(Path page, int block) {
        return DocumentReader.read(page.toString(), blocks(page, "yaml").get(block));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void the_java_of_a_page_is_what_is_compiled(Path page) {
        assertThat(blocks(page, "java"))
                .allSatisfy(block -> assertThat(COMPILED).contains(withoutLayout(block)));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void the_flag_documents_of_a_page_are_valid(Path page) {
        if (page.equals(MAPPING_FILE)) {
            return; // MappingFileTest reads it
        }
        assertThat(blocks(page, "yaml"))
                .allSatisfy(block -> assertThat(
                                DocumentReader.read(page.toString(), block).flags())
                        .isNotEmpty());
    }

    /** If a page moves, or blocks are written in another way, there must still be something to check. */
    @ParameterizedTest
    @MethodSource("pages")
    void each_fenced_block_of_java_or_yaml_is_found(Path page) {
        long fences = Pattern.compile("^\\s*```\\s*(java|yaml)", Pattern.MULTILINE | Pattern.CASE_INSENSITIVE)
                .matcher(read(page))
                .results()
                .count();

        assertThat(blocks(page, "java").size() + blocks(page, "yaml").size()).isEqualTo(fences);
    }

    @Test
    void the_pages_for_users_have_snippets() {
        assertThat(List.of(README, GETTING_STARTED, DOCS.resolve("migrate-a-table.md")))
                .allSatisfy(page -> assertThat(blocks(page, "java")).hasSizeGreaterThanOrEqualTo(2));
    }

    @Test
    void the_flag_of_the_readme_is_on_for_the_user_of_the_readme() {
        try (Flags flags = Flags.from(new InMemoryFlagStore(document(README, 0)))) {
            EvaluationContext user = EvaluationContext.of("user-42");

            assertThat(flags.isOn("new-checkout", user.with("plan", "pro"))).isTrue();
            assertThat(flags.explain("new-checkout", user).toString()).contains("12.5 %");
        }
    }

    /** Operators look for these texts. What differs from case to case is written as three dots. */
    @Test
    void the_log_lines_and_blockers_of_the_runbook_are_in_the_code() {
        String code = Stream.of("flags-core", "flags-jdbc", "flags-http/client", "flags-http/server")
                .map(module -> Path.of("..", module, "src", "main", "java"))
                .flatMap(directory -> files(directory, ".java").stream())
                .map(file -> read(file).replaceAll("\"\\s*\\+\\s*\"", "")) // texts in several parts
                .collect(Collectors.joining("\n"));
        Path page = DOCS.resolve("operating.md");
        Stream<String> lines = blocks(page, "text").stream().flatMap(String::lines);
        Stream<String> cells = read(page)
                .lines()
                .filter(line -> line.startsWith("| `") && line.contains("…"))
                .flatMap(line -> Pattern.compile("`([^`]+)`")
                        .matcher(line.split("\\|")[1])
                        .results())
                .map(result -> result.group(1));

        assertThat(Stream.concat(lines, cells)
                        .flatMap(text -> Stream.of(text.split("…")))
                        .filter(part -> part.length() > 3))
                .hasSizeGreaterThan(40)
                .allSatisfy(part -> assertThat(code).contains(part));
    }

    @Test
    void getting_started_has_the_flags_that_its_code_asks_for() {
        assertThat(document(GETTING_STARTED, 0).flags().keySet()).isEqualTo(Set.of("new-checkout", "theme"));
        assertThat(document(GETTING_STARTED, 1).flags().keySet()).isEqualTo(Set.of("search-limit", "ranking"));
    }

    @Test
    void the_explanation_in_getting_started_is_what_is_explained() {
        EvaluationContext user = EvaluationContext.of("user-42").with("appVersion", "5.2.0");
        try (Flags flags = Flags.from(new InMemoryFlagStore(document(GETTING_STARTED, 1)))) {
            assertThat(blocks(GETTING_STARTED, "text"))
                    .containsExactly(flags.explain("ranking", user).toString() + "\n");
        }
    }
}

package dev.turnout.examples.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages that are made of the sources, so they are true. Run with {@code -Dreference.write} to write them again. */
class ReferenceTest {
    private static final Path REFERENCE = Path.of("..", "docs", "reference");
    private static final SourceTrees SOURCES = SourceTrees.of(
            Stream.of("flags-core", "flags-jdbc", "flags-http/client", "flags-http/server", "flags-core/testkit")
                    .map(module -> Path.of("..", module, "src", "main", "java"))
                    .toList());
    private static final List<String> CODE = code();
    private static final String MADE = "<!-- Made of the sources by ReferenceTest: edit those. -->\n\n";

    @Test
    void each_step_of_each_builder_is_in_the_page_of_settings() throws IOException {
        String builders = SOURCES.builders().stream()
                .sorted(Comparator.comparing(SourceTrees.Builder::name))
                .map(ReferenceTest::section)
                .collect(Collectors.joining("\n"));

        isPage(
                "configuration.md",
                "# Configuration\n\n" + MADE
                        + "Every step of every builder, with its default, its unit and its range. All other settings are arguments of the\n"
                        + "methods that need them. A step that is not called leaves the default.\n\n" + builders);
    }

    private static String section(SourceTrees.Builder builder) {
        assertThat(builder.steps())
                .as(builder.name())
                .isNotEmpty()
                .allSatisfy(step -> assertThat(step.javadoc()).as(step.call()).isNotBlank());
        return "## " + builder.name() + "\n\n| step | what |\n|---|---|\n"
                + builder.steps().stream()
                        .map(step -> "| `" + step.call() + "` | " + step.javadoc() + " |\n")
                        .collect(Collectors.joining());
    }

    @Test
    void each_line_that_is_logged_is_in_the_page_of_log_messages() throws IOException {
        Map<String, List<SourceTrees.LogLine>> byLevel =
                SOURCES.logLines().stream().collect(Collectors.groupingBy(SourceTrees.LogLine::level));
        assertThat(byLevel).containsKeys("error", "warn", "info");
        assertThat(byLevel.get("warn")).hasSizeGreaterThan(30);

        isPage(
                "log-messages.md",
                "# Log messages\n\n" + MADE
                        + "Every line that Turnout logs at `ERROR`, `WARN` or `INFO`. What differs from case to case is written as `…`. What\n"
                        + "to do is in the [runbook](../operating.md).\n\n"
                        + Stream.of("error", "warn", "info")
                                .map(level -> table(level, byLevel.get(level)))
                                .collect(Collectors.joining("\n")));
    }

    private static String table(String level, List<SourceTrees.LogLine> lines) {
        return "## " + level.toUpperCase(Locale.ROOT) + "\n\n| message | logger |\n|---|---|\n"
                + lines.stream()
                        .map(line -> "| " + line.text().replace("|", "\\|") + " | `" + line.logger() + "` |\n")
                        .distinct()
                        .sorted()
                        .collect(Collectors.joining());
    }

    private static final Pattern NAME_OF_CODE =
            Pattern.compile("`([A-Z][a-z]\\w*)(?:\\.([a-z]\\w*))?(?:\\([^`]*\\))?`");
    // Of the JDK, and of what is used beside it; and words in code that are no class.
    private static final Set<String> OTHERS = Set.of(
            "BigDecimal DataSource Double Float IllegalStateException List LocalDateTime Optional RandomGenerator SecureRandom ThreadLocalRandom Throwable"
                    .split(" "));
    private static final Set<String> OF_OTHERS = Set.of(
            "DateStyle IntervalStyle QoSHandler Seconds TimeZone TransactionAwareDataSourceProxy TransactionManager TransactionSynchronizationManager"
                    .split(" "));

    /** A class that was renamed is renamed in the pages too, and so is a method. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "architecture.md",
                "concepts.md",
                "databases.md",
                "hazards.md",
                "limitations.md",
                "migrate-a-table.md",
                "migrate-something-else.md",
                "operating.md",
                "protocol.md",
                "tables.md",
                "transactions.md",
                "verification.md",
                "../CONTRIBUTING.md"
            })
    void names_of_code_in_a_page_are_those_of_the_code(String page) throws IOException {
        List<String> unknown = NAME_OF_CODE
                .matcher(Files.readString(Path.of("..", "docs").resolve(page)))
                .results()
                .filter(name -> !OTHERS.contains(name.group(1)) && !OF_OTHERS.contains(name.group(1)))
                .filter(name -> !isInCode(name.group(1), name.group(2)))
                .map(MatchResult::group)
                .toList();

        assertThat(unknown).isEmpty();
    }

    private static boolean isInCode(String type, @Nullable String member) {
        Pattern declared = Pattern.compile("\\b(class|record|enum|interface) " + type + "\\b");
        Pattern used = Pattern.compile("\\b" + member + "\\b");
        return CODE.stream()
                .filter(code -> declared.matcher(code).find())
                .anyMatch(code -> member == null || used.matcher(code).find());
    }

    /** All sources, tests too, as pages name them. */
    private static List<String> code() {
        try (Stream<Path> files = Files.walk(Path.of(".."))) {
            List<String> code = new ArrayList<>();
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                code.add(Files.readString(file));
            }
            return code;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void isPage(String name, String text) throws IOException {
        Path page = REFERENCE.resolve(name);
        if (System.getProperty("reference.write") != null) {
            Files.writeString(page, text);
        }
        assertThat(Files.readString(page))
                .as("docs/reference/" + name + ", which -Dreference.write writes again")
                .isEqualTo(text);
    }
}

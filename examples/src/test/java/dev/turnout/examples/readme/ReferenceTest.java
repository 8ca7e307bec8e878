package dev.turnout.examples.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Pages that are made of the sources, so they are true. Run with {@code -Dreference.write} to write them again. */
class ReferenceTest {
    private static final Path REFERENCE = Path.of("..", "docs", "reference");
    private static final SourceTrees SOURCES = SourceTrees.of(
            Stream.of("flags-core", "flags-jdbc", "flags-http/client", "flags-http/server", "flags-core/testkit")
                    .map(module -> Path.of("..", module, "src", "main", "java"))
                    .toList());
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
        return "## " + level.toUpperCase(java.util.Locale.ROOT) + "\n\n| message | logger |\n|---|---|\n"
                + lines.stream()
                        .map(line -> "| " + line.text().replace("|", "\\|") + " | `" + line.logger() + "` |\n")
                        .distinct()
                        .sorted()
                        .collect(Collectors.joining());
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

package dev.turnout.examples.readme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.Flags;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ReadmeTest {
    private static final Path README = Path.of("..", "README.md");
    private static final Path EXAMPLES =
            Path.of("src", "main", "java", "dev", "turnout", "examples", "readme", "ReadmeExamples.java");

    private static final Path TEST =
            Path.of("src", "test", "java", "dev", "turnout", "examples", "readme", "ReadmeCheckoutTest.java");

    private static List<String> blocks(String language) throws IOException {
        return Pattern.compile("```" + language + "\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(README))
                .results()
                .map(MatchResult::group)
                .map(block -> block.substring(block.indexOf('\n') + 1, block.lastIndexOf("```")))
                .toList();
    }

    private static String withoutLayout(String code) {
        return code.lines().map(line -> line.replaceAll("\\s+", "")).collect(Collectors.joining());
    }

    @Test
    void the_java_of_the_readme_is_what_is_compiled() throws IOException {
        String compiled = withoutLayout(Files.readString(EXAMPLES) + Files.readString(TEST));

        assertThat(blocks("java"))
                .hasSizeGreaterThanOrEqualTo(4)
                .allSatisfy(block -> assertThat(compiled).contains(withoutLayout(block)));
    }

    @Test
    void the_documents_of_the_readme_are_valid() throws IOException {
        assertThat(blocks("yaml"))
                .map(block -> DocumentReader.read("README.md", block).flags().keySet())
                .containsExactly(Set.of("new-checkout", "theme"), Set.of("search-limit", "ranking"));
    }

    @Test
    void the_explanation_in_the_readme_is_what_is_explained() throws IOException {
        FlagDocument document = DocumentReader.read("README.md", blocks("yaml").get(1));
        EvaluationContext user = EvaluationContext.of("user-42").with("appVersion", "5.2.0");
        try (Flags flags = Flags.from(new InMemoryFlagStore(document))) {
            assertThat(blocks("text"))
                    .containsExactly(flags.explain("ranking", user).toString() + "\n");
        }
    }
}

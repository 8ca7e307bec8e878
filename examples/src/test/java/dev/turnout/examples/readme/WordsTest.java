package dev.turnout.examples.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The words of pages, Javadoc, comments, messages and console are those that operators know from other products. */
class WordsTest {
    private static final Path ROOT = Path.of("..");
    private static final Map<String, String> INSTEAD = Map.ofEntries(
            Map.entry("told|tells?|speaks? of", "reports, notifies, names, is configured with"),
            Map.entry("people|somebody|someone|nobody|whoever", "operator, user, caller, another node, no node"),
            Map.entry("counted out|counts? out", "evicted, evicts"),
            Map.entry("not heard of", "unreachable, has lost contact"),
            Map.entry("strangers?", "unaware nodes"),
            Map.entry("deaf", "lagging"),
            Map.entry("onlookers?", "idle controllers"),
            Map.entry("mend(s|ed|ing)?", "fix, repair"),
            Map.entry("parked|unparked", "quarantined"),
            Map.entry("what is left", "what remains"),
            Map.entry("cross(es|ed)?", "switch sides"),
            Map.entry("on its way", "moving, in flight"),
            Map.entry("held up|holds up", "blocked, blocks"),
            Map.entry("go(es)? on|going on|went on|gone on", "continues, resumes"),
            Map.entry("begins nothing", "rejects operations"),
            Map.entry("the way back", "rollback"),
            Map.entry("by hand", "manually"),
            Map.entry("anew", "again, rebuilt"),
            Map.entry("does no harm", "is safe"),
            Map.entry("costs nothing", "is free"),
            Map.entry("it burns", "an incident"),
            Map.entry("\\w+n['’]t", "cannot, does not, is not"));
    private static final Pattern WORDS = Pattern.compile("(?i)\\b(" + String.join("|", INSTEAD.keySet()) + ")\\b");
    private static final Pattern READ_IN_CODE = Pattern.compile("//[^\\n]*|(?s:/\\*.*?\\*/)|(?s:\"\"\".*?\"\"\")"
            + "|\"[^\"\\\\\\n]*+(?:\\\\.[^\"\\\\\\n]*+)*+\"" + "|'[^'\\\\\\n]*+(?:\\\\.[^'\\\\\\n]*+)*+'");
    // Names in code, of HTTP and of SQL, and of tests.
    private static final Pattern NAMES = Pattern.compile(
            "\\{@(?:code|link|linkplain)\\s[^}]*}|@param \\w+|\"told\"|Cross-Origin|CROSS JOIN|, (silence begins anew|the journal is told|a write is not told) ");
    private static final Pattern CODE_IN_PAGE = Pattern.compile("(?s)```.*?```|`[^`\\n]*`");

    private static List<Path> files() {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> Files.isRegularFile(file) && isRead(ROOT.relativize(file)))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isRead(Path file) {
        String path = file.toString().replace('\\', '/');
        return !path.contains("target/")
                && !path.contains("/vendor/")
                && (path.matches("(docs/.*|[A-Z]+)\\.md") || path.matches(".*/src/main/.*\\.(java|js|html)"));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Words of the list, each with its line and what to write instead. */
    private static List<String> found(String name, String text) {
        String written = name.endsWith(".md") || name.endsWith(".html") ? blanked(text, CODE_IN_PAGE) : onlyRead(text);
        String read = blanked(written, NAMES);
        return WORDS.matcher(read)
                .results()
                .map(word ->
                        name + ":" + (read.substring(0, word.start()).lines().count()) + ": '" + word.group()
                                + "', write: " + instead(word.group()))
                .toList();
    }

    private static String instead(String word) {
        return INSTEAD.entrySet().stream()
                .filter(entry -> word.matches("(?i)" + entry.getKey()))
                .map(Map.Entry::getValue)
                .collect(Collectors.joining(" or "));
    }

    private static String blanked(String text, Pattern what) {
        return what.matcher(text).replaceAll(match -> match.group().replaceAll("[^\\n]", " "));
    }

    private static String onlyRead(String code) {
        StringBuilder read = new StringBuilder();
        int end = 0;
        for (var match : READ_IN_CODE.matcher(code).results().toList()) {
            read.append(code.substring(end, match.start()).replaceAll("[^\\n]", " "))
                    .append(match.group());
            end = match.end();
        }
        return read.append(code.substring(end).replaceAll("[^\\n]", " ")).toString();
    }

    @Test
    void none_of_the_words_that_readers_stumble_over_is_used() {
        List<Path> files = files();
        assertThat(files).hasSizeGreaterThan(400);

        assertThat(files.stream().flatMap(file -> found(ROOT.relativize(file).toString(), read(file)).stream()))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "A.java, // It can't., 1",
        "A.java, int told = 1;, 0",
        "A.java, throw new E(\"Nobody\"); /* told */, 2",
        "A.md, `told` and told, 1",
        "a.js, let x = 'mended', 1"
    })
    void words_are_looked_for_in_what_is_read_and_not_in_code(String name, String text, int words) {
        assertThat(found(name, text)).hasSize(words);
    }
}

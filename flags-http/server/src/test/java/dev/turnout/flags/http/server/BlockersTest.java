package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.turnout.flags.blockers.EveryBlocker;
import dev.turnout.flags.stage.Blocker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the server, its console and the pages for operators say of blockers. */
class BlockersTest {
    private static final Path ROOT = Path.of("../..");

    static List<Blocker> kinds() {
        return EveryBlocker.all();
    }

    private static String console() throws IOException {
        return Files.readString(Path.of("src/main/resources/dev/turnout/flags/http/server/console/blockers.js"));
    }

    private static String operating() throws IOException {
        return Files.readString(ROOT.resolve("docs/operating.md"));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void each_kind_is_in_the_console_and_on_the_page_for_operators(Blocker blocker) throws IOException {
        assertThat(console()).contains("\n  \"" + blocker.code() + "\": [");
        assertThat(operating()).contains("`" + blocker.code() + "`");
    }

    /** As the console refers to them in words alone, no link would be seen to be broken. */
    @Test
    void the_pages_and_sections_that_the_console_names_exist() throws IOException {
        String script = console();
        List<MatchResult> named = Pattern.compile("\\$\\{(OPERATING|TABLE)}#([\\w-]+)")
                .matcher(script)
                .results()
                .toList();
        assertThat(named).hasSizeGreaterThan(30);
        for (MatchResult one : named) {
            String page = Pattern.compile("const " + one.group(1) + " = \"([^\"]+)\"")
                    .matcher(script)
                    .results()
                    .findFirst()
                    .orElseThrow()
                    .group(1);
            assertThat(anchors(ROOT.resolve(page))).as(page).contains(one.group(2));
        }
    }

    /** As GitHub makes them. */
    private static Set<String> anchors(Path page) throws IOException {
        Set<String> anchors = new HashSet<>();
        Files.readString(page)
                .lines()
                .filter(line -> line.startsWith("#"))
                .map(line -> line.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT))
                .forEach(title -> anchors.add(title.replaceAll("[^\\w -]", "").replace(' ', '-')));
        return anchors;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void as_json_it_has_its_code_its_message_and_its_facts(Blocker blocker) {
        JsonNode json = Views.blockers(List.of(blocker)).get(0);

        assertThat(json.path("code").asText()).isEqualTo(blocker.code());
        assertThat(json.path("message").asText()).isEqualTo(blocker.message());
        assertThat(json).hasSize(2 + blocker.getClass().getRecordComponents().length);
    }

    @Test
    void facts_are_plain_json() {
        JsonNode all = Views.blockers(EveryBlocker.all());

        assertThat(fact(all, "nodes-behind", "nodes").toString())
                .isEqualTo("[{\"node\":\"a\",\"acknowledged\":4},{\"node\":\"b\",\"acknowledged\":0}]");
        assertThat(fact(all, "nodes-unaware", "nodes").toString()).isEqualTo("[\"a\",\"b\"]");
        assertThat(fact(all, "position-lost", "stored").toString())
                .isEqualTo("{\"incarnation\":\"\",\"version\":0,\"checksum\":\"\"}");
        assertThat(fact(all, "node-overridden", "stage").asText()).isEqualTo("SYNC");
        assertThat(fact(all, "node-overridden", "lostContact").isBoolean()).isTrue();
        assertThat(fact(all, "crossing-timed-out", "pauseSeconds").asDouble()).isEqualTo(10);
        assertThat(fact(all, "illegal-edit", "rule").asText()).isEqualTo("NEXT_VERSION");
        assertThat(fact(all, "still-moving", "goal").path("stage").asText()).isEqualTo("LIVE");
    }

    private static JsonNode fact(JsonNode all, String code, String name) {
        for (JsonNode one : all) {
            if (one.path("code").asText().equals(code)) {
                return one.path(name);
            }
        }
        throw new AssertionError(code);
    }
}

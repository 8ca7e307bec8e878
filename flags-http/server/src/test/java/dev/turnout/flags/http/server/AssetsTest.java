package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.http.server.RunningServer.Answer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AssetsTest {
    private static final Pattern REFERENCE = Pattern.compile("(?:src=|href=|\\bfrom ?|\\bimport )\"([^\"#]+)\"");
    private static RunningServer server;

    @BeforeAll
    static void start() {
        server = RunningServer.withDocument();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({
        "/, text/html",
        "/favicon.svg, image/svg+xml",
        "/console/app.js, text/javascript",
        "/console/console.css, text/css",
        "/vendor/preact.js, text/javascript",
        "/vendor/hooks.js, text/javascript",
        "/vendor/htm.js, text/javascript",
        "/vendor/uplot.js, text/javascript",
        "/vendor/uplot.css, text/css",
        "/vendor/pico.css, text/css",
    })
    void the_console_s_files_have_their_types(String path, String type) {
        Answer answer = server.get(path);

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).startsWith(type);
        assertThat(answer.text()).isNotBlank();
        assertThat(server.get(path, "If-None-Match", answer.etag()).status()).isEqualTo(304);
    }

    @Test
    void everything_that_the_page_refers_to_is_served_from_here() {
        Set<String> seen = new HashSet<>(Set.of("/"));
        Deque<String> open = new ArrayDeque<>(seen);
        while (!open.isEmpty()) {
            String path = open.removeFirst();
            Answer answer = server.get(path);
            assertThat(answer.status()).as(path).isEqualTo(200);
            Matcher references = REFERENCE.matcher(path.equals("/vendor/uplot.js") ? "" : answer.text());
            while (references.find()) {
                String to = server.uri(path).resolve(references.group(1)).getPath();
                assertThat(references.group(1))
                        .as("in " + path)
                        .doesNotContain("//")
                        .matches("[./].*");
                if (seen.add(to)) {
                    open.add(to);
                }
            }
        }
        assertThat(seen).contains("/console/app.js", "/vendor/preact.js", "/vendor/hooks.js", "/vendor/uplot.js");
    }

    @Test
    void the_page_has_no_inline_script_or_style() {
        assertThat(server.get("/").text())
                .doesNotContainPattern("<script(?![^>]*\\bsrc=)")
                .doesNotContain("<style", " style=", " onclick=", "javascript:");
    }
}

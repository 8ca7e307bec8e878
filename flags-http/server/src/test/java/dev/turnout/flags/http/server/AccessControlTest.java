package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.Flags;
import dev.turnout.flags.http.server.RunningServer.Answer;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessControlTest {
    private static final String READ = "a-secret-for-reading";
    private static final String OPERATE = "a-secret-for-operating";
    private static final String EDIT = "a-secret-for-editing";
    private static final String FLAG = "{'reason': 'x', 'value': {'type': 'boolean', 'default': 'on'}}";
    private static final String GOAL = "{'reason': 'x', 'stage': 'SHADOW', 'sharePpm': 0}";

    private static RunningServer withTokens() {
        return RunningServer.with(
                RunningServer.documentStore(),
                settings -> settings.token("rita", READ, Role.READ)
                        .token("otto", OPERATE, Role.OPERATE)
                        .tokens(Token.of("eve", EDIT, Role.EDIT)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "192.0.2.1"})
    void without_tokens_a_server_does_not_listen_beyond_this_machine(String host) {
        try (Flags flags = Flags.from(new InMemoryFlagStore())) {
            FlagServer.Builder builder = FlagServer.builder(flags).host(host);

            assertThatThrownBy(builder::build)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Add tokens, as in .token(");
        }
    }

    @Test
    void with_tokens_a_server_may_listen_beyond_this_machine() {
        try (RunningServer server = RunningServer.with(
                RunningServer.documentStore(),
                settings -> settings.host("0.0.0.0").token("eve", EDIT, Role.EDIT))) {
            assertThat(server.get("/api/v1/flags").status()).isEqualTo(401);
            assertThat(server.get("/api/v1/flags", "Authorization", "Bearer " + EDIT)
                            .status())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /api/v1/snapshot, READ",
        "GET, /api/v1/history, READ",
        "GET, /api/v1/flags, READ",
        "GET, /api/v1/flags/checkout, READ",
        "GET, /api/v1/flags/checkout/explain, READ",
        "POST, /api/v1/flags/checkout/explain, READ",
        "GET, /api/v1/cohorts, READ",
        "GET, /api/v1/cohorts/beta, READ",
        "GET, /api/v1/migrations, READ",
        "GET, /api/v1/migrations/places-v2, READ",
        "PUT, /api/v1/flags/checkout, EDIT",
        "PATCH, /api/v1/flags/checkout, EDIT",
        "DELETE, /api/v1/flags/theme, EDIT",
        "PUT, /api/v1/cohorts/beta, EDIT",
        "DELETE, /api/v1/cohorts/beta, EDIT",
        "POST, /api/v1/changes, EDIT",
        "PUT, /api/v1/migrations/places-v2/goal, EDIT",
        "POST, /api/v1/migrations/places-v2/move, EDIT",
        "POST, /api/v1/migrations/places-v2/rollback, OPERATE",
    })
    void each_route_asks_for_its_role(String method, String path, Role needed) {
        try (RunningServer server = withTokens()) {
            assertThat(status(server, method, path, "none")).isEqualTo(401);
            assertThat(status(server, method, path, "Bearer wrong-secret-of-some-length"))
                    .isEqualTo(401);
            assertThat(status(server, method, path, "Basic " + EDIT)).isEqualTo(401);
            assertAllowed(status(server, method, path, "Bearer " + READ), needed == Role.READ);
            assertAllowed(status(server, method, path, "Bearer " + OPERATE), needed != Role.EDIT);
            assertAllowed(status(server, method, path, "Bearer " + EDIT), true);
        }
    }

    private static int status(RunningServer server, String method, String path, String authorisation) {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.uri(path))
                .header("Content-Type", "application/json")
                .header("Authorization", authorisation)
                .method(
                        method,
                        method.equals("GET")
                                ? BodyPublishers.noBody()
                                : BodyPublishers.ofString("{\"reason\": \"x\"}"));
        return server.send(request).status();
    }

    private static void assertAllowed(int status, boolean allowed) {
        if (allowed) {
            assertThat(status).isNotIn(401, 403);
        } else {
            assertThat(status).isEqualTo(403);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/health/live", "/health/ready", "/favicon.svg", "/console/app.js"})
    void the_console_and_the_health_need_no_token(String path) {
        try (RunningServer server = withTokens()) {
            assertThat(server.get(path).status()).isEqualTo(200);
        }
    }

    @Test
    void a_change_bears_the_name_of_the_token_and_whom_it_says_it_acts_for() {
        try (RunningServer server = withTokens()) {
            String[] headers = {"If-Match", server.firstEtag(), "Authorization", "Bearer " + EDIT};
            Answer own = server.put("/api/v1/flags/checkout", FLAG, headers);
            headers[1] = own.etag();
            Answer claimed =
                    server.put("/api/v1/flags/checkout", FLAG.replace("{'reason'", "{'by': 'boss', 'reason'"), headers);

            assertThat(own.json().at("/lastChange/by").asText()).isEqualTo("eve");
            assertThat(claimed.json().at("/lastChange/by").asText()).isEqualTo("boss (token eve)");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, 200",
        "LOCALHOST, 200",
        "127.0.0.1, 200",
        "[::1], 200",
        "evil.example, 403",
        "localhost.evil.example, 403",
        "127.0.0.1.evil.example, 403",
        "'', 400",
    })
    void without_tokens_the_host_must_be_this_machine(String host, int status) throws IOException {
        try (RunningServer server = RunningServer.withDocument()) {
            String port = host.isEmpty() ? "" : ":" + server.server.port();

            assertThat(server.raw("GET /api/v1/flags HTTP/1.1", "Host: " + host + port))
                    .contains(" " + status + " ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, -, 412",
                "-, same-origin, 412",
                "-, none, 412",
                "-, same-site, 403",
                "-, cross-site, 403",
                "http://SELF, -, 412",
                "http://SELF, same-origin, 412",
                "https://evil.example, -, 403",
                "http://localhost:1, -, 403",
                "null, -, 403",
                "http://SELF, cross-site, 403",
            })
    void only_the_console_s_own_pages_can_change_anything(String origin, String site, int status) {
        try (RunningServer server = RunningServer.withDocument()) {
            HttpRequest.Builder request = HttpRequest.newBuilder(server.uri("/api/v1/flags/checkout"))
                    .header("Content-Type", "application/json")
                    .header("If-Match", "\"99-1c2f\"")
                    .PUT(BodyPublishers.ofString(FLAG.replace('\'', '"')));
            if (origin != null) {
                request.header("Origin", origin.replace("SELF", "127.0.0.1:" + server.server.port()));
            }
            if (site != null) {
                request.header("Sec-Fetch-Site", site);
            }

            assertThat(server.send(request).status()).isEqualTo(status);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp"})
    void a_form_can_not_change_anything(String type) {
        try (RunningServer server = RunningServer.withDocument()) {
            Answer answer = server.post("/api/v1/migrations/places-v2/rollback", GOAL, "Content-Type", type);

            assertThat(answer.status()).isEqualTo(415);
            assertThat(answer.type()).isEqualTo("/problems/not-json");
        }
    }

    @Test
    void json_may_say_its_charset() {
        try (RunningServer server = RunningServer.withDocument()) {
            assertThat(server.put(
                                    "/api/v1/flags/checkout",
                                    FLAG,
                                    "If-Match",
                                    server.firstEtag(),
                                    "Content-Type",
                                    "application/json; charset=utf-8")
                            .status())
                    .isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api/v1/../v1/flags",
                "/health/../api/v1/flags",
                "/health/%2e%2e/api/v1/flags",
                "/health/%2E%2E/api/v1/flags",
                "/health/..;/api/v1/flags",
                "/api/v1/flags;a=b",
                "/api//v1/flags",
                "//api/v1/flags",
                "/api/v1/./flags",
                "/api\\v1\\flags",
                "/api/v1/flags%2fcheckout",
                "/api/v1/flags/checkout%00",
                "/%61pi/v1/flags",
                "/console/..%5c..%5capp.js",
            })
    void a_path_that_plays_tricks_is_refused(String path) throws IOException {
        try (RunningServer server = withTokens()) {
            String host = "Host: localhost:" + server.server.port();
            String authorisation = "Authorization: Bearer " + EDIT;

            assertThat(server.raw("GET " + path + " HTTP/1.1", host, authorisation))
                    .contains(" 400 ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/v1/nothing", "/API/v1/flags", "/api/v1", "/console", "/.git/config", "/vendor/x.js"})
    void an_unknown_path_is_not_found(String path) {
        try (RunningServer server = RunningServer.withDocument()) {
            Answer answer = server.get(path);

            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        }
    }

    @Test
    void a_known_path_with_another_method_says_so() {
        try (RunningServer server = RunningServer.withDocument()) {
            assertThat(server.post("/api/v1/flags", "{}").status()).isEqualTo(405);
        }
    }

    @Test
    void a_body_has_a_largest_size() {
        try (RunningServer server = RunningServer.withDocument()) {
            String padding = " ".repeat(Requests.LARGEST_BODY - FLAG.length());
            String fits = FLAG + padding;

            assertThat(server.put("/api/v1/flags/checkout", fits, "If-Match", server.firstEtag())
                            .status())
                    .isEqualTo(200);
            Answer tooLarge = server.put(
                    "/api/v1/flags/checkout",
                    fits + " ",
                    "If-Match",
                    server.get("/api/v1/flags/checkout").etag());
            assertThat(tooLarge.status()).isEqualTo(413);
            assertThat(tooLarge.type()).isEqualTo("/problems/too-large");
        }
    }

    @Test
    void a_body_is_not_nested_deeply() {
        try (RunningServer server = RunningServer.withDocument()) {
            String deep = "{'reason': 'x', 'value': " + "[".repeat(10_000) + "]".repeat(10_000) + "}";

            Answer answer = server.put("/api/v1/flags/checkout", deep, "If-Match", server.firstEtag());

            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.type()).isEqualTo("/problems/invalid-document");
        }
    }

    @Test
    void every_answer_bears_the_security_headers() {
        try (RunningServer server = RunningServer.withDocument()) {
            for (String path : new String[] {"/", "/api/v1/flags", "/nothing"}) {
                Answer answer = server.get(path);

                assertThat(answer.header("Content-Security-Policy"))
                        .isEqualTo("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
                                + " img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'");
                assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
                assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
                assertThat(answer.header("Server")).isEmpty();
            }
        }
    }
}

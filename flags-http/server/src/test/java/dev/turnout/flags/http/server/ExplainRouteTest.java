package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.turnout.flags.http.server.RunningServer.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExplainRouteTest {
    private static final String EVERYTHING = "/api/v1/flags/everything/explain";

    private RunningServer server;

    @BeforeEach
    void start() {
        server = RunningServer.with(EveryFeature.store(), settings -> settings);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void an_answer_comes_with_its_reason_and_its_steps() {
        Answer answer = server.post(
                EVERYTHING,
                "{'targetingKey': 'user-1', 'attributes': {'account': 'a-7', 'plan': 'pro', 'age': 33, 'staff': true, 'groups': ['x', 'y']}}");

        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        JsonNode json = answer.json();
        assertThat(json.path("name").asText()).isEqualTo("everything");
        assertThat(json.path("variant").asText()).isIn("small", "large");
        assertThat(json.at("/value/limit").isNumber()).isTrue();
        assertThat(json.path("reason").asText()).isEqualTo("SPLIT");
        assertThat(json.path("rule").asInt()).isEqualTo(1);
        assertThat(json.path("revision").asLong()).isEqualTo(1);
        assertThat(json.at("/steps/0/part").asText()).isEqualTo("schedule");
        assertThat(json.at("/steps/1/part").asText()).isEqualTo("prerequisite gate");
        assertThat(json.at("/steps/1/passed").asBoolean()).isTrue();
        JsonNode last = json.path("steps").path(json.path("steps").size() - 1);
        assertThat(last.path("part").asText()).isEqualTo("rule 1");
        assertThat(last.path("why").asText()).contains("100 % take part");
    }

    @Test
    void who_is_nobody_gets_the_default_and_hears_of_the_missing_key() {
        JsonNode json =
                server.post(EVERYTHING, "{'attributes': {'plan': 'pro'}}").json();

        assertThat(json.path("variant").asText()).isEqualTo("small");
        assertThat(json.path("rule").isNull()).isTrue();
        assertThat(json.path("error").asText()).isEqualTo("TARGETING_KEY_MISSING");
    }

    @Test
    void a_flag_that_is_turned_off_has_no_value() {
        JsonNode json = server.post("/api/v1/flags/turned-off/explain", "{}").json();

        assertThat(json.path("value").isNull()).isTrue();
        assertThat(json.path("variant").isNull()).isTrue();
        assertThat(json.path("reason").asText()).isEqualTo("DISABLED");
    }

    @Test
    void a_targeting_key_alone_may_stand_in_the_address() {
        Answer answer = server.get("/api/v1/flags/big/explain?targetingKey=ana");

        assertThat(answer.text()).contains("\"value\":9007199254740993,", "\"variant\":\"2\"");
        assertThat(server.get("/api/v1/flags/big/explain")
                        .json()
                        .path("variant")
                        .asText())
                .isEqualTo("1");
        assertThat(server.get("/api/v1/flags/big/explain?key=ana").type()).isEqualTo("/problems/bad-request");
    }

    @Test
    void a_flag_that_is_not_there_is_not_found() {
        assertThat(server.post("/api/v1/flags/gone/explain", "{}").type()).isEqualTo("/problems/not-found");
        assertThat(server.get("/api/v1/flags/-x/explain").type()).isEqualTo("/problems/bad-request");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | | an object was expected",
                "{'targetingKey': 7} | /targetingKey | text was expected",
                "{'targetingKey': null} | /targetingKey | text was expected",
                "{'attributes': []} | /attributes | an object was expected",
                "{'attributes': {'a': null}} | /attributes/a | text, true, false, a number or a list of texts",
                "{'attributes': {'a': {}}} | /attributes/a | text, true, false, a number or a list of texts",
                "{'attributes': {'a/b~': [1]}} | /attributes/a~1b~0/0 | text was expected",
                "{'attributes': {'a': 1e999}} | /attributes/a | too large",
                "{'attributes': {'a': 1, 'a': 2}} | /attributes/a | Duplicate",
                "{'attribute': {}} | /attribute | known are [targetingKey, attributes]",
            })
    void a_context_that_is_not_valid_is_refused_with_a_pointer(String body, String pointer, String detail) {
        Answer answer = server.post(EVERYTHING, body);

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.type()).isEqualTo("/problems/invalid-document");
        assertThat(answer.pointer()).isEqualTo(pointer == null ? "" : pointer);
        assertThat(answer.detail()).contains(detail);
    }
}

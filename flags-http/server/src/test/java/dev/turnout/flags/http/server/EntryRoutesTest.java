package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.document.DocumentWriter;
import dev.turnout.flags.document.Entry;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.http.server.RunningServer.Answer;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.store.Snapshot;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EntryRoutesTest {
    private static final String ALL_ON =
            "{'reason': 'everyone', 'by': 'ana', 'value': {'type': 'boolean', 'default': 'on'}}";

    private RunningServer server;

    @BeforeEach
    void start() {
        server = RunningServer.withDocument();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void flags_are_listed_with_who_changed_them_last() {
        Answer answer = server.get("/api/v1/flags");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.json().at("/flags/0/name").asText()).isEqualTo("checkout");
        assertThat(answer.json().at("/flags/0/value/rules/1/share").asInt()).isEqualTo(250_000);
        assertThat(answer.json().at("/flags/0/lastChange/by").asText()).isEqualTo("program");
        assertThat(answer.json().at("/editable").asBoolean()).isTrue();
    }

    @Test
    void one_flag_comes_with_its_revision_as_etag() {
        Answer answer = server.get("/api/v1/flags/theme");

        assertThat(answer.etag()).isEqualTo(server.firstEtag());
        assertThat(answer.json().at("/value/variants/dark").asText()).isEqualTo("black");
    }

    @Test
    void cohorts_are_read_like_flags() {
        assertThat(server.get("/api/v1/cohorts").json().at("/cohorts").size()).isEqualTo(2);
        assertThat(server.get("/api/v1/cohorts/beta")
                        .json()
                        .at("/value/members/1")
                        .asText())
                .isEqualTo("bo");
    }

    @Test
    void an_edit_is_used_at_once_and_remembered_with_its_reason() {
        Answer answer = server.put("/api/v1/flags/checkout", ALL_ON, "If-Match", server.firstEtag());

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.etag())
                .isEqualTo("\"" + server.store.read().idOf(EntryKey.flag("checkout")) + "\"")
                .startsWith("\"2-");
        assertThat(server.flags.isOn("checkout", EvaluationContext.of("anybody")))
                .isTrue();
        Answer history = server.get("/api/v1/history?limit=1");
        assertThat(history.json().at("/changes/0/by").asText()).isEqualTo("ana");
        assertThat(history.json().at("/changes/0/reason").asText()).isEqualTo("everyone");
        assertThat(history.json().at("/changes/0/edits/0/before/default").asText())
                .isEqualTo("off");
        assertThat(history.json().at("/changes/0/edits/0/after/default").asText())
                .isEqualTo("on");
    }

    @Test
    void what_a_single_edit_does_not_touch_stays_as_it_is() {
        try (RunningServer every = RunningServer.with(EveryFeature.store(), settings -> settings)) {
            for (String name : every.flags.snapshot().document().flags().keySet()) {
                Flag before = every.flags.snapshot().document().flags().get(name);
                Answer answer = every.change(
                        "PATCH",
                        "/api/v1/flags/" + name,
                        "{'reason': 'x', 'edits': [{'pointer': '/enabled', 'value': " + !before.enabled() + "}]}",
                        "If-Match",
                        every.firstEtag());

                assertThat(answer.status()).as(answer.text()).isEqualTo(200);
                String after = DocumentWriter.entryToJson(every.flags
                        .snapshot()
                        .document()
                        .entry(EntryKey.flag(name))
                        .orElseThrow());
                assertThat(after.replace("\"enabled\":" + !before.enabled(), "\"enabled\":" + before.enabled()))
                        .isEqualTo(DocumentWriter.entryToJson(new Entry.OfFlag(before)));
                assertThat(answer.text()).contains(after);
            }
        }
    }

    @Test
    void a_single_edit_is_stale_like_any_other() {
        String edit = "{'reason': 'x', 'edits': [{'pointer': '/rules/1/share', 'value': 5}]}";

        assertThat(server.change("PATCH", "/api/v1/flags/checkout", edit, "If-Match", server.firstEtag())
                        .json()
                        .at("/value/rules/1/share")
                        .asInt())
                .isEqualTo(5);
        Answer stale = server.change("PATCH", "/api/v1/flags/checkout", edit, "If-Match", server.firstEtag());
        assertThat(stale.status()).isEqualTo(412);
        assertThat(stale.json().at("/current/revision").asLong()).isEqualTo(2);
        assertThat(server.change("PATCH", "/api/v1/flags/gone", edit, "If-Match", server.firstEtag())
                        .status())
                .isEqualTo(412);
        assertThat(server.change("PATCH", "/api/v1/flags/gone", edit, "If-None-Match", "*")
                        .status())
                .isEqualTo(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | /edits | at least one",
                "[{'pointer': '', 'value': {}}] | /edits/0/pointer | no value at ''",
                "[{'pointer': 'x', 'value': {}}] | /edits/0/pointer | a JSON pointer",
                "[{'pointer': '/rules/7/share', 'value': 1}] | /edits/0/pointer | no value at '/rules/7/share'",
                "[{'pointer': '/owner', 'value': 'x'}] | /edits/0/pointer | no value at '/owner'",
                "[{'pointer': '/enabled', 'value': true}, {'pointer': '/rules/1/share', 'value': 1000001}]"
                        + " | /edits/1/value | from 0 to 1000000",
                "[{'pointer': '/rules/1', 'value': {'variant': 'on', 'share': 'x'}}] | /edits/0/value/share | a whole number",
                "[{'pointer': '/default', 'value': 'blue'}] | /edits | blue",
                "[{'pointer': '/rules/0/cohorts/0', 'value': 'none'}] | /edits | cohort 'none' is not defined",
                "[{'pointer': '/enabled', 'value': true, 'x': 1}] | /edits/0/x | known are",
            })
    void a_single_edit_that_is_not_valid_is_refused_with_a_pointer(String edits, String pointer, String detail) {
        Answer answer = server.change(
                "PATCH",
                "/api/v1/flags/checkout",
                "{'reason': 'x', 'edits': " + edits + "}",
                "If-Match",
                server.firstEtag());

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.pointer()).isEqualTo(pointer);
        assertThat(answer.detail()).contains(detail);
        assertThat(server.get("/api/v1/flags/checkout").etag()).isEqualTo(server.firstEtag());
    }

    @Test
    void a_flag_is_created_where_there_is_none() {
        assertThat(server.put("/api/v1/flags/new", ALL_ON, "If-None-Match", "*").status())
                .isEqualTo(201);
        assertThat(server.put("/api/v1/flags/new", ALL_ON, "If-None-Match", "*").status())
                .isEqualTo(412);
    }

    @Test
    void a_flag_is_deleted_with_a_reason() {
        Answer answer = server.delete("/api/v1/flags/theme", "{'reason': 'unused'}", "If-Match", server.firstEtag());

        assertThat(answer.status()).isEqualTo(204);
        assertThat(server.get("/api/v1/flags/theme").status()).isEqualTo(404);
        assertThat(server.get("/api/v1/history").json().at("/changes/0/by").asText())
                .isEqualTo("console");
    }

    @Test
    void a_stale_edit_is_refused_and_told_who_was_faster_when_and_why() {
        server.put("/api/v1/flags/checkout", ALL_ON, "If-Match", server.firstEtag());

        Answer stale = server.put("/api/v1/flags/checkout", ALL_ON, "If-Match", server.firstEtag());

        assertThat(stale.status()).isEqualTo(412);
        assertThat(stale.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(stale.type()).isEqualTo("/problems/stale-revision");
        assertThat(stale.detail()).contains("ana changed it at revision 2 (everyone)");
        assertThat(stale.json().at("/current/lastChange/by").asText()).isEqualTo("ana");
        assertThat(stale.json().at("/current/lastChange/reason").asText()).isEqualTo("everyone");
        assertThat(stale.json().at("/current/lastChange/at").asText()).isNotEmpty();
        assertThat(stale.json().at("/current/revision").asLong()).isEqualTo(2);
        assertThat(stale.json().at("/current/value/default").asText()).isEqualTo("on");
    }

    /** Two stores that took turns behind one address, as after a failover that lost a commit. */
    @Test
    void an_edit_with_the_etag_of_another_history_is_refused_and_says_what_is_there_now() {
        String etag;
        try (RunningServer lost = RunningServer.withDocument()) {
            etag = lost.put("/api/v1/flags/checkout", ALL_ON, "If-Match", lost.firstEtag())
                    .etag();
        }
        server.put("/api/v1/flags/checkout", ALL_ON, "If-Match", server.firstEtag());
        Answer now = server.get("/api/v1/flags/checkout");

        for (String method : List.of("PUT", "PATCH", "DELETE")) {
            String body = method.equals("PUT")
                    ? ALL_ON
                    : method.equals("DELETE")
                            ? "{'reason': 'x'}"
                            : "{'reason': 'x', 'edits': [{'pointer': '/enabled', 'value': false}]}";
            Answer stale = server.change(method, "/api/v1/flags/checkout", body, "If-Match", etag);

            assertThat(stale.status()).as(stale.text()).isEqualTo(412);
            assertThat(stale.type()).isEqualTo("/problems/stale-revision");
            assertThat(stale.detail()).contains("revision 2", "it was set back, or is another one");
            assertThat("\"" + stale.json().path("expected").asText() + "\"").isEqualTo(etag);
            assertThat("\"" + stale.json().at("/current/id").asText() + "\"").isEqualTo(now.etag());
        }
        assertThat(server.get("/api/v1/flags/checkout").etag()).isEqualTo(now.etag());
    }

    @Test
    void an_edit_of_a_flag_that_has_gone_is_stale_and_has_no_current_value() {
        Answer stale = server.put("/api/v1/flags/gone", ALL_ON, "If-Match", server.firstEtag());

        assertThat(stale.status()).isEqualTo(412);
        assertThat(stale.json().path("current").isNull()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "-, -, 428, /problems/precondition-required",
                "7-1c2f, -, 400, /problems/bad-request",
                "*, -, 400, /problems/bad-request",
                "'\"01-1c2f\"', -, 400, /problems/bad-request",
                "'W/\"7-1c2f\"', -, 400, /problems/bad-request",
                "'\"r-1\"', -, 400, /problems/bad-request",
                "'\"7\"', -, 400, /problems/bad-request",
                "-, '\"7-1c2f\"', 428, /problems/precondition-required",
                "'\"0-\"', -, 412, /problems/stale-revision",
                "'\"99-1c2f\"', -, 412, /problems/stale-revision",
                "'\"1-\"', -, 412, /problems/stale-revision",
                "'\"1-1c2f\"', -, 412, /problems/stale-revision",
            })
    void an_edit_says_what_it_was_made_from(String ifMatch, String ifNoneMatch, int status, String type) {
        String[] headers = ifMatch != null
                ? new String[] {"If-Match", ifMatch}
                : ifNoneMatch != null ? new String[] {"If-None-Match", ifNoneMatch} : new String[0];

        Answer answer = server.put("/api/v1/flags/checkout", ALL_ON, headers);

        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.type()).isEqualTo(type);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'value': {'type': 'boolean', 'default': 'on'}} | /reason | 'reason' is missing",
                "{'reason': ' ', 'value': {}} | /reason | text of 1 to 1000 characters",
                "{'reason': 7, 'value': {}} | /reason | but was 7",
                "{'reason': 'x'} | /value | 'value' is missing",
                "{'reason': 'x', 'value': 7} | /value | ",
                "{'reason': 'x', 'value': {'type': 'boolean', 'default': 'on'}, 'resaon': 'y'} | /resaon | known are [by, reason, value]",
                "{'reason': 'x', 'value': {'type': 'boolean', 'default': 'on', 'defualt': 1}} | /value/defualt | ",
                "{'reason': 'x', 'value': {'type': 'boolean', 'default': 'blue'}} | /value | blue",
                "{'reason': 'x', 'value': {'type': 'number', 'default': 'on'}} | /value/type | ",
                "{'reason': 'x', 'value': {'type': 'boolean', 'default': 'off', 'rules': [{'share': 1000001, 'variant': 'on'}]}}"
                        + " | /value/rules/0/share | from 0 to 1000000",
                "{'reason': 'x', 'value': {'type': 'boolean', 'default': 'off', 'rules': [{'share': 1e999, 'variant': 'on'}]}}"
                        + " | /value/rules/0/share | ",
                "{'reason': 'x', 'value': {'type': 'boolean', 'default': 'off', 'rules': [{'share': '50', 'variant': 'on'}]}}"
                        + " | /value/rules/0/share | ",
                "{'reason': 'x', 'value': {'type': 'boolean', 'default': 'off', 'rules': [{'cohorts': ['none'], 'variant': 'on'}]}}"
                        + " | /value/rules/0/cohorts | cohort 'none' is not defined; the cohorts are [beta, places]",
                "{'reason': 'x', 'value': {}, 'reason': 'y'} | /reason | Duplicate",
                "{'reason': 'x', 'value': {'type': 'boolean', 'type': 'string'}} | /value/type | Duplicate",
                "{'reason': 'x', 'value': NaN} | /value | ",
                "{'reason': 'x'} {} | | ",
                "[] | | an object was expected",
                "'' | | ",
            })
    void a_body_that_is_not_valid_is_refused_with_a_pointer(String body, String pointer, String detail) {
        Answer answer = server.put("/api/v1/flags/checkout", body, "If-Match", server.firstEtag());

        assertThat(answer.status()).as(answer.text()).isEqualTo(400);
        assertThat(answer.type()).isEqualTo("/problems/invalid-document");
        assertThat(answer.pointer()).isEqualTo(pointer == null ? "" : pointer);
        assertThat(answer.detail()).contains(detail == null ? "" : detail);
        assertThat(server.get("/api/v1/flags/checkout").etag()).isEqualTo(server.firstEtag());
    }

    @Test
    void a_cohort_that_a_flag_refers_to_stays() {
        Answer answer = server.delete("/api/v1/cohorts/beta", "{'reason': 'x'}", "If-Match", server.firstEtag());

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.pointer()).isEqualTo("/flags/checkout/rules/0/cohorts");
    }

    @Test
    void a_name_is_of_a_closed_alphabet() {
        assertThat(server.get("/api/v1/flags/-x").status()).isEqualTo(400);
        assertThat(server.get("/api/v1/flags/unknown").type()).isEqualTo("/problems/not-found");
    }

    @Test
    void a_store_that_can_not_be_edited_shows_and_refuses() {
        try (RunningServer readOnly = RunningServer.with(new ReadOnly(), settings -> settings)) {
            assertThat(readOnly.get("/api/v1/flags/checkout")
                            .json()
                            .at("/editable")
                            .asBoolean())
                    .isFalse();
            assertThat(readOnly.put("/api/v1/flags/checkout", ALL_ON, "If-Match", readOnly.firstEtag())
                            .type())
                    .isEqualTo("/problems/read-only");
            assertThat(readOnly.get("/api/v1/history").json().at("/changes").size())
                    .isZero();
        }
    }

    private static final class ReadOnly implements FlagStore {
        private final InMemoryFlagStore store = RunningServer.documentStore();

        @Override
        public Snapshot read() {
            return store.read();
        }

        @Override
        public Subscription watch(Consumer<Snapshot> watcher) {
            return store.watch(watcher);
        }

        @Override
        public void close() {
            store.close();
        }
    }
}

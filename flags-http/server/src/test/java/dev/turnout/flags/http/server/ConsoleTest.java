package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.blockers.EveryBlocker;
import dev.turnout.flags.document.DocumentWriter;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.rule.Share;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The console as a person sees it; skipped where there is no browser. */
@Timeout(120)
class ConsoleTest extends InBrowser {
    @Test
    void every_page_is_shown_without_a_complaint() throws Exception {
        show(withController(), "");
        browser.await("one('.track svg')?.getAttribute('aria-label') === 'Keys: 100\u00a0% at SHADOW. Goal: SHADOW.'");

        browser.evaluate("location.hash = '#/migrations/places-v2'");
        browser.await("document.querySelectorAll('.chart canvas').length === 3");
        browser.await("one('.nodes tbody td').textContent === '" + server.flags.name() + "'");
        browser.evaluate("location.hash = '#/flags'");
        browser.await("document.querySelectorAll('.flags tbody tr').length === 2");
        browser.evaluate("type('[type=search]', 'THE')");
        browser.await("document.querySelectorAll('.flags tbody tr').length === 1");
        browser.evaluate("location.hash = '#/flags/checkout'");
        browser.await("document.querySelectorAll('.rules li').length === 3");
        browser.evaluate("location.hash = '#/history'");
        browser.await("one('h1').textContent === 'History'");

        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void a_share_is_saved_with_a_reason() throws Exception {
        show(RunningServer.withDocument(), "#/flags/checkout");
        browser.await("one('.change [type=submit]')");
        assertThat(browser.evaluate("one('.change [type=submit]').disabled").asBoolean())
                .isTrue();

        browser.evaluate("type('.share [type=number]', '30'); type('.reason input', 'more of them')");
        browser.await("one('.explained').textContent.includes('another 5\u00a0% of all subjects get on')");
        browser.evaluate("one('.change [type=submit]').click()");
        browser.await("one('.done')?.textContent === 'Saved.'");

        assertThat(server.store
                        .read()
                        .document()
                        .flags()
                        .get("checkout")
                        .rules()
                        .get(1)
                        .share()
                        .ppm())
                .isEqualTo(300_000);
        browser.await("one('.last-change').textContent.includes('more of them')");
    }

    @Test
    void a_stale_edit_loses_nothing_and_says_who_when_and_why() throws Exception {
        show(RunningServer.withDocument(), "#/migrations/places-v2");
        browser.await("one('.move')");
        browser.evaluate("type('.move select', 'LIVE'); type('.share [type=number]', '25');"
                + " type('.reason input', 'a quarter')");
        server.put(
                "/api/v1/migrations/places-v2/goal",
                "{'stage': 'OFF', 'sharePpm': 1000000, 'by': 'cy', 'reason': 'it hurts'}",
                "If-Match",
                server.firstEtag());
        browser.await("one('.title').textContent.includes('it hurts')");
        browser.evaluate("one('.move [type=submit]').click()");

        browser.await("one('.move .notice')?.textContent.includes('cy has changed this')");
        assertThat(browser.evaluate("one('.move .notice').textContent").asText())
                .contains("it hurts", "revision 2");
        assertThat(browser.evaluate("[one('.move select').value, one('.share [type=number]').value,"
                                + " one('.reason input').value].join()")
                        .asText())
                .isEqualTo("LIVE,25,a quarter");
        assertThat(goal()).isEqualTo(Goal.of(Stage.OFF));

        browser.evaluate("one('.move .notice .outline').click()");
        browser.await("one('.move .done')");
        assertThat(goal()).isEqualTo(Goal.of(Stage.LIVE, 250_000));
    }

    @Test
    void the_new_value_can_be_loaded_instead() throws Exception {
        show(RunningServer.withDocument(), "#/flags/checkout");
        browser.await("one('.change [type=submit]')");
        browser.evaluate("type('.share [type=number]', '30'); type('.reason input', 'x')");
        Flag theirs = server.store.read().document().flags().get("checkout");
        ((EditableFlagStore) server.store)
                .apply(Change.by("cy", "none")
                        .put(
                                theirs.withRules(theirs.rules().subList(0, 1)),
                                server.store.read().idOf(EntryKey.flag("checkout"))));
        browser.evaluate("one('.change [type=submit]').click()");
        browser.await("one('.notice .secondary')");

        browser.evaluate("one('.notice .secondary').click()");

        browser.await("!one('.notice') && one('.share [type=number]').value === '100'");
        assertThat(server.store.read().revisionOf(EntryKey.flag("checkout"))).isEqualTo(2);
    }

    @Test
    void rolling_back_takes_two_clicks() throws Exception {
        show(withController(), "#/migrations/places-v2");
        browser.await("one('.rollback p')?.textContent === 'All keys are at SHADOW already.'");
        assertThat(toLive.call().goal()).isEqualTo(Goal.of(Stage.LIVE));
        browser.await("one('.danger') && !one('.danger').disabled");

        browser.evaluate("one('.danger').click()");
        browser.await("one('.danger').textContent === 'Yes, bring all keys to SHADOW'");
        assertThat(goal()).isEqualTo(Goal.of(Stage.LIVE));

        browser.evaluate("one('.danger').click()");
        browser.await("one('.track svg').getAttribute('aria-label') === 'Keys: 100\u00a0% at SHADOW. Goal: SHADOW.'");
        browser.await("one('.rollback .done')?.textContent.startsWith('All nodes go to SHADOW.')");
        assertThat(goal()).isEqualTo(Goal.of(Stage.SHADOW));
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void a_blocked_migration_says_why_and_which_page_helps() throws Exception {
        show(withController(), "#/migrations/places-v2");
        browser.await("one('.move')");
        server.put(
                "/api/v1/migrations/places-v2/goal",
                "{'stage': 'LIVE', 'sharePpm': 1000000, 'by': 'ana', 'reason': 'too early'}",
                "If-Match",
                server.firstEtag());

        browser.await("one('.move .blockers li')?.dataset.code === 'sweep-missing'");
        browser.await("one('.title .tag').textContent === 'blocked on the way to LIVE'");
        assertThat(browser.evaluate("one('.move .blockers').innerText").asText())
                .contains("Run a backfill.", "docs/migrate-a-table.md#6-move-to-dual_write-and-sweep-all-keys");
        assertThat(browser.evaluate("one('.gates [data-code=sweep-missing]') !== null")
                        .asBoolean())
                .isTrue();
        browser.keep("blocked");

        browser.evaluate("type('.move .reason input', 'at once')");
        browser.evaluate("one('.move .buttons .outline').click()");
        browser.await("one('.move .notice.bad [data-code=sync-skipped]')");
        assertThat(browser.complaints()).noneMatch(complaint -> !complaint.contains("409"));
    }

    @Test
    void each_kind_of_blocker_has_words_of_its_own() throws Exception {
        show(RunningServer.withDocument(), "#/flags");
        String kinds = Json.write(Views.blockers(EveryBlocker.all()));

        String words = browser.evaluate(
                        "Promise.all([import('/console/blockers.js'), import('/vendor/preact.js')]).then(([{ Blockers }, { h, render }]) => {"
                                + " const place = document.createElement('div'); document.body.append(place);"
                                + " render(h(Blockers, { blockers: " + kinds + " }), place);"
                                + " return [...place.querySelectorAll('li')].map(one => one.innerText).join('\\n'); })")
                .asText();

        assertThat(words.lines().filter(line -> line.startsWith("Help: docs/"))).hasSameSizeAs(EveryBlocker.all());
        assertThat(words)
                .doesNotContain("undefined", "NaN", "null", "[object", "function")
                .contains(
                        "Every node has to acknowledge version 5. Lagging: a (at 4), b (at 0).",
                        "Nodes write keys differently: a, b as '7', c as 'a7'.",
                        "At least 10,000 keys to repair; a crossing begins when at most 1,000 wait.",
                        "It is still moving to LIVE.",
                        "Version 6 follows version 5, but it was 8.");
        assertThat(words.replace('\u00a0', ' ')).contains("They enter it again after 10 s.", "verified 60 min ago");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void rolling_back_says_what_people_have_to_do_while_the_flag_store_is_down() throws Exception {
        AtomicBoolean isDown = new AtomicBoolean();
        show(withController(RunningServer.interrupted(isDown)), "#/migrations/places-v2");
        assertThat(toLive.call().goal()).isEqualTo(Goal.of(Stage.LIVE));
        browser.await("one('.danger') && !one('.danger').disabled");
        isDown.set(true);

        browser.evaluate("one('.danger').click()");
        browser.await("one('.danger').textContent.startsWith('Yes')");
        browser.evaluate("one('.danger').click()");

        browser.await("one('.rollback .notice')?.textContent.includes('This node is overridden with SYNC.')");
        isDown.set(false);
    }

    @Test
    void a_token_is_asked_for_and_used() throws Exception {
        String secret = "a-secret-for-editing";
        show(
                RunningServer.with(RunningServer.documentStore(), settings -> settings.token("eve", secret, Role.EDIT)),
                "#/flags");
        browser.await("one('[type=password]')");

        browser.evaluate("type('[type=password]', 'not-that-secret-at-all')");
        browser.evaluate("one('[type=submit]').click()");
        browser.await("one('.notice')?.textContent.includes('not known here')");
        browser.evaluate("type('[type=password]', '" + secret + "')");
        browser.evaluate("one('[type=submit]').click()");

        browser.await("document.querySelectorAll('.flags tbody tr').length === 2 && one('.connection.up')");
    }

    @Test
    void what_people_wrote_is_text() throws Exception {
        show(RunningServer.withDocument(), "#/flags");
        String text = "<img src=x onerror=\"window.hit = 1\"> {{7*7}} </script>";
        Flag hostile = Flag.bool("hostile")
                .byDefault("on")
                .about(new Flag.About(text, text, Set.of(text), null))
                .build();
        ((EditableFlagStore) server.store)
                .apply(Change.by("<b>cy</b>", "<script>window.hit = 1</script>").put(hostile, Change.ABSENT));

        browser.await(
                "document.body.textContent.includes('<img src=x onerror') && document.body.textContent.includes('<b>cy</b>')");
        assertThat(browser.evaluate("window.hit === undefined && !one('main img') && !one('main script')")
                        .asBoolean())
                .isTrue();
    }

    private void showEveryFeature(String page) throws Exception {
        show(RunningServer.with(EveryFeature.store(), settings -> settings), page);
    }

    @Test
    void whatever_a_flag_has_is_told_in_words() throws Exception {
        showEveryFeature("#/flags");
        browser.await("document.querySelectorAll('.flags tbody tr').length === 5");
        String list = browser.evaluate("one('.flags').innerText").asText().replace('\u00a0', ' ');
        assertThat(list)
                .contains(
                        "→ 30 % small, 70 % large",
                        "owner team-start", "expired 2020-06-30", "expires 2999-12-31", "growth", "turned off");
        browser.evaluate("type('[type=search]', 'GROWTH')");
        browser.await("document.querySelectorAll('.flags tbody tr').length === 1");

        browser.evaluate("location.hash = '#/flags/everything'");
        browser.await("document.querySelectorAll('.rules > li').length === 5 && one('.cohorts')");
        String page = browser.evaluate("one('main').innerText").asText().replace('\u00a0', ' ');
        assertThat(page)
                .contains(
                        "small 30 %",
                        "large 70 %",
                        "40 % of cohort testers or empty where country is “DE” or “FR” or “IT” or “ES” or “PT” or “PL” or 7",
                        "or 7 → divided among",
                        "everyone where plan is “pro” → divided among",
                        "12.5 % now of everyone where not (version is at least 2.1.0 and below 3.0) → large",
                        "before: 0 %",
                        ": 12.5 % (now)",
                        "0 % of everyone where (age is above 17.5 and at most 67, and since is below 2026-01-01T00:00:00Z, and staff is false)",
                        "(ip is an address in 10.0.0.0/8 or ::1, or device matches /i(Phone|Pad).*/, or groups contains “alpha”,"
                                + " or name starts with “A” or “B”)",
                        "and phone is not there, and not in cohort beta, and not (x is 1, and y is there)",
                        "Only for those to whom gate gives on or maybe.",
                        "of their attribute account",
                        "9007199254740993",
                        "everyone where (in cohort beta, or email ends with “@example.org”)",
                        "“ana” and “bo”");
        for (String name : List.of("gate", "far", "big", "turned-off")) {
            browser.evaluate("location.hash = '#/flags/" + name + "'");
            browser.await("one('h1')?.textContent === '" + name + "' && one('.change')");
            assertThat(browser.evaluate("document.body.innerText").asText())
                    .doesNotContain("undefined", "NaN", "Infinity", "Invalid Date", "[object");
        }
        assertThat(list + page).doesNotContain("undefined", "NaN", "Invalid Date", "[object");
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void the_parts_of_a_split_are_edited_together_and_are_everyone() throws Exception {
        showEveryFeature("#/flags/everything");
        browser.await("one('.change select')");
        Flag before = server.store.read().document().flags().get("everything");
        browser.evaluate("type('.change select', '2')");
        browser.await("one('.change .steps') && !one('.change .share') && !one('.split-field')");
        browser.evaluate("type('.change select', '0')");
        browser.await("one('.split-field')");
        browser.evaluate("type('.reason input', 'even'); type('[aria-label=\"Part of small in percent\"]', '60')");

        browser.await(
                "one('.split-field .notice')?.textContent === 'The parts are 130\u00a0% together; they must be 100\u00a0%.'");
        assertThat(browser.evaluate("one('.change [type=submit]').disabled").asBoolean())
                .isTrue();
        browser.evaluate("type('[aria-label=\"Part of large in percent\"]', '')");
        browser.await("one('.split-field .notice').textContent.startsWith('Each part')");
        browser.evaluate("type('[aria-label=\"Part of large in percent\"]', '40'); type('.share [type=number]', '50')");
        browser.await(
                "!one('.split-field .notice') && one('.explained').textContent.includes('of those this rule is about no longer')");
        browser.evaluate("one('.change [type=submit]').click()");
        browser.await("one('.done')?.textContent === 'Saved.'");

        Flag after = server.store.read().document().flags().get("everything");
        Rule rule = before.rules().get(0);
        List<Rule> rules = new ArrayList<>(before.rules());
        rules.set(
                0,
                new Rule(
                        rule.cohorts(),
                        rule.conditions(),
                        Share.of(500_000),
                        Map.of("small", 600_000, "large", 400_000)));
        assertThat(after).isEqualTo(before.withRules(rules));
        assertThat(browser.complaints()).isEmpty();
    }

    @Test
    void numbers_and_orders_that_javascript_can_not_hold_survive_an_edit() throws Exception {
        showEveryFeature("#/flags/big");
        browser.await("one('.split-field')");
        String before = DocumentWriter.entryToJson(
                server.store.read().document().entry(EntryKey.flag("big")).orElseThrow());

        browser.evaluate("type('.share [type=number]', '60'); type('.reason input', 'more')");
        browser.evaluate("one('.change [type=submit]').click()");
        browser.await("one('.done')?.textContent === 'Saved.'");

        assertThat(DocumentWriter.entryToJson(server.store
                        .read()
                        .document()
                        .entry(EntryKey.flag("big"))
                        .orElseThrow()))
                .isEqualTo(before.replace("\"share\":500000", "\"share\":600000"));
        browser.evaluate("one('[role=switch]').click(); type('.reason input', 'off')");
        browser.await("!one('.change [type=submit]').disabled");
        browser.evaluate("one('.change [type=submit]').click()");
        browser.await("one('.title .tag.warn')?.textContent === 'turned off'");
        assertThat(server.store.read().document().flags().get("big").enabled()).isFalse();
    }

    @Test
    void what_is_changed_in_the_very_moment_in_which_something_was_saved_is_not_lost() throws Exception {
        showEveryFeature("#/flags/big");
        browser.await("one('.split-field')");
        browser.evaluate("""
                new MutationObserver((changes, watching) => {
                  if (one(".done")) {
                    watching.disconnect();
                    one("[role=switch]").click();
                    type(".reason input", "off");
                  }
                }).observe(one(".change"), { childList: true, subtree: true })""");

        browser.evaluate("type('.share [type=number]', '60'); type('.reason input', 'more')");
        browser.evaluate("one('.change [type=submit]').click()");

        browser.await("one('.done')?.textContent === 'Saved.' && !one('.change [type=submit]').disabled");
        browser.evaluate("one('.change [type=submit]').click()");
        browser.await("one('.title .tag.warn')?.textContent === 'turned off'");
    }

    @Test
    void who_gets_what_is_explained() throws Exception {
        showEveryFeature("#/flags/everything");
        browser.await("one('.explain')");

        browser.evaluate("type('.explain input', 'user-1');"
                + " type('.explain textarea', 'account=a-7\\nplan = pro\\nage=33\\ngroups=[\"alpha\"]')");
        browser.evaluate("one('.explain [type=submit]').click()");
        browser.await("one('.answer')?.textContent.includes('a rule decided, by the share (rule 2)')");
        assertThat(browser.evaluate(
                                "[...document.querySelectorAll('.ticks li')].map(li => li.innerText.replace(/\\s+/g, ' ')).join('|')")
                        .asText())
                .matches("✓ schedule: .*\\|✓ prerequisite gate: .*\\|✗ rule 1: .*\\|✓ rule 2: .*");

        server.change(
                "PATCH",
                "/api/v1/flags/everything",
                "{'reason': 'x', 'edits': [{'pointer': '/enabled', 'value': false}]}",
                "If-Match",
                server.firstEtag());
        browser.await("one('.answer').textContent.includes('Turned off')");

        browser.evaluate("type('.explain textarea', 'account')");
        browser.evaluate("one('.explain [type=submit]').click()");
        browser.await("one('.explain .notice')?.textContent.includes('“account” is not of the form name=value')");
        assertThat(browser.complaints()).isEmpty();
        browser.evaluate("type('.explain textarea', 'a=1\\na=2')");
        browser.evaluate("one('.explain [type=submit]').click()");
        browser.await("one('.explain .notice')?.textContent.includes('/attributes/a')");
    }
}

package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That the console lets no user do what they did not intend. */
@Timeout(120)
class ConsoleSafetyTest extends InBrowser {
    private static final String TWO_RULES = """
            {'type': 'boolean', 'default': 'off', 'rules': [
              {'cohorts': ['places'], 'share': 100000, 'variant': 'on'},
              %s
              {'cohorts': ['beta'], 'share': 250000, 'variant': 'on'}]}""";

    private void store(String flag) {
        String path = "/api/v1/flags/checkout";
        assertThat(server.put(
                                path,
                                "{'by': 'cy', 'reason': 'moved', 'value': " + flag + "}",
                                "If-Match",
                                server.get(path).etag())
                        .status())
                .isEqualTo(200);
    }

    private void editSecondRule() throws Exception {
        show(RunningServer.withDocument(), "#/flags/checkout");
        store(TWO_RULES.formatted(""));
        browser.await("one('.change select')?.textContent.includes('2: cohort beta')");
        browser.evaluate(
                "type('.change select', '1'); type('.change .share [type=number]', '40'); type('.reason input', 'more')");
    }

    private Flag checkout() {
        return server.store.read().document().flags().get("checkout");
    }

    @Test
    void a_share_is_saved_over_the_rule_that_it_was_meant_for_though_rules_have_moved() throws Exception {
        editSecondRule();
        store(TWO_RULES.formatted("{'share': 5000, 'variant': 'on'},"));
        browser.evaluate("one('.change [type=submit]').click()");

        browser.await(
                "one('.change .notice')?.textContent.includes('Share of rule 3: now 25\u00a0%, yours 40\u00a0%.')");
        browser.evaluate("one('.change .notice .outline').click()");
        browser.await("one('.change .done')?.textContent === 'Saved.'");

        assertThat(checkout().rules()).hasSize(3);
        assertThat(checkout().rules().get(1).share().ppm()).isEqualTo(5_000);
        assertThat(checkout().rules().get(2).share().ppm()).isEqualTo(400_000);
    }

    @Test
    void a_share_of_a_rule_that_is_gone_is_saved_over_no_other_one() throws Exception {
        editSecondRule();
        store(
                "{'type': 'boolean', 'default': 'off', 'rules': [{'share': 5000, 'variant': 'on'}, {'share': 7000, 'variant': 'off'}]}");
        browser.evaluate("one('.change [type=submit]').click()");

        browser.await("one('.change .notice')?.textContent.includes('is not there any more')");
        assertThat(browser.evaluate("document.querySelectorAll('.change .notice button').length")
                        .asInt())
                .isEqualTo(1);
        assertThat(checkout().rules().get(1).share().ppm()).isEqualTo(7_000);
    }

    @Test
    void the_effect_of_a_share_tells_what_stands_before_it() throws Exception {
        showEffects(
                "{'type': 'boolean', 'default': 'off', 'enabled': false, 'requires': {'theme': ['light']}, 'rules': ["
                        + "{'cohorts': ['beta'], 'variant': 'on'}, {'share': 250000, 'variant': 'on'}]}");

        assertThat(browser.evaluate("[...document.querySelectorAll('.limit')].map(one => one.textContent).join('|')")
                        .asText())
                .isEqualTo("The flag is turned off: until it is turned on, no subject gets anything of this."
                        + "|It is about those only for whom the rule before does not decide."
                        + "|It is about those only to whom theme gives light.");
    }

    private void showEffects(String flag) throws Exception {
        show(RunningServer.withDocument(), "#/flags/checkout");
        store(flag);
        browser.await("document.querySelectorAll('.limit').length === 3");
    }

    @Test
    void eight_tabs_are_live_and_a_click_in_the_last_one_is_done_at_once() throws Exception {
        show(withController(), "#/migrations/places-v2");
        List<Browser> tabs = new ArrayList<>(List.of(browser));
        for (int i = 0; i < 7; i++) {
            tabs.add(another("#/migrations/places-v2"));
        }
        for (Browser tab : tabs) {
            tab.await("one('.connection')?.textContent === 'live' && one('.nodes tbody .num')");
        }
        tabs.get(7).evaluate("one('.gates button').click()");
        for (Browser tab : tabs) {
            tab.await("one('.title').textContent.includes('paused from the console')");
        }
        tabs.get(0).open(server.uri("/#/flags"));
        tabs.get(7).evaluate("one('.gates button').click()");
        tabs.get(6).await("one('.title').textContent.includes('resumed from the console')");
    }

    @Test
    void what_is_easier_done_than_undone_is_asked_for_twice() throws Exception {
        show(withController(), "#/migrations/places-v2");
        browser.await("one('.move')");
        for (Stage stage : List.of(Stage.OFF, Stage.RAMP_DOWN, Stage.COMPLETE)) {
            browser.evaluate("type('.move select', '" + stage + "'); type('.reason input', 'x')");
            browser.await("!one('.move [type=submit]').disabled");
            browser.evaluate("one('.move [type=submit]').click()");
            browser.await("one('.confirm')?.textContent.includes('" + stage + "')");
            assertThat(goal()).isEqualTo(Goal.of(Stage.SHADOW));
            browser.keep("confirm-" + stage);
            browser.evaluate("one('.confirm .secondary').click()");
            browser.await("!one('.confirm')");
        }
        browser.evaluate("one('.move [type=submit]').click()");
        browser.await("one('.confirm')");
        browser.evaluate("type('.move select', 'LIVE')"); // that is another question
        browser.await("!one('.confirm')");
        browser.evaluate("type('.move select', 'COMPLETE')");
        browser.await("one('.confirm')");
        browser.evaluate("one('.confirm .danger').click()");
        browser.await("one('.move .done')");
        assertThat(goal()).isEqualTo(Goal.of(Stage.COMPLETE));
    }

    @Test
    void who_may_only_look_has_no_control_that_does_something() throws Exception {
        String secret = "a-secret-for-looking";
        RunningServer running = RunningServer.withMigration((flags, settings) ->
                settings.token("vi", secret, Role.READ).token("op", "a-secret-for-operating", Role.OPERATE));
        show(running, "#/migrations/places-v2");
        signIn(secret);
        browser.await("one('.move')?.textContent.includes('may look, but change nothing; this needs the role EDIT')");
        String enabled =
                "[...document.querySelectorAll('main button, main input, main select')].filter(one => !one.disabled).length";
        assertThat(browser.evaluate(enabled).asInt()).isZero();
        browser.evaluate("location.hash = '#/flags/checkout'");
        browser.await("one('.change')?.textContent.includes('this needs the role EDIT')");
        assertThat(browser.evaluate(enabled.replace("main ", ".change ")).asInt())
                .isZero();

        browser.evaluate("[...document.querySelectorAll('.top button')].at(-1).click()");
        browser.evaluate("location.hash = '#/migrations/places-v2'");
        signIn("a-secret-for-operating");
        browser.await("one('.gates button')");
        assertThat(browser.evaluate("[one('.gates button').disabled, one('.move [type=submit]').disabled].join()")
                        .asText())
                .isEqualTo("false,true");
    }

    private void signIn(String secret) throws Exception {
        browser.await("one('[type=password]')");
        browser.evaluate("type('[type=password]', '" + secret + "')");
        browser.evaluate("one('[type=submit]').click()");
    }

    @Test
    void on_a_phone_the_way_back_is_in_sight_and_nothing_is_wider_than_the_screen() throws Exception {
        browser.size(390, 844);
        show(withController(), "#/migrations/places-v2");
        browser.await("one('.nodes tbody .num') && one('.history td')");
        browser.keep("phone-migration");
        assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
                .isLessThanOrEqualTo(390);
        assertThat(browser.evaluate("one('.rollback button').getBoundingClientRect().bottom")
                        .asInt())
                .isLessThan(844);
        for (String page : List.of("#/flags", "#/flags/checkout", "#/history", "#/migrations")) {
            browser.evaluate("location.hash = '" + page + "'");
            browser.await("one('main .panel, main .card')");
            browser.keep("phone-" + page.replaceAll("\\W+", "-"));
            assertThat(browser.evaluate("document.documentElement.scrollWidth").asInt())
                    .as(page)
                    .isLessThanOrEqualTo(390);
        }
    }
}

package dev.turnout.flags.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** The console as a person sees it; skipped where there is no browser. */
@Timeout(120)
class ConsoleTest {
    private static final String HELPERS = """
            window.one = query => document.querySelector(query);
            window.type = (query, value) => {
              const element = one(query);
              const type = element.tagName === "SELECT" ? HTMLSelectElement : HTMLInputElement;
              Object.getOwnPropertyDescriptor(type.prototype, "value").set.call(element, value);
              element.dispatchEvent(new Event(element.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
            };
            """;

    @TempDir(cleanup = CleanupMode.NEVER) // the browser may still write; it is a folder for temporary files
    private Path profile;

    private final List<AutoCloseable> open = new ArrayList<>();
    private RunningServer server;
    private Browser browser;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(Browser.isInstalled(), "there is no /usr/bin/chromium");
        browser = new Browser(profile);
        open.add(browser);
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable one : open) {
            one.close();
        }
    }

    private void show(RunningServer running, String page) throws Exception {
        server = running;
        open.add(running);
        browser.open(running.uri("/" + page));
        browser.await("document.querySelector('#app nav')");
        browser.evaluate(HELPERS);
    }

    private RunningServer withController() {
        return RunningServer.withMigration((flags, settings) -> {
            Migration<String, String> migration =
                    Migration.named("places-v2", new MapPath(), new MapPath()).build(flags);
            Controller controller = Controller.of(migration);
            open.add(controller);
            open.add(migration);
            return settings.migration(migration).controller(controller);
        });
    }

    private Goal goal() {
        return server.store.read().document().migrations().get("places-v2").goal();
    }

    @Test
    void every_page_is_shown_without_a_complaint() throws Exception {
        show(withController(), "");
        browser.await("one('.track svg')?.getAttribute('aria-label') === 'Keys: 100\u00a0% at SHADOW. Goal: SHADOW.'");

        browser.evaluate("location.hash = '#/migrations/places-v2'");
        browser.await("document.querySelectorAll('.chart canvas').length === 2");
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
        browser.await("one('[type=submit]')");
        assertThat(browser.evaluate("one('[type=submit]').disabled").asBoolean())
                .isTrue();

        browser.evaluate("type('.share [type=number]', '30'); type('.reason input', 'more of them')");
        browser.await("one('.explained').textContent.includes('another 5\u00a0% of all subjects get on')");
        browser.evaluate("one('[type=submit]').click()");
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
                "\"r-1\"");
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
        browser.await("one('[type=submit]')");
        browser.evaluate("type('.share [type=number]', '30'); type('.reason input', 'x')");
        Flag theirs = server.store.read().document().flags().get("checkout");
        ((EditableFlagStore) server.store)
                .apply(Change.by("cy", "none")
                        .put(theirs.withRules(theirs.rules().subList(0, 1)), 1));
        browser.evaluate("one('[type=submit]').click()");
        browser.await("one('.notice .secondary')");

        browser.evaluate("one('.notice .secondary').click()");

        browser.await("!one('.notice') && one('.share [type=number]').value === '100'");
        assertThat(server.store.read().revisionOf(EntryKey.flag("checkout"))).isEqualTo(2);
    }

    @Test
    void rolling_back_takes_two_clicks() throws Exception {
        show(withController(), "#/migrations/places-v2");
        browser.await("one('.danger') && !one('.danger').disabled");

        browser.evaluate("one('.danger').click()");
        browser.await("one('.danger').textContent === 'Yes, bring all keys to OFF'");
        assertThat(goal()).isEqualTo(Goal.of(Stage.SHADOW));

        browser.evaluate("one('.danger').click()");
        browser.await("one('.track svg').getAttribute('aria-label') === 'Keys: 100\u00a0% at OFF. Goal: OFF.'");
        assertThat(goal()).isEqualTo(Goal.of(Stage.OFF));
        assertThat(browser.complaints()).isEmpty();
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
}

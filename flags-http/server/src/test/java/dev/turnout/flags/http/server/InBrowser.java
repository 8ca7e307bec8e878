package dev.turnout.flags.http.server;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.FlagStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/** A console in a browser; its tests are skipped where there is none. */
@Tag("browser")
abstract class InBrowser {
    private static final String HELPERS = """
            window.one = query => document.querySelector(query);
            window.type = (query, value) => {
              const element = one(query);
              const type = { SELECT: HTMLSelectElement, TEXTAREA: HTMLTextAreaElement }[element.tagName] || HTMLInputElement;
              Object.getOwnPropertyDescriptor(type.prototype, "value").set.call(element, value);
              element.dispatchEvent(new Event(element.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
            };
            """;

    @TempDir(cleanup = CleanupMode.NEVER) // the browser may still write; it is a folder for temporary files
    private Path profile;

    final List<AutoCloseable> open = new ArrayList<>();
    RunningServer server;
    Browser browser;

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

    void show(RunningServer running, String page) throws Exception {
        server = running;
        open.add(running);
        browser.open(running.uri("/" + page));
        begin(browser);
    }

    Callable<MigrationState> toLive = () -> {
        throw new IllegalStateException("there is no controller");
    };

    RunningServer withController() {
        return withController(RunningServer.documentStore());
    }

    RunningServer withController(FlagStore store) {
        return RunningServer.withMigration(store, (flags, settings) -> {
            Migration<String, String> migration =
                    Migration.named("places-v2", new MapPath(), new MapPath()).build(flags);
            Controller controller = Controller.of(migration);
            open.add(controller);
            open.add(migration);
            toLive = () -> {
                migration.beginSweep().finished("test");
                return controller.moveTo(Goal.of(Stage.LIVE), "ana", "all").get(30, TimeUnit.SECONDS);
            };
            return settings.migration(migration).controller(controller);
        });
    }

    /** Waits until the console is there, and gives it what tests use. */
    static void begin(Browser tab) throws InterruptedException {
        tab.await("document.querySelector('#app nav')");
        tab.evaluate(HELPERS);
    }

    /** Another tab of the same browser. */
    Browser another(String page) throws Exception {
        Browser tab = browser.another(server.uri("/" + page));
        open.add(0, tab);
        begin(tab);
        return tab;
    }

    Goal goal() {
        return server.store.read().document().migrations().get("places-v2").goal();
    }
}

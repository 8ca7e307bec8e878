package dev.turnout.flags.http.server;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A headless Chromium, controlled by its DevTools protocol. */
final class Browser implements AutoCloseable {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final Path profile;
    private final @Nullable Process process; // of the first tab; others end with it
    private final WebSocket socket;
    private final BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();
    private int requests;

    Browser(Path profile) throws IOException, InterruptedException {
        this.profile = profile;
        process = new ProcessBuilder(
                        CHROMIUM.toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--no-first-run",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        socket = connected(page(port(profile), ""));
        listen();
    }

    private Browser(Path profile, String tab) throws IOException, InterruptedException {
        this.profile = profile;
        process = null;
        socket = connected(page(port(profile), tab));
        listen();
    }

    private WebSocket connected(String address) {
        return CLIENT.newWebSocketBuilder()
                .buildAsync(URI.create(address), new Listener())
                .join();
    }

    private void listen() throws InterruptedException {
        call("Runtime.enable", "{}");
        call("Log.enable", "{}");
    }

    /** Another tab. */
    Browser another(URI address) throws IOException, InterruptedException {
        String id = call("Target.createTarget", "{\"url\":\"about:blank\"}")
                .path("targetId")
                .asText();
        Browser tab = new Browser(profile, id);
        tab.open(address);
        return tab;
    }

    /** As on a screen of this size, in CSS pixels. */
    void size(int width, int height) throws InterruptedException {
        call(
                "Emulation.setDeviceMetricsOverride",
                Json.write(Json.object()
                        .put("width", width)
                        .put("height", height)
                        .put("deviceScaleFactor", 1)
                        .put("mobile", true)));
    }

    /** Keeps what is to be seen, if {@code -Dtests.screenshots} names a directory. */
    void keep(String name) throws IOException, InterruptedException {
        String directory = System.getProperty("tests.screenshots");
        if (directory != null) {
            String picture = call("Page.captureScreenshot", "{\"captureBeyondViewport\":true}")
                    .path("data")
                    .asText();
            Files.write(Path.of(directory, name + ".png"), Base64.getDecoder().decode(picture));
        }
    }

    static boolean isInstalled() {
        return Files.isExecutable(CHROMIUM);
    }

    /** The browser writes down the port that it chose. */
    private int port(Path profile) throws IOException, InterruptedException {
        Path file = profile.resolve("DevToolsActivePort");
        for (int i = 0; i < 600 && (process == null || process.isAlive()); i++) {
            if (Files.exists(file) && Files.readAllLines(file).size() > 1) {
                return Integer.parseInt(Files.readAllLines(file).get(0));
            }
            TimeUnit.MILLISECONDS.sleep(50); // another process: there is nothing to wait on but its file
        }
        throw new AssertionError("Chromium did not start.");
    }

    /** The address of a tab, or of any if it has no name. */
    private static String page(int port, String id) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json"))
                .build();
        for (JsonNode tab :
                RunningServer.json(CLIENT.send(request, BodyHandlers.ofString()).body())) {
            boolean isIt = id.isEmpty() || id.equals(tab.path("id").asText());
            if (tab.path("type").asText().equals("page") && isIt) {
                return tab.path("webSocketDebuggerUrl").asText();
            }
        }
        throw new AssertionError("Chromium has no page.");
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                heard(RunningServer.json(text.toString()));
                text.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    private void heard(JsonNode message) {
        String method = message.path("method").asText();
        if (message.has("id")) {
            answers.add(message);
        } else if (method.equals("Runtime.exceptionThrown") || method.equals("Log.entryAdded")) {
            complaints.add(message.path("params").toString());
        }
    }

    private JsonNode call(String method, String params) throws InterruptedException {
        int request = ++requests;
        socket.sendText("{\"id\":" + request + ",\"method\":\"" + method + "\",\"params\":" + params + "}", true)
                .join();
        while (true) {
            JsonNode answer = answers.poll(30, TimeUnit.SECONDS);
            if (answer == null) {
                throw new AssertionError("Chromium did not answer " + method + ".");
            }
            if (answer.path("id").asInt() == request) {
                return answer.path("result");
            }
        }
    }

    void open(URI address) throws InterruptedException {
        call("Page.navigate", Json.write(Json.object().put("url", address.toString())));
    }

    /** The value of an expression, which may be a promise. */
    JsonNode evaluate(String script) throws InterruptedException {
        JsonNode result = call(
                "Runtime.evaluate",
                Json.write(Json.object()
                        .put("expression", script)
                        .put("awaitPromise", true)
                        .put("returnByValue", true)));
        if (result.has("exceptionDetails")) {
            throw new AssertionError(script + ": " + result.path("exceptionDetails"));
        }
        return result.path("result").path("value");
    }

    /** Waits, in the page, until a condition holds. */
    void await(String condition) throws InterruptedException {
        JsonNode held = evaluate("new Promise(done => { const end = Date.now() + 20000; const look = () => {"
                + " if (" + condition
                + ") done(true); else if (Date.now() > end) done(false); else setTimeout(look, 20); };"
                + " look(); })");
        if (!held.asBoolean()) {
            throw new AssertionError("Never came true: " + condition + "\nThe page shows: "
                    + evaluate("document.body.innerText").asText() + "\nand complains: " + complaints);
        }
    }

    /** What the browser objected to: exceptions, refused content, failed requests. */
    List<String> complaints() {
        return complaints;
    }

    @Override
    public void close() {
        socket.abort();
        if (process == null) {
            return;
        }
        process.destroy();
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.turnout.flags.http.server;

import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.mock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.turnout.flags.Flags;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/** A real server on a free port, with a client to ask it. */
final class RunningServer implements AutoCloseable {
    static final String DOCUMENT = """
            version: 1
            cohorts:
              beta:
                members: [ana, bo]
              places:
                members: ["1", "2"]
            flags:
              checkout:
                type: boolean
                default: "off"
                rules:
                  - { cohorts: [beta], variant: "on" }
                  - { share: 250000, variant: "on" }
              theme:
                type: string
                variants: { dark: black, light: white }
                default: light
            migrations:
              places-v2:
                position: SHADOW
            """;

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    final FlagStore store;
    final Flags flags;
    final FlagServer server;

    private RunningServer(FlagStore store, BiFunction<Flags, FlagServer.Builder, FlagServer.Builder> settings) {
        this.store = store;
        flags = Flags.from(store);
        server =
                settings.apply(flags, FlagServer.builder(flags).port(0)).build().start();
    }

    static RunningServer withDocument() {
        return with(documentStore(), settings -> settings);
    }

    static RunningServer with(FlagStore store, UnaryOperator<FlagServer.Builder> settings) {
        return new RunningServer(store, (flags, builder) -> settings.apply(builder));
    }

    static RunningServer withMigration(BiFunction<Flags, FlagServer.Builder, FlagServer.Builder> settings) {
        return withMigration(documentStore(), settings);
    }

    static RunningServer withMigration(
            FlagStore store, BiFunction<Flags, FlagServer.Builder, FlagServer.Builder> settings) {
        return new RunningServer(store, settings);
    }

    static InMemoryFlagStore documentStore() {
        return new InMemoryFlagStore(DocumentReader.read("test.yaml", DOCUMENT));
    }

    /** A store that cannot be reached while {@code isDown}. It is not stubbed later, as other threads ask it already. */
    static EditableFlagStore interrupted(AtomicBoolean isDown) {
        InMemoryFlagStore reached = documentStore();
        return mock(EditableFlagStore.class, call -> {
            if (isDown.get()) {
                throw new FlagStoreException("down", new IllegalStateException());
            }
            return delegatesTo(reached).answer(call);
        });
    }

    /** The last change of all entries that a store in memory began with. */
    static String firstId(FlagStore store) {
        return "1-" + store.read().id().incarnation();
    }

    /** The ETag of all entries that the server's store, one in memory, began with. */
    String firstEtag() {
        return "\"" + firstId(store) + "\"";
    }

    URI uri(String path) {
        return server.uri().resolve(path);
    }

    /** An answer: status, headers, and the body as JSON where it is JSON. */
    record Answer(HttpResponse<String> response) {
        int status() {
            return response.statusCode();
        }

        String text() {
            return response.body();
        }

        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        JsonNode json() {
            return RunningServer.json(response.body());
        }

        String etag() {
            return header("ETag");
        }

        String type() {
            return json().path("type").asText();
        }

        String pointer() {
            return json().path("errors").path(0).path("pointer").asText();
        }

        String detail() {
            return json().path("detail").asText();
        }
    }

    static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (IOException e) {
            throw new AssertionError("Not JSON: " + text, e);
        }
    }

    Answer get(String path, String... headers) {
        return send(HttpRequest.newBuilder(uri(path)).GET(), headers);
    }

    Answer put(String path, String body, String... headers) {
        return change("PUT", path, body, headers);
    }

    Answer post(String path, String body, String... headers) {
        return change("POST", path, body, headers);
    }

    Answer delete(String path, String body, String... headers) {
        return change("DELETE", path, body, headers);
    }

    Answer change(String method, String path, String body, String... headers) {
        return change(server.uri(), method, path, body, headers);
    }

    /** A change at any server. */
    static Answer change(URI server, String method, String path, String body, String... headers) {
        return sent(
                HttpRequest.newBuilder(server.resolve(path))
                        .header("Content-Type", "application/json")
                        .method(method, BodyPublishers.ofString(body.replace('\'', '"'))),
                headers);
    }

    Answer send(HttpRequest.Builder request, String... headers) {
        return sent(request, headers);
    }

    private static Answer sent(HttpRequest.Builder request, String... headers) {
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        try {
            return new Answer(CLIENT.send(request.build(), BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Sends exactly these lines, which no well-behaved client would, and gives the status line. */
    String raw(String... lines) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            String request = String.join("\r\n", lines) + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            return answer.lines().findFirst().orElse("");
        }
    }

    @Override
    public void close() {
        server.close();
        flags.close();
    }
}

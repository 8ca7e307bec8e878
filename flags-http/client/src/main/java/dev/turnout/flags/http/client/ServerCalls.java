package dev.turnout.flags.http.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.DocumentWriter;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.ChangeId;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.LastChange;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.SnapshotFormat;
import dev.turnout.flags.store.SnapshotId;
import dev.turnout.flags.store.StaleRevisionException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The requests to a flag server that a client makes, each with a bound on its time. Thread-safe. */
final class ServerCalls implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS) // no silent infinity, no lost digits
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES) // in an object, 1.0 is not 1
            .build();

    private final URI server;
    private final @Nullable String token;
    private final ExecutorService executor;
    private final HttpClient client;

    ServerCalls(URI server, @Nullable String token) {
        this.server = server;
        this.token = token;
        executor = Executors.newFixedThreadPool(2, task -> {
            Thread thread = new Thread(task, "turnout-http-client");
            thread.setDaemon(true);
            return thread;
        });
        client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .followRedirects(HttpClient.Redirect.NEVER) // a token is for this server alone
                .executor(executor)
                .build();
    }

    /** The state that the server's store has now. */
    Snapshot snapshot() {
        return snapshot("snapshot?fresh=true");
    }

    /** The state that the server remembers. */
    Snapshot rememberedSnapshot() {
        return snapshot("snapshot");
    }

    private Snapshot snapshot(String path) {
        return snapshotOf(checked(send(request(path).GET(), BodyHandlers.ofString())));
    }

    /** The state that the server remembers, if it is not this one. */
    Optional<Snapshot> snapshotUnless(SnapshotId known) {
        HttpRequest.Builder request =
                request("snapshot").header("If-None-Match", "\"" + known + "\"").GET();
        HttpResponse<String> response = send(request, BodyHandlers.ofString());
        return response.statusCode() == 304 ? Optional.empty() : Optional.of(snapshotOf(checked(response)));
    }

    /** Opens the stream of revisions; the caller closes it. */
    InputStream watch() throws IOException {
        HttpRequest.Builder request =
                request("watch").header("Accept", "text/event-stream").GET();
        HttpResponse<InputStream> response = send(request, BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            response.body().close();
            throw new FlagStoreException("Watching " + server + " was answered with " + response.statusCode() + ".");
        }
        return response.body();
    }

    List<AuditEntry> history(int limit) {
        return history("history?limit=" + Math.min(limit, 200));
    }

    List<AuditEntry> history(EntryKey key, int limit) {
        return history("history?limit=" + Math.min(limit, 200) + "&kind=" + key.kind() + "&name=" + key.name());
    }

    private List<AuditEntry> history(String path) {
        JsonNode view = checked(send(request(path).GET(), BodyHandlers.ofString()));
        List<AuditEntry> history = new ArrayList<>();
        view.path("changes").forEach(change -> history.add(audit(change)));
        return history;
    }

    private AuditEntry audit(JsonNode view) {
        List<AuditEntry.Edit> edits = new ArrayList<>();
        view.path("edits")
                .forEach(edit -> key(edit) // else of a kind that only a newer build knows
                        .ifPresent(key -> edits.add(
                                new AuditEntry.Edit(key, text(edit.path("before")), text(edit.path("after"))))));
        return new AuditEntry(change(view), edits);
    }

    private static String text(JsonNode value) {
        return value.isObject() ? value.toString() : "";
    }

    /** Applies a change; what the server answers becomes what a store throws. */
    Snapshot apply(Change change) {
        ObjectNode body = JSON.createObjectNode().put("by", change.by()).put("reason", change.reason());
        if (!change.step().isEmpty()) {
            body.put("step", change.step());
        }
        ArrayNode edits = body.putArray("edits");
        change.edits().forEach((key, edit) -> {
            edits.addObject()
                    .put("kind", key.kind().name())
                    .put("name", key.name())
                    .put(
                            "expected",
                            edit.expected().equals(Change.ABSENT)
                                    ? null
                                    : edit.expected().toString())
                    .putRawValue(
                            "value",
                            edit.after()
                                    .map(entry -> new RawValue(DocumentWriter.entryToJson(entry)))
                                    .orElse(null));
        });
        HttpRequest.Builder request = request("changes")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()));
        HttpResponse<String> response = send(request, BodyHandlers.ofString());
        switch (response.statusCode()) {
            case 400 -> throw refused(json(response));
            case 412 -> throw stale(json(response), change);
            default -> {
                return snapshotOf(checked(response));
            }
        }
    }

    private static DocumentException refused(JsonNode problem) {
        JsonNode error = problem.path("errors").path(0);
        String detail = error.path("detail").asText(problem.path("detail").asText("the server refused it"));
        return new DocumentException(error.path("pointer").asText(""), detail);
    }

    private StaleRevisionException stale(JsonNode problem, Change change) {
        EntryKey key = key(problem)
                .orElseThrow(() -> new FlagStoreException("The flag server " + server
                        + " refused a change, as an entry of it was changed meanwhile; one of "
                        + List.of(EntryKey.Kind.values()) + " was expected as its kind, but was '"
                        + problem.path("kind").asText() + "'. Read the entries again and repeat the edit."));
        JsonNode current = problem.path("current").path("lastChange");
        Change.Edit edit = change.edits().get(key);
        ChangeId expected = edit == null ? Change.ABSENT : edit.expected();
        return new StaleRevisionException(key, expected, current.isObject() ? change(current) : null);
    }

    private static Optional<EntryKey> key(JsonNode view) {
        return EntryKey.written(view.path("kind").asText(), view.path("name").asText());
    }

    private LastChange change(JsonNode view) {
        try {
            return new LastChange(
                    new ChangeId(
                            view.path("revision").asLong(), view.path("nonce").asText()),
                    Instant.parse(view.path("at").asText()),
                    view.path("by").asText(),
                    view.path("reason").asText(),
                    view.path("step").asText());
        } catch (DateTimeException | IllegalArgumentException e) {
            throw new FlagStoreException(
                    "The flag server " + server + " sent a change that this version of the library cannot read: "
                            + e.getMessage(),
                    e);
        }
    }

    private Snapshot snapshotOf(JsonNode view) {
        try {
            return SnapshotFormat.fromJson(server.toString(), view.toString());
        } catch (DocumentException e) {
            throw new FlagStoreException(
                    "The flag server " + server + " sent a state that this version of the library cannot read.", e);
        }
    }

    private HttpRequest.Builder request(String path) {
        String base = server.toString();
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(base + (base.endsWith("/") ? "" : "/") + "api/v1/" + path))
                .timeout(TIMEOUT);
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    private <T> HttpResponse<T> send(HttpRequest.Builder builder, BodyHandler<T> handler) {
        HttpRequest request = builder.build();
        CompletableFuture<HttpResponse<T>> response;
        try {
            response = client.sendAsync(request, handler);
        } catch (RejectedExecutionException e) {
            throw failed(request, "this store is closed", e);
        }
        try {
            // The request's own timeout ends with the response's headers; a body that never ends would have none.
            return response.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(request, "the thread was interrupted", e);
        } catch (TimeoutException e) {
            throw failed(request, "there was no answer within " + TIMEOUT.toSeconds() + " s", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw failed(request, String.valueOf(cause), cause);
        } finally {
            response.cancel(true);
        }
    }

    private static FlagStoreException failed(HttpRequest request, String why, Throwable cause) {
        return new FlagStoreException(request.method() + " " + request.uri() + " failed: " + why + ".", cause);
    }

    private JsonNode checked(HttpResponse<String> response) {
        JsonNode body = json(response);
        if (response.statusCode() != 200) {
            throw new FlagStoreException("The flag server " + server + " answered " + response.statusCode() + ": "
                    + body.path("detail").asText("without saying why"));
        }
        return body;
    }

    private JsonNode json(HttpResponse<String> response) {
        try {
            return JSON.readTree(response.body());
        } catch (JsonProcessingException e) {
            throw new FlagStoreException(
                    response.uri() + " answered " + response.statusCode() + ", and not with JSON: is it a flag server?",
                    e);
        }
    }

    /** Ends its threads; the client's own selector thread ends when the client is collected, as Java 17 has no call for that. */
    @Override
    public void close() {
        executor.shutdownNow();
    }
}

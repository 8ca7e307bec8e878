package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StreamsTest {
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** A reader of events. */
    private static final class Reader implements AutoCloseable {
        private final HttpResponse<java.io.InputStream> response;
        private final BufferedReader lines;

        Reader(RunningServer server, String path) throws IOException, InterruptedException {
            response = CLIENT.send(HttpRequest.newBuilder(server.uri(path)).build(), BodyHandlers.ofInputStream());
            lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        }

        int status() {
            return response.statusCode();
        }

        /** The lines of the next event; empty at the end of the stream. */
        List<String> next() throws IOException {
            List<String> event = new ArrayList<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty() && !event.isEmpty()) {
                    return event;
                }
                if (!line.isEmpty() && !line.startsWith(":")) {
                    event.add(line);
                }
            }
            return event;
        }

        JsonNode data(String name) throws IOException {
            for (List<String> event = next(); !event.isEmpty(); event = next()) {
                if (event.contains("event: " + name)) {
                    return RunningServer.json(event.get(event.size() - 1).substring("data: ".length()));
                }
            }
            throw new AssertionError("The stream ended before an event '" + name + "'.");
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }

    private static void change(RunningServer server, String flag) {
        ((EditableFlagStore) server.store)
                .apply(Change.by("ana", "x").put(Flag.bool(flag).build(), Change.ABSENT));
    }

    private static String data(RunningServer server) {
        return "data: {\"id\":\"" + server.flags.state().id() + "\",\"revision\":1,\"silentSeconds\":0}";
    }

    @Test
    void a_watcher_is_told_the_revision_there_is_and_each_newer_one() throws Exception {
        try (RunningServer server = RunningServer.withDocument();
                Reader reader = new Reader(server, "/api/v1/watch")) {
            assertThat(reader.next())
                    .containsExactly("id: " + server.flags.state().id(), "event: change", data(server));

            change(server, "a");
            assertThat(reader.next()).anyMatch(line -> line.contains("\"revision\":2,"));

            change(server, "b");
            assertThat(reader.next()).anyMatch(line -> line.contains("\"revision\":3,"));
        }
    }

    @Test
    void a_watcher_that_does_not_read_misses_states_in_between_but_not_the_newest() throws Exception {
        try (RunningServer server = RunningServer.withDocument();
                Reader reader = new Reader(server, "/api/v1/watch")) {
            for (int i = 0; i < 1_000; i++) {
                change(server, "f" + i);
            }

            long last = 0;
            while (last < 1_001) {
                long revision = reader.data("change").path("revision").asLong();
                assertThat(revision).isGreaterThan(last);
                last = revision;
            }
        }
    }

    @Test
    void the_number_of_streams_is_bounded_and_a_place_becomes_free_again() throws Exception {
        try (RunningServer server = RunningServer.withDocument()) {
            List<Reader> readers = new ArrayList<>();
            for (int i = 0; i < Streams.MOST; i++) {
                Reader reader = new Reader(server, "/api/v1/watch");
                readers.add(reader);
                assertThat(reader.next()).anyMatch(line -> line.contains("\"revision\":1,"));
            }
            try (Reader tooMany = new Reader(server, "/api/v1/watch")) {
                assertThat(tooMany.status()).isEqualTo(503);
            }
            assertThat(server.get("/api/v1/flags").status()).isEqualTo(200);

            readers.get(0).close();
            int status = 503;
            for (int i = 0; status == 503; i++) { // the server finds out when it writes
                change(server, "f" + i);
                try (Reader again = new Reader(server, "/api/v1/watch")) {
                    status = again.status();
                }
            }
            assertThat(status).isEqualTo(200);
            for (Reader reader : readers) {
                reader.close();
            }
        }
    }

    @Test
    void closing_the_server_ends_the_streams() throws Exception {
        RunningServer server = RunningServer.withDocument();
        try (Reader reader = new Reader(server, "/api/v1/watch")) {
            reader.next();

            server.close();

            // With a last chunk, without one, or reset, whichever is faster: what counts is that no reader continues
            // to wait.
            try {
                assertThat(reader.next()).isEmpty();
            } catch (IOException e) {
                assertThat(e).isNotInstanceOf(HttpTimeoutException.class);
            }
        }
    }

    @Test
    void samples_show_what_the_nodes_of_this_process_do() throws Exception {
        List<Migration<String, String>> nodes = new ArrayList<>();
        try (RunningServer server = RunningServer.withMigration((flags, settings) -> {
                    nodes.add(Migration.named("places-v2", new MapPath(), new MapPath())
                            .build(flags));
                    return settings.migration(nodes.get(0));
                });
                Reader reader = new Reader(server, "/api/v1/migrations/places-v2/samples")) {
            assertThat(reader.next().get(0)).isEqualTo("event: recent");
            for (int i = 0; i < 100; i++) {
                nodes.get(0).put("key-" + i, "value");
                nodes.get(0).get("key-" + i);
            }

            JsonNode sample = reader.data("sample");
            while (sample.at("/oldPath/reads/perSecond").asDouble() == 0) {
                sample = reader.data("sample");
            }

            assertThat(sample.at("/gets/p99Nanos").asLong()).isPositive();
            assertThat(sample.at("/position/shares/SHADOW").asInt()).isEqualTo(1_000_000);
            assertThat(sample.at("/members/0/acknowledged").asLong()).isEqualTo(1);
            assertThat(sample.at("/nodes/0/node").asText()).isEqualTo(server.flags.name());
            assertThat(sample.path("journalDepth").isNumber()).isTrue();
            try (Reader later = new Reader(server, "/api/v1/migrations/places-v2/samples")) {
                assertThat(later.data("recent").size()).isPositive();
            }
        } finally {
            nodes.forEach(Migration::close);
        }
    }
}

package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.mock;

import dev.turnout.flags.http.server.RunningServer.Answer;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.threads.OwnThread;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A database that has stopped in the middle of what it did: nothing is answered, and nothing is refused. */
@Timeout(120)
class FrozenStoreTest {
    private final InMemoryFlagStore reached = RunningServer.documentStore();
    private volatile CountDownLatch frozen = new CountDownLatch(0);
    private volatile Duration age = Duration.ZERO;
    private volatile boolean ageIsBroken;
    private RunningServer server;

    @BeforeEach
    void start() {
        EditableFlagStore store = mock(EditableFlagStore.class, call -> {
            if (call.getMethod().getName().equals("age")) {
                if (ageIsBroken) {
                    ageIsBroken = false;
                    throw new NoClassDefFoundError("of a store");
                }
                return age;
            }
            frozen.await();
            return delegatesTo(reached).answer(call);
        });
        server = RunningServer.with(store, settings -> settings);
    }

    @AfterEach
    void stop() {
        frozen.countDown();
        server.close();
    }

    private CompletableFuture<Answer> asked(String method, String path, String body, String... headers) {
        return OwnThread.supply(() -> body.isEmpty() ? server.get(path) : server.change(method, path, body, headers));
    }

    @Test
    void whoever_needs_it_is_told_within_seconds_and_nobody_else_waits() throws Exception {
        String etag = server.get("/api/v1/flags/checkout").etag();
        frozen = new CountDownLatch(1);
        String edit = "{'reason': 'x', 'edits': [{'pointer': '/enabled', 'value': false}]}";
        String change = "{'reason': 'x', 'edits': [{'kind': 'FLAG', 'name': 'theme', 'expected': '"
                + etag.replace("\"", "") + "', 'value': null}]}";
        List<CompletableFuture<Answer>> needIt = new ArrayList<>();
        IntStream.range(0, 20).forEach(i -> {
            needIt.add(asked("GET", "/api/v1/history", ""));
            needIt.add(asked("GET", "/api/v1/snapshot?fresh=true", ""));
            needIt.add(asked("PATCH", "/api/v1/flags/checkout", edit, "If-Match", etag));
            needIt.add(asked("POST", "/api/v1/changes", change));
            needIt.add(asked("POST", "/api/v1/migrations/places-v2/pause", "{'reason': 'x'}"));
            needIt.add(asked("POST", "/api/v1/migrations/places-v2/rollback", "{'reason': 'x'}"));
        });

        for (CompletableFuture<Answer> one : needIt) {
            assertThat(one.get(25, TimeUnit.SECONDS).status()).isEqualTo(503);
        }
        assertThat(asked("GET", "/api/v1/flags", "").get(10, TimeUnit.SECONDS).status())
                .isEqualTo(200);
        assertThat(asked("GET", "/api/v1/migrations/places-v2", "")
                        .get(10, TimeUnit.SECONDS)
                        .status())
                .isEqualTo(200);

        frozen.countDown();
        assertThat(server.get("/api/v1/history").status()).isEqualTo(200);
    }

    @Test
    void whoever_watches_is_told_for_how_long_it_has_been_silent() throws Exception {
        URI watch = server.uri("/api/v1/watch");
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(watch.toURL().openStream(), StandardCharsets.UTF_8))) {
            assertThat(next(lines)).endsWith("\"revision\":1,\"silentSeconds\":0}");
            age = Duration.ofSeconds(17);
            assertThat(next(lines)).isEqualTo("{\"silentSeconds\":17}");
            age = Duration.ofSeconds(23);
            assertThat(next(lines)).isEqualTo("{\"silentSeconds\":23}");
            age = Duration.ofSeconds(1);
            assertThat(next(lines)).isEqualTo("{\"silentSeconds\":0}");
        }
    }

    @Test
    void an_error_of_a_store_that_tells_its_age_ends_nothing() throws Exception {
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(server.uri("/api/v1/watch").toURL().openStream(), StandardCharsets.UTF_8))) {
            assertThat(next(lines)).endsWith("\"silentSeconds\":0}");
            ageIsBroken = true;
            age = Duration.ofSeconds(17);

            assertThat(next(lines)).isEqualTo("{\"silentSeconds\":17}");
        }
    }

    private static String next(BufferedReader lines) throws Exception {
        return OwnThread.supply(() -> lines.lines()
                        .filter(line -> line.startsWith("data: "))
                        .findFirst()
                        .orElseThrow()
                        .substring(6))
                .get(30, TimeUnit.SECONDS);
    }
}

package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.http.server.RunningServer.Answer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callers who take more than their share. */
@Timeout(60)
class HostileCallersTest {
    private static final String READ = "a-secret-for-reading";
    private static final String OTHER = "another-secret-for-reading";
    private static final String OPERATE = "a-secret-for-operating";

    private final RunningServer server = RunningServer.with(
            RunningServer.documentStore(),
            settings -> settings.token("rita", READ, Role.READ)
                    .token("rolf", OTHER, Role.READ)
                    .token("otto", OPERATE, Role.OPERATE));
    private final List<Socket> sockets = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        server.close();
    }

    private Socket sent(String... lines) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.server.port());
        sockets.add(socket);
        String request = String.join("\r\n", lines) + "\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
        return socket;
    }

    private static BufferedReader linesOf(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    private Socket slowBody() throws IOException {
        Socket socket = sent(
                "POST /api/v1/flags/checkout/explain HTTP/1.1",
                "Host: localhost",
                "Authorization: Bearer " + READ,
                "Content-Type: application/json",
                "Content-Length: 100000");
        socket.getOutputStream().write('{');
        return socket;
    }

    @Test
    void a_hundred_and_fifty_bodies_that_do_not_end_keep_nobody_from_seeing_that_it_lives_or_from_rolling_back()
            throws Exception {
        for (int i = 0; i < 150; i++) {
            slowBody();
        }

        for (int i = 0; i < 20; i++) {
            assertThat(server.get("/health/live").status()).isEqualTo(200);
        }
        Answer rollBack = server.post(
                "/api/v1/migrations/places-v2/rollback", "{'reason': 'x'}", "Authorization", "Bearer " + OPERATE);
        assertThat(rollBack.status()).isNotIn(408, 503);
    }

    @Test
    void a_body_that_comes_a_byte_at_a_time_is_given_up() throws Exception {
        Socket slow = slowBody();
        OutputStream out = slow.getOutputStream();
        Thread sender = new Thread(() -> {
            try {
                while (true) {
                    out.write(' ');
                    out.flush();
                    Thread.sleep(20);
                }
            } catch (IOException | InterruptedException e) {
                // The server has ended it.
            }
        });
        sender.start();

        String status = linesOf(slow).readLine();

        sender.interrupt();
        assertThat(status).contains(" 408 ");
    }

    @Test
    void streams_of_one_reader_give_way_to_those_of_another() throws Exception {
        List<BufferedReader> greedy = new ArrayList<>();
        for (int i = 0; i < Streams.MOST; i++) {
            BufferedReader lines = linesOf(watch(READ));
            assertThat(lines.readLine()).contains(" 200 ");
            greedy.add(lines);
        }

        for (int i = 0; i < Streams.MOST / 2; i++) {
            assertThat(linesOf(watch(OTHER)).readLine()).contains(" 200 ");
        }
        assertThat(linesOf(watch(OTHER)).readLine()).as("as many as the other").contains(" 503 ");

        BufferedReader oldest = greedy.get(0);
        String line = oldest.readLine();
        while (line != null) {
            line = oldest.readLine();
        }
        assertThat(line).as("the oldest one has ended").isNull();
    }

    private Socket watch(String secret) throws IOException {
        return sent(
                "GET /api/v1/watch HTTP/1.1",
                "Host: localhost",
                "Authorization: Bearer " + secret,
                "Connection: close");
    }

    @Test
    void who_guesses_tokens_is_told_to_wait_and_who_has_one_is_served() {
        for (int i = 0; i < WrongTokens.MOST_A_MINUTE; i++) {
            assertThat(server.get("/api/v1/flags", "Authorization", "Bearer guess-number-" + i)
                            .status())
                    .isEqualTo(401);
        }

        Answer more = server.get("/api/v1/flags", "Authorization", "Bearer one-more-guess");

        assertThat(more.status()).isEqualTo(429);
        assertThat(more.header("Retry-After")).isEqualTo("60");
        assertThat(server.get("/api/v1/flags", "Authorization", "Bearer " + READ)
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "/console/app.js",
                "/health/live",
                "/api/v1/flags",
                "/api/v1/flags/checkout",
                "/api/v1/snapshot",
                "/api/v1/migrations",
                "/api/v1/watch",
                "/api/v1/migrations/places-v2/samples"
            })
    void what_can_be_read_can_be_asked_for_without_its_body(String path) {
        Answer head = head(path, "Bearer " + READ);

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.text()).isEmpty();
        assertThat(head.header("Content-Type")).isNotEmpty();
        if (path.startsWith("/api")) {
            assertThat(head(path, "none").status()).isEqualTo(401);
        }
        assertThat(head("/api/v1/flags/none", "Bearer " + READ).status()).isEqualTo(404);
    }

    private Answer head(String path, String authorization) {
        return server.send(
                HttpRequest.newBuilder(server.uri(path)).method("HEAD", BodyPublishers.noBody()),
                "Authorization",
                authorization);
    }

    @Test
    void a_method_that_a_path_does_not_have_is_answered_with_those_that_it_has() {
        Answer answer = server.post("/api/v1/flags/checkout", "{}", "Authorization", "Bearer " + READ);

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header("Allow").split(", ")).contains("GET", "HEAD", "PUT", "PATCH", "DELETE");
    }

    /** As one does that ends TLS; a page of another site has no token. */
    @Test
    void a_proxy_may_give_the_server_another_name() {
        String[] headers = {
            "Authorization", "Bearer " + OPERATE, "Origin", "https://flags.example", "Sec-Fetch-Site", "same-origin"
        };
        String body = "{'reason': 'x'}";
        assertThat(server.post("/api/v1/migrations/places-v2/pause", body, headers)
                        .status())
                .isEqualTo(200);
        headers[5] = "cross-site";
        assertThat(server.post("/api/v1/migrations/places-v2/pause", body, headers)
                        .status())
                .isEqualTo(403);
        assertThat(server.post(
                                "/api/v1/migrations/places-v2/pause",
                                body,
                                "Authorization",
                                "Bearer " + OPERATE,
                                "Origin",
                                "http://flags.example")
                        .status())
                .as("a browser that does not say more, as over plain HTTP")
                .isEqualTo(200);
    }
}

package dev.turnout.flags.http.client;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.FlagStoreException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What needs no server of ours; the tests of {@code flags-http-server} have the others. */
@Timeout(60)
class HttpFlagStoreTest {
    /** What a store does with what a server answers that is not of this build. */
    private static void answered(String status, String body, Consumer<HttpFlagStore> check) throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread answering = new Thread(() -> {
                try (Socket socket = other.accept()) {
                    String answer = "HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: " + body.length()
                            + "\r\n\r\n" + body;
                    socket.getOutputStream().write(answer.getBytes(US_ASCII));
                    socket.shutdownOutput();
                    // the request too, or the client may lose the answer
                    socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            answering.start();
            try (HttpFlagStore wrong = HttpFlagStore.at(URI.create("http://127.0.0.1:" + other.getLocalPort()))) {
                check.accept(wrong);
            }
            answering.join();
        }
    }

    @Test
    void something_that_is_not_a_flag_server_is_an_error_of_the_store() throws Exception {
        answered(
                "200 OK",
                "hello",
                store -> assertThatThrownBy(store::read)
                        .isInstanceOf(FlagStoreException.class)
                        .hasMessageContaining("is it a flag server?"));
    }

    @Test
    void an_edit_that_only_a_newer_server_knows_costs_no_other_one() throws Exception {
        answered(
                "200 OK",
                "{\"changes\":[{\"revision\":7,\"at\":\"2026-11-30T00:00:00Z\",\"by\":\"ana\",\"edits\":["
                        + "{\"kind\":\"SEGMENT\",\"name\":\"x\"},{\"kind\":\"FLAG\",\"name\":\"y\"}]}]}",
                store -> assertThat(store.history(10)).singleElement().satisfies(entry -> {
                    assertThat(entry.change().revision()).isEqualTo(7);
                    assertThat(entry.edits()).extracting(AuditEntry.Edit::key).containsExactly(EntryKey.flag("y"));
                }));
    }

    @Test
    void a_history_of_another_form_is_an_error_of_the_store() throws Exception {
        answered(
                "200 OK",
                "{\"changes\":[{\"revision\":7,\"at\":\"yesterday\"}]}",
                store -> assertThatThrownBy(() -> store.history(10))
                        .isInstanceOf(FlagStoreException.class)
                        .hasMessageContaining("cannot read")
                        .hasMessageContaining("yesterday"));
    }

    @Test
    void a_refusal_that_names_a_kind_of_entry_only_a_newer_server_knows_is_an_error_of_the_store() throws Exception {
        answered(
                "412 Precondition Failed",
                "{\"kind\":\"SEGMENT\",\"name\":\"x\"}",
                store -> assertThatThrownBy(() -> store.apply(
                                Change.by("ana", "x").put(Flag.bool("x").build(), Change.ABSENT)))
                        .isInstanceOf(FlagStoreException.class)
                        .hasMessageContaining("[COHORT, FLAG, MIGRATION]")
                        .hasMessageContaining("'SEGMENT'"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:8080", "ftp://localhost", "/flags", "http:///x"})
    void an_address_must_be_of_a_server(String address) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> HttpFlagStore.at(URI.create(address)))
                .withMessageContaining("like http://localhost:8080");
    }

    @Test
    void a_server_cannot_be_asked_without_a_pause() {
        HttpFlagStore.Builder store = HttpFlagStore.builder(URI.create("http://localhost:8080"));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> store.pollInterval(Duration.ofNanos(999_999)))
                .withMessageContaining("at least 1 ms, but was PT0.000999999S");
    }
}

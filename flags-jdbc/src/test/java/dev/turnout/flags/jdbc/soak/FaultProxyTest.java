package dev.turnout.flags.jdbc.soak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients speak in texts of four bytes; the server answers each with the same text. */
@Timeout(30)
class FaultProxyTest {
    private static final int SIZE = 4;
    private static final String CUT = "";

    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private ServerSocket server;
    private FaultProxy proxy;
    private Link link;

    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::accept);
        proxy = new FaultProxy();
        link = proxy.link(server.getLocalPort());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
        server.close();
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void daemon(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (IOException e) {
                // the connection was cut, or the test is over
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() throws IOException {
        while (true) {
            Socket socket = server.accept();
            daemon(() -> echo(socket));
        }
    }

    private void echo(Socket socket) throws IOException {
        try (socket) {
            while (true) {
                String text = receive(socket.getInputStream());
                received.add(text);
                if (text.equals(CUT)) {
                    return;
                }
                send(socket, text);
            }
        }
    }

    private Socket connect() throws IOException {
        return connectTo(link);
    }

    private static Socket connectTo(Link link) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), link.port());
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static String receive(InputStream from) throws IOException {
        return new String(from.readNBytes(SIZE), StandardCharsets.US_ASCII);
    }

    private static String ask(Socket socket, String text) throws IOException {
        send(socket, text);
        return receive(socket.getInputStream());
    }

    private String next() throws InterruptedException {
        return received.poll(20, TimeUnit.SECONDS);
    }

    /** Waits until the proxy has done what was asked of it. */
    private void settle() throws InterruptedException {
        BlockingQueue<String> done = new LinkedBlockingQueue<>();
        proxy.execute(() -> done.add("done"));
        done.take();
    }

    private static void assertCut(Socket socket) {
        try {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("reset");
        }
    }

    @Test
    void what_goes_in_comes_out_for_many_connections() throws IOException {
        try (Socket one = connect();
                Socket other = connect()) {
            for (int i = 0; i < 1_000; i++) {
                String text = String.valueOf(1_000 + i);
                assertThat(ask(i % 2 == 0 ? one : other, text)).isEqualTo(text);
            }
        }
    }

    @Test
    void much_more_than_buffers_hold_goes_through() throws IOException {
        try (ServerSocket inBulk = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Socket socket = connectTo(proxy.link(inBulk.getLocalPort()))) {
            daemon(() -> {
                try (Socket accepted = inBulk.accept()) {
                    accepted.getInputStream().transferTo(accepted.getOutputStream());
                }
            });
            byte[] much = new byte[8_000_000];
            new Random(42).nextBytes(much);
            daemon(() -> socket.getOutputStream().write(much));

            assertThat(Arrays.equals(socket.getInputStream().readNBytes(much.length), much))
                    .as("what came back is what was sent")
                    .isTrue();
        }
    }

    @Test
    void the_end_of_one_side_is_told_to_the_other() throws IOException, InterruptedException {
        try (Socket socket = connect()) {
            ask(socket, "text");
            socket.shutdownOutput();

            assertThat(next()).isEqualTo("text");
            assertThat(next()).isEqualTo(CUT);
            assertCut(socket);
        }
    }

    @Test
    void a_cut_ends_what_is_there_and_new_connections_work() throws IOException, InterruptedException {
        try (Socket socket = connect()) {
            ask(socket, "text");
            link.cut();
            assertCut(socket);
        }
        try (Socket socket = connect()) {
            assertThat(ask(socket, "more")).isEqualTo("more");
        }
    }

    @Test
    void a_link_that_refuses_cuts_new_connections_too_until_it_heals() throws IOException, InterruptedException {
        link.let(Link.Flow.REFUSE);
        settle();
        try (Socket socket = connect()) {
            assertCut(socket);
        }
        link.heal();
        settle();
        try (Socket socket = connect()) {
            assertThat(ask(socket, "more")).isEqualTo("more");
        }
    }

    @Test
    void what_is_held_arrives_late_even_if_its_sender_has_gone() throws IOException, InterruptedException {
        try (Socket socket = connect()) {
            ask(socket, "text");
            assertThat(next()).isEqualTo("text");
            link.let(Link.Flow.HOLD);
            settle();
            send(socket, "late");
            socket.setSoTimeout(50);
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        }
        assertThat(received).isEmpty();

        link.heal();

        assertThat(next()).isEqualTo("late");
        assertThat(next()).isEqualTo(CUT);
    }

    @Test
    void a_half_open_connection_swallows_everything_and_is_cut_when_it_heals()
            throws IOException, InterruptedException {
        try (Socket socket = connect()) {
            ask(socket, "text");
            assertThat(next()).isEqualTo("text");
            link.let(Link.Flow.DROP);
            settle();
            send(socket, "lost");
            socket.setSoTimeout(50);
            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
            socket.setSoTimeout(0);

            link.heal();

            assertCut(socket);
            assertThat(received).doesNotContain("lost");
        }
    }

    @Test
    void a_slow_link_takes_its_time_and_keeps_the_order() throws IOException, InterruptedException {
        link.delay(Duration.ofMillis(40));
        settle();
        try (Socket socket = connect()) {
            long start = System.nanoTime();
            send(socket, "one.");
            send(socket, "two.");

            assertThat(receive(socket.getInputStream())).isEqualTo("one.");
            assertThat(receive(socket.getInputStream())).isEqualTo("two.");
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(80));
        }
    }

    @Test
    void an_answer_is_cut_after_the_server_has_given_it() throws IOException, InterruptedException {
        link.cutAnswers(1, "sure", "done");
        settle();
        try (Socket socket = connect()) {
            assertThat(ask(socket, "text")).isEqualTo("text");
            send(socket, "done");
            assertCut(socket);
        }
        assertThat(next()).isEqualTo("text");
        assertThat(next()).isEqualTo("done");
        assertThat(link.answersCut()).isEqualTo(1);
        try (Socket socket = connect()) {
            assertThat(ask(socket, "done")).isEqualTo("done");
        }
    }
}

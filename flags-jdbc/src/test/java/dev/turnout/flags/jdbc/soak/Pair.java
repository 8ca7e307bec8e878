package dev.turnout.flags.jdbc.soak;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A connection of a client to the proxy, and the one from there to the server. Used by the proxy's thread alone. */
final class Pair {
    private static final int BUFFER = 64 * 1024;
    private static final ByteBuffer END = ByteBuffer.allocate(0);

    /** Bytes that wait for their time, or for the sink to take them; {@link #END} if the source has ended. */
    private record Piece(ByteBuffer bytes, long dueNanos) {}

    /** One direction. The queue has no bound, as what is sent here is small. */
    private final class Direction {
        private final SocketChannel source;
        private final SocketChannel sink;
        private final boolean isAnswer;
        private final Deque<Piece> queue = new ArrayDeque<>();
        private boolean ended;

        Direction(SocketChannel source, SocketChannel sink, boolean isAnswer) {
            this.source = source;
            this.sink = sink;
            this.isAnswer = isAnswer;
        }

        /** @return whether there may be more */
        boolean read() {
            ByteBuffer bytes = ByteBuffer.allocate(BUFFER);
            int count;
            try {
                count = source.read(bytes);
            } catch (IOException e) {
                count = -1; // a reset is an end too: what came before it is still delivered
            }
            if (count < 0) {
                add(END);
                return false;
            }
            bytes.flip();
            if (link.flow() == Link.Flow.DROP) {
                hasLostBytes = true;
            } else if (isAnswer && link.expectsAnswers() && link.cuts(text(bytes))) {
                cut();
            } else if (count > 0) {
                add(bytes);
            }
            return true;
        }

        private static String text(ByteBuffer bytes) {
            return StandardCharsets.ISO_8859_1.decode(bytes.duplicate()).toString();
        }

        private void add(ByteBuffer bytes) {
            long delay = link.delayNanos();
            long due = System.nanoTime() + delay;
            queue.add(new Piece(bytes, due));
            if (delay > 0) {
                link.proxy().executeAt(due, this::deliver);
            } else {
                deliver();
            }
        }

        void deliver() {
            try {
                while (!ended && !queue.isEmpty() && mayGo(queue.peek())) {
                    ByteBuffer bytes = queue.peek().bytes();
                    if (!bytes.hasRemaining()) { // END, as others leave the queue when they are empty
                        end();
                        return;
                    }
                    sink.write(bytes);
                    if (bytes.hasRemaining()) {
                        break;
                    }
                    queue.remove();
                }
            } catch (IOException e) { // nothing is there to take it
                end();
            }
            updateInterest();
        }

        private boolean mayGo(Piece piece) {
            return link.flow() != Link.Flow.HOLD && piece.dueNanos() - System.nanoTime() <= 0;
        }

        boolean waitsForSink() {
            return !ended && !queue.isEmpty() && mayGo(queue.peek());
        }

        private void end() {
            if (ended) {
                return;
            }
            ended = true;
            queue.clear();
            try {
                sink.shutdownOutput();
            } catch (IOException e) {
                // it has ended already
            }
            if (toServer.ended && toClient.ended) {
                close();
            } else if (isAnswer) {
                toServer.finishWithoutClient();
            }
        }

        /** The server has gone, or the client takes no answers: what is in flight to the server still arrives, and nothing follows. */
        private void finishWithoutClient() {
            if (queue.isEmpty()) {
                add(END);
            }
        }
    }

    private final Link link;
    private final SocketChannel client;
    private final SocketChannel server;
    private final Direction toServer;
    private final Direction toClient;
    private @Nullable SelectionKey clientKey;
    private @Nullable SelectionKey serverKey;
    private boolean clientReads = true;
    private boolean serverReads = true;
    private boolean hasLostBytes;

    Pair(Link link, SocketChannel client, SocketChannel server) {
        this.link = link;
        this.client = client;
        this.server = server;
        toServer = new Direction(client, server, false);
        toClient = new Direction(server, client, true);
    }

    void begin() throws IOException {
        for (SocketChannel each : new SocketChannel[] {client, server}) {
            each.configureBlocking(false);
            each.setOption(StandardSocketOptions.TCP_NODELAY, true);
        }
        clientKey = link.proxy().register(client, SelectionKey.OP_READ, this::clientReady);
        serverKey = link.proxy().register(server, SelectionKey.OP_READ, this::serverReady);
    }

    private void clientReady() {
        if (clientKey != null && clientKey.isReadable()) {
            clientReads = toServer.read();
        }
        toClient.deliver();
    }

    private void serverReady() {
        if (serverKey != null && serverKey.isReadable()) {
            serverReads = toClient.read();
        }
        toServer.deliver();
    }

    private void updateInterest() {
        interest(clientKey, clientReads, toClient.waitsForSink());
        interest(serverKey, serverReads, toServer.waitsForSink());
    }

    private static void interest(@Nullable SelectionKey key, boolean reads, boolean writes) {
        Optional.ofNullable(key)
                .filter(SelectionKey::isValid)
                .ifPresent(valid ->
                        valid.interestOps((reads ? SelectionKey.OP_READ : 0) | (writes ? SelectionKey.OP_WRITE : 0)));
    }

    void healed() {
        if (hasLostBytes) {
            cut();
        } else {
            toServer.deliver();
            toClient.deliver();
        }
    }

    /** Both ends are notified by a reset. */
    void cut() {
        try {
            client.setOption(StandardSocketOptions.SO_LINGER, 0);
            server.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            // it is closed already
        }
        close();
    }

    private void close() {
        toServer.ended = true;
        toClient.ended = true;
        try {
            client.close();
            server.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        link.ended(this);
    }
}

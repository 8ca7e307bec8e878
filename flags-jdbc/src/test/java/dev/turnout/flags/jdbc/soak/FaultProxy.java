package dev.turnout.flags.jdbc.soak;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

/**
 * A TCP proxy that breaks what goes through it, on demand. One thread serves all its {@link Link}s, so it costs little; what is
 * asked of a link is done by that thread.
 */
public final class FaultProxy implements AutoCloseable {
    private record Later(long atNanos, Runnable task) {}

    private final Selector selector;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final PriorityQueue<Later> later =
            new PriorityQueue<>(Comparator.comparingLong(Later::atNanos)); // by the proxy's thread alone
    private final Thread thread = new Thread(this::run, "fault-proxy");

    public FaultProxy() throws IOException {
        selector = Selector.open();
        thread.setDaemon(true);
        thread.start();
    }

    /** A port of this machine that leads to another one. */
    public Link link(int targetPort) throws IOException {
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        server.configureBlocking(false);
        int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
        Link link = new Link(this, port, new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort));
        execute(() -> register(server, SelectionKey.OP_ACCEPT, () -> accept(server, link)));
        return link;
    }

    private static void accept(ServerSocketChannel server, Link link) throws IOException {
        SocketChannel client = server.accept();
        if (client != null) {
            link.accepted(client);
        }
    }

    /** What a ready channel leads to. */
    interface Ready {
        void run() throws IOException;
    }

    SelectionKey register(java.nio.channels.SelectableChannel channel, int operations, Ready ready) {
        try {
            return channel.register(selector, operations, ready);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Lets the proxy's thread do something, soon. */
    void execute(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    /** Lets the proxy's thread do something, not before this moment. By the proxy's thread. */
    void executeAt(long nanos, Runnable task) {
        later.add(new Later(nanos, task));
    }

    private void run() {
        try {
            while (selector.isOpen()) {
                selector.select(key -> ready(key), millisToNext());
                for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                    task.run();
                }
                while (!later.isEmpty() && later.peek().atNanos() - System.nanoTime() <= 0) {
                    later.remove().task().run();
                }
            }
        } catch (ClosedSelectorException e) {
            // close() was called
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** 0 is for ever. */
    private long millisToNext() {
        return later.isEmpty()
                ? 0
                : Math.max(1, TimeUnit.NANOSECONDS.toMillis(later.peek().atNanos() - System.nanoTime()) + 1);
    }

    private static void ready(SelectionKey key) {
        try {
            ((Ready) key.attachment()).run();
        } catch (IOException | CancelledKeyException e) {
            key.cancel(); // a pair looks after its own; this is a listener that is closed
        }
    }

    @Override
    public void close() {
        try {
            List<SelectionKey> keys = new ArrayList<>(selector.keys());
            selector.close();
            for (SelectionKey key : keys) {
                key.channel().close();
            }
            thread.join(TimeUnit.SECONDS.toMillis(10));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

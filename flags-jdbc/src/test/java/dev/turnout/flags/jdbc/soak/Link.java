package dev.turnout.flags.jdbc.soak;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A way through a {@link FaultProxy}, for any number of connections. All of its faults last until {@link #heal}. May be used by any thread; what is asked is
 * done a moment later.
 */
public final class Link {
    /** What becomes of bytes. */
    public enum Flow {
        /** They go through. */
        PASS,
        /** They wait, and go through when it heals, however late that is. */
        HOLD,
        /** They are swallowed, without a word: the connection is half open. When it heals, connections that have lost some are cut. */
        DROP,
        /** Connections are cut, and new ones too. */
        REFUSE
    }

    private final FaultProxy proxy;
    private final int port;
    private final InetSocketAddress target;
    // All below is used by the proxy's thread alone, but for the counter.
    private final Set<Pair> pairs = new HashSet<>();
    private Flow flow = Flow.PASS;
    private long delayNanos;
    private int answersToCut;
    private List<String> answers = List.of();
    private final AtomicInteger answersCut = new AtomicInteger();

    Link(FaultProxy proxy, int port, InetSocketAddress target) {
        this.proxy = proxy;
        this.port = port;
        this.target = target;
    }

    public int port() {
        return port;
    }

    /** Cuts all connections, once; what is under way in them is lost in whatever state it is. */
    void cut() {
        proxy.execute(this::cutNow);
    }

    private void cutNow() {
        List.copyOf(pairs).forEach(Pair::cut);
    }

    public void let(Flow next) {
        proxy.execute(() -> {
            flow = next;
            if (next == Flow.REFUSE) {
                cutNow();
            }
        });
    }

    /** Each piece takes so much longer, in both directions. */
    void delay(Duration delay) {
        proxy.execute(() -> delayNanos = delay.toNanos());
    }

    /** Cuts the next {@code count} connections in which the server answers with one of these texts, before the client has the answer. */
    void cutAnswers(int count, String... texts) {
        proxy.execute(() -> {
            answersToCut = count;
            answers = List.of(texts);
        });
    }

    /** How many answers were cut, in all. */
    int answersCut() {
        return answersCut.get();
    }

    public void heal() {
        proxy.execute(() -> {
            flow = Flow.PASS;
            delayNanos = 0;
            answersToCut = 0;
            for (Pair pair : new ArrayList<>(pairs)) {
                pair.healed();
            }
        });
    }

    // What follows is for the proxy and its pairs.

    Flow flow() {
        return flow;
    }

    long delayNanos() {
        return delayNanos;
    }

    FaultProxy proxy() {
        return proxy;
    }

    boolean cuts(String answer) {
        if (answersToCut == 0 || answers.stream().noneMatch(answer::contains)) {
            return false;
        }
        answersToCut--;
        answersCut.incrementAndGet();
        return true;
    }

    boolean expectsAnswers() {
        return answersToCut > 0;
    }

    void accepted(SocketChannel client) throws IOException {
        if (flow == Flow.REFUSE) {
            client.setOption(StandardSocketOptions.SO_LINGER, 0);
            client.close();
            return;
        }
        SocketChannel server = SocketChannel.open();
        try {
            server.connect(target); // on this machine, so it does not take long
            Pair pair = new Pair(this, client, server);
            pairs.add(pair);
            pair.begin();
        } catch (IOException e) {
            server.close();
            client.close();
        }
    }

    void ended(Pair pair) {
        pairs.remove(pair);
    }
}

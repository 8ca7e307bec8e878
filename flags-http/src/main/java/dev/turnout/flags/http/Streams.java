package dev.turnout.flags.http;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event streams that are open. Each is served by its request's own thread, which mostly sleeps: a reader that does not read blocks
 * nobody else, until the server's idle timeout ends its write. Thread-safe.
 */
final class Streams implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Streams.class);

    /** How many at most; the server has that many threads more. */
    static final int MOST = 64;

    private static final long HEARTBEAT_MILLIS = 15_000;

    private final Semaphore places = new Semaphore(MOST);
    private final Set<Mailbox> open = ConcurrentHashMap.newKeySet();

    /** A source of frames. */
    interface Topic {
        /** From now on, frames are put into this box. */
        void subscribe(Mailbox mailbox);

        /** No longer. */
        void unsubscribe(Mailbox mailbox);
    }

    /**
     * Streams a topic until the reader goes, or the server closes.
     *
     * @param first is asked for what to begin with, after the subscription, so that nothing is missed between
     */
    void serve(Context ctx, Topic topic, Supplier<String> first) {
        if (!places.tryAcquire()) {
            ctx.header("Retry-After", "5");
            throw Problem.tooManyStreams();
        }
        Mailbox mailbox = new Mailbox();
        open.add(mailbox);
        try {
            topic.subscribe(mailbox);
            stream(ctx, mailbox, first);
        } catch (IOException e) {
            // The reader has gone, or has not read for too long: there is nobody to tell.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            topic.unsubscribe(mailbox);
            open.remove(mailbox);
            places.release();
        }
    }

    private static void stream(Context ctx, Mailbox mailbox, Supplier<String> first)
            throws IOException, InterruptedException {
        ctx.res().setContentType("text/event-stream");
        ctx.res().setCharacterEncoding("UTF-8");
        ctx.header("X-Accel-Buffering", "no"); // asks proxies to pass on what comes when it comes
        OutputStream out = ctx.res().getOutputStream();
        send(out, first.get());
        while (!mailbox.isClosed()) {
            String frame = mailbox.take(HEARTBEAT_MILLIS);
            send(out, frame == null ? Sse.HEARTBEAT : frame);
        }
    }

    private static void send(OutputStream out, String frame) throws IOException {
        out.write(frame.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** Ends all of them, and lets no other one begin; readers connect again elsewhere. Blocks, for at most a second. */
    @Override
    public void close() {
        open.forEach(Mailbox::close);
        try {
            if (!places.tryAcquire(MOST, 1, TimeUnit.SECONDS)) {
                log.debug("Some streams' readers don't read; they are cut off.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

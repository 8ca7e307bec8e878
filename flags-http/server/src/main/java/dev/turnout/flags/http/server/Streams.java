package dev.turnout.flags.http.server;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.store.TimeSource;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event streams that are open. Each is served by its request's own thread, which mostly sleeps: a reader that does not read blocks
 * no other one, until the server's idle timeout ends its write. Thread-safe.
 */
final class Streams implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Streams.class);

    /** How many at most; the server has that many threads more. */
    static final int MOST = 64;

    private static final long HEARTBEAT_MILLIS = 15_000;
    private static final long LONGEST_MINUTES = 30;

    private final Semaphore places = new Semaphore(MOST);
    private final Map<Mailbox, String> open =
            new LinkedHashMap<>(); // the oldest first, by who reads; guarded by itself

    /** A source of frames. */
    interface Topic {
        /** From now on, frames are put into this box. */
        void subscribe(Mailbox mailbox);

        /** No longer. */
        void unsubscribe(Mailbox mailbox);
    }

    /**
     * Streams a topic until the reader goes, or the server closes; for half an hour or so, after which readers connect
     * again. If all places are taken, the reader that has most of them, and more than one more than the caller, loses
     * the oldest.
     *
     * @param first is asked for what to begin with, after the subscription, to miss nothing between
     */
    void serve(Context ctx, Topic topic, Supplier<String> first) {
        String reader = AccessControl.caller(ctx).orElse("");
        if (!places.tryAcquire() && !isMadeFree(reader)) {
            ctx.header("Retry-After", "5");
            throw Problem.tooManyStreams();
        }
        Mailbox mailbox = new Mailbox();
        synchronized (open) {
            open.put(mailbox, reader);
        }
        try {
            topic.subscribe(mailbox);
            stream(ctx, mailbox, first);
        } catch (IOException e) {
            // The reader has gone, or has not read for too long: there is no reader to answer.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            topic.unsubscribe(mailbox);
            synchronized (open) {
                open.remove(mailbox);
            }
            places.release();
        }
    }

    /** Takes a place from the reader with most, for one with fewer. */
    private boolean isMadeFree(String reader) {
        Mailbox oldest = null;
        synchronized (open) {
            Map<String, Long> counts =
                    open.values().stream().collect(Collectors.groupingBy(one -> one, Collectors.counting()));
            if (counts.isEmpty()) { // places are taken before their streams are among those that are open
                return false;
            }
            Map.Entry<String, Long> greedy = Collections.max(counts.entrySet(), Map.Entry.comparingByValue());
            if (greedy.getValue() <= counts.getOrDefault(reader, 0L) + 1) {
                return false;
            }
            for (Map.Entry<Mailbox, String> one : open.entrySet()) {
                if (oldest == null && one.getValue().equals(greedy.getKey())) {
                    oldest = one.getKey();
                }
            }
        }
        requireNonNull(oldest).close();
        try {
            return places.tryAcquire(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static void stream(Context ctx, Mailbox mailbox, Supplier<String> first)
            throws IOException, InterruptedException {
        ctx.res().setContentType(Sse.TYPE);
        ctx.res().setCharacterEncoding("UTF-8");
        ctx.header("X-Accel-Buffering", "no"); // asks proxies to pass on what comes when it comes
        OutputStream out = ctx.res().getOutputStream();
        send(out, first.get());
        // Not all at once, where many began together.
        long end = TimeSource.SYSTEM.nanoTime()
                + TimeUnit.MINUTES.toNanos(LONGEST_MINUTES)
                + ThreadLocalRandom.current().nextLong(TimeUnit.MINUTES.toNanos(LONGEST_MINUTES) / 5);
        while (!mailbox.isClosed() && TimeSource.SYSTEM.nanoTime() - end < 0) {
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
        synchronized (open) {
            open.keySet().forEach(Mailbox::close);
        }
        try {
            if (!places.tryAcquire(MOST, 1, TimeUnit.SECONDS)) {
                log.debug("Some streams' readers do not read; they are cut off.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

package dev.turnout.flags.http;

import dev.turnout.flags.store.FlagStore.Subscription;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.Listeners;
import dev.turnout.flags.store.LogThrottle;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.TimeSource;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows a server: one thread listens to its events, another one fetches what is new, also from time to time without being told, and
 * tells the watchers. Thread-safe.
 */
final class ServerWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ServerWatch.class);
    private static final long FIRST_DELAY_MILLIS = 100;
    private static final long LONGEST_DELAY_MILLIS = 5_000;
    // Three of the server's heartbeats.
    private static final long SILENT_NANOS = Duration.ofSeconds(45).toNanos();

    private final ServerCalls calls;
    private final Duration pollInterval;
    private final RandomGenerator random;
    private final Listeners<Snapshot> watchers = new Listeners<>(ServerWatch.class, TimeSource.SYSTEM);
    private final LogThrottle streamFailures = new LogThrottle(ServerWatch.class, TimeSource.SYSTEM);
    private final LogThrottle outage = new LogThrottle(ServerWatch.class, TimeSource.SYSTEM);
    private final AtomicBoolean fetchPending = new AtomicBoolean();
    private final ScheduledExecutorService executor;
    private final Thread listener;
    // All three guarded by this.
    private Snapshot newest = Snapshot.EMPTY;
    private boolean seenAny;
    private boolean started;
    private volatile boolean closed;
    private volatile long told = -1; // written on the executor's thread
    private volatile long heardAtNanos;
    private volatile long answeredAtNanos = System.nanoTime();
    private volatile @Nullable InputStream stream;

    ServerWatch(ServerCalls calls, Duration pollInterval, RandomGenerator random) {
        this.calls = calls;
        this.pollInterval = pollInterval;
        this.random = random;
        executor = Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "turnout-http-store"));
        listener = daemon(this::listen, "turnout-http-watch");
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
    }

    Subscription add(Consumer<Snapshot> watcher) {
        Subscription subscription = watchers.add(watcher);
        start();
        return subscription;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // poll() lets nothing out
    private synchronized void start() {
        if (!started && !closed) {
            started = true;
            told = seenAny ? newest.revision() : -1;
            long period = pollInterval.toMillis();
            executor.scheduleWithFixedDelay(this::poll, period, period, TimeUnit.MILLISECONDS);
            listener.start();
        }
    }

    /** Since when the server has not answered. */
    Duration age() {
        return Duration.ofNanos(System.nanoTime() - answeredAtNanos);
    }

    /** Notes a state that was read; returns the newest that was ever seen. */
    synchronized Snapshot seen(Snapshot snapshot) {
        answeredAtNanos = System.nanoTime();
        if (seenAny && snapshot.revision() < newest.revision()) {
            log.debug(
                    "The server is at revision {}, behind {}, which was seen; going on with that.",
                    snapshot.revision(),
                    newest.revision());
        } else {
            newest = snapshot;
            seenAny = true;
        }
        return newest;
    }

    /** Tells the watchers of a state, if they don't know it yet. */
    void tell(Snapshot snapshot) {
        seen(snapshot);
        try {
            executor.execute(() -> pass(snapshot));
        } catch (RejectedExecutionException e) {
            log.debug("Closed; nobody is told of revision {}.", snapshot.revision());
        }
    }

    private void pass(Snapshot snapshot) {
        if (snapshot.revision() <= told) {
            return;
        }
        told = snapshot.revision();
        watchers.tell(snapshot, "revision " + snapshot.revision());
    }

    private void poll() {
        InputStream open = stream;
        if (open != null && System.nanoTime() - heardAtNanos > SILENT_NANOS) {
            log.debug("The event stream has fallen silent; opening another one.");
            closeQuietly(open);
        }
        fetch();
    }

    private void fetch() {
        fetchPending.set(false); // first: an event that comes while we fetch needs another fetch
        try {
            calls.snapshotUnless(told).map(this::seen).ifPresent(this::pass);
            answeredAtNanos = System.nanoTime(); // also if nothing is new
            outage.worksAgain("The flag server answers again; flags are at revision {}.", told);
        } catch (Throwable e) { // also an Error: the executor would never poll again, without a word
            if (!closed) {
                outage.warn(
                        e,
                        "The flag server does not answer. Flags stay at revision {} until it does; it is asked again every {}.",
                        told,
                        pollInterval);
            }
        }
    }

    private void listen() {
        int failures = 0;
        while (!closed) {
            try {
                listenOnce();
                failures = 0; // it had been open
            } catch (IOException | UncheckedIOException | FlagStoreException e) {
                failures++;
                log.debug("The event stream can't be opened (attempt {}).", failures, e);
            } catch (Throwable e) { // the thread is needed as long as somebody watches
                failures++;
                if (!closed) {
                    streamFailures.error(e, "The event stream fails; changes are seen only when the server is polled.");
                }
            }
            pause(failures);
        }
    }

    private void listenOnce() throws IOException {
        try (InputStream in = calls.watch();
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            heardAtNanos = System.nanoTime();
            stream = in;
            if (!closed) {
                read(lines);
            }
        } finally {
            stream = null;
        }
    }

    private void read(BufferedReader lines) {
        try {
            for (String line = lines.readLine(); line != null && !closed; line = lines.readLine()) {
                heardAtNanos = System.nanoTime();
                if (line.startsWith("id: ") && revision(line) > told && fetchPending.compareAndSet(false, true)) {
                    executor.execute(this::fetch);
                }
            }
        } catch (IOException | RejectedExecutionException e) {
            log.debug("The event stream has ended.", e);
        }
    }

    private static long revision(String line) {
        try {
            return Long.parseLong(line.substring("id: ".length()).strip());
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** Anywhere up to the longest wait: clients that lost their server together must not come back together. */
    private void pause(int failures) {
        long longest = Math.min(LONGEST_DELAY_MILLIS, FIRST_DELAY_MILLIS << Math.min(failures, 10));
        try {
            Thread.sleep(random.nextLong(longest) + 1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            closed = true;
        }
    }

    private static void closeQuietly(InputStream in) {
        try {
            in.close();
        } catch (Throwable e) { // the executor would never poll again, without a word
            log.debug("The event stream could not be closed.", e);
        }
    }

    @Override
    public void close() {
        closed = true;
        executor.shutdownNow();
        listener.interrupt();
        InputStream open = stream;
        if (open != null) {
            closeQuietly(open);
        }
    }
}

package dev.turnout.flags.http;

import dev.turnout.flags.store.FlagStore.Subscription;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.Snapshot;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
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
    private final List<Consumer<Snapshot>> watchers = new CopyOnWriteArrayList<>();
    private final AtomicBoolean fetchPending = new AtomicBoolean();
    private final ScheduledExecutorService executor;
    private final Thread listener;
    // All three guarded by this.
    private Snapshot newest = Snapshot.EMPTY;
    private boolean seenAny;
    private boolean started;
    private boolean down; // on the executor's thread alone
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
        watchers.add(watcher);
        start();
        return () -> watchers.remove(watcher);
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
        for (Consumer<Snapshot> watcher : watchers) {
            try {
                watcher.accept(snapshot);
            } catch (RuntimeException e) {
                log.error("A watcher failed on revision {}; the others are told all the same.", snapshot.revision(), e);
            }
        }
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
            if (down) {
                down = false;
                log.info("The flag server answers again; flags are at revision {}.", told);
            }
        } catch (RuntimeException e) {
            if (!down && !closed) {
                down = true;
                log.warn(
                        "The flag server does not answer. Flags stay at revision {} until it does; it is asked again every {}.",
                        told,
                        pollInterval,
                        e);
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
        } catch (IOException e) {
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

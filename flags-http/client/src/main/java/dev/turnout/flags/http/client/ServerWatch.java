package dev.turnout.flags.http.client;

import dev.turnout.flags.store.FlagStore.Subscription;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.Listeners;
import dev.turnout.flags.store.LogThrottle;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.SnapshotId;
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
 * Follows a server: one thread listens to its events; another one fetches what is new, also from time to time without
 * an event, and notifies the watchers. Thread-safe.
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
    private boolean started; // guarded by this
    private volatile boolean closed;
    // The last state that watchers know; before it has started the one that was read last, then written on the
    // executor's thread alone.
    private volatile SnapshotId told = SnapshotId.NONE;
    private volatile long heardAtNanos;
    private volatile long answeredAtNanos = TimeSource.SYSTEM.nanoTime();
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
            long period = pollInterval.toMillis();
            executor.scheduleWithFixedDelay(this::poll, period, period, TimeUnit.MILLISECONDS);
            listener.start();
        }
    }

    /** Since when the server has not answered. */
    Duration age() {
        return Duration.ofNanos(TimeSource.SYSTEM.nanoTime() - answeredAtNanos);
    }

    /** Notes a state that was read, which is not news to a new watcher. */
    synchronized Snapshot seen(Snapshot snapshot) {
        answeredAtNanos = TimeSource.SYSTEM.nanoTime();
        if (!started) {
            told = snapshot.id();
        }
        return snapshot;
    }

    /** Notifies the watchers of a state that a change has made, unless they know it, or a newer one, already. */
    void tell(Snapshot snapshot) {
        answeredAtNanos = TimeSource.SYSTEM.nanoTime();
        try {
            executor.execute(() -> {
                if (snapshot.id().follows(told)) {
                    pass(snapshot);
                }
            });
        } catch (RejectedExecutionException e) {
            log.debug("Closed; no watcher is notified of revision {}.", snapshot.revision());
        }
    }

    private void pass(Snapshot snapshot) {
        if (!snapshot.id().equals(told)) {
            told = snapshot.id();
            watchers.tell(snapshot, "revision " + snapshot.revision());
        }
    }

    private void poll() {
        InputStream open = stream;
        if (open != null && TimeSource.SYSTEM.nanoTime() - heardAtNanos > SILENT_NANOS) {
            log.debug("The event stream has fallen silent; opening another one.");
            closeQuietly(open);
        }
        fetch();
    }

    private void fetch() {
        fetchPending.set(false); // first: an event that comes while we fetch needs another fetch
        try {
            calls.snapshotUnless(told).map(this::sure).ifPresent(this::pass);
            answeredAtNanos = TimeSource.SYSTEM.nanoTime(); // also if nothing is new
            outage.worksAgain("The flag server answers again; flags are at revision {}.", told.revision());
        } catch (Throwable e) { // also an Error: the executor would never poll again, without a word
            if (!closed) {
                outage.warn(
                        e,
                        "The flag server does not answer. Flags stay at revision {} until it does; it is asked again every {}.",
                        told.revision(),
                        pollInterval);
            }
        }
    }

    /** A state may not follow the known one: the server is behind, is another one, or its store was set back. The store decides. */
    private Snapshot sure(Snapshot remembered) {
        return remembered.id().follows(told) ? remembered : calls.snapshot();
    }

    private void listen() {
        int failures = 0;
        while (!closed) {
            try {
                listenOnce();
                failures = 0; // it had been open
            } catch (IOException | UncheckedIOException | FlagStoreException e) {
                failures++;
                log.debug("The event stream cannot be opened (attempt {}).", failures, e);
            } catch (Throwable e) { // the thread is needed as long as there are watchers
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
            heardAtNanos = TimeSource.SYSTEM.nanoTime();
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
                heardAtNanos = TimeSource.SYSTEM.nanoTime();
                if (line.startsWith("id: ") && !line.endsWith(" " + told) && fetchPending.compareAndSet(false, true)) {
                    executor.execute(this::fetch);
                }
            }
        } catch (IOException | RejectedExecutionException e) {
            log.debug("The event stream has ended.", e);
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

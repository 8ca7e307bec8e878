package dev.turnout.flags.jdbc.soak;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The users of one node, each at an even pace. */
final class Traffic {
    private static final long MOST_BEHIND_NANOS = Duration.ofMillis(500).toNanos();

    private final List<Thread> threads = new ArrayList<>();
    private final LongAdder operations = new LongAdder();
    private final LongAdder answered = new LongAdder();
    private final AtomicReference<@Nullable Throwable> accident = new AtomicReference<>();
    private volatile boolean open = true;

    Traffic(Router router, NodeSettings settings) {
        long intervalNanos = Duration.ofSeconds(settings.users()).toNanos() / settings.operationsPerSecond();
        KeySpace keys = new KeySpace(settings.startNanos());
        for (int number = 0; number < settings.users(); number++) {
            OpRecorder recorder = new OpRecorder(Path.of(settings.records()), settings.name() + "-user-" + number);
            User user = new User(router, keys, recorder, operations, answered, settings, number);
            Thread thread = new Thread(() -> use(user, intervalNanos), "user-" + number);
            thread.setDaemon(true);
            thread.setUncaughtExceptionHandler((dead, error) -> accident.compareAndSet(null, error));
            threads.add(thread);
        }
    }

    void start() {
        threads.forEach(Thread::start);
    }

    private void use(User user, long intervalNanos) {
        long due = System.nanoTime();
        while (open) {
            long now = System.nanoTime();
            if (due - now > 0) {
                LockSupport.parkNanos(due - now);
                continue;
            }
            due = Math.max(due, now - MOST_BEHIND_NANOS) + intervalNanos;
            user.next();
        }
    }

    long operations() {
        return operations.sum();
    }

    /** Of those, the reads that were answered. */
    long answered() {
        return answered.sum();
    }

    /** Ends when the operations under way have ended. What ended a user who should not have ended is thrown. */
    void stop() {
        open = false;
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Throwable error = accident.get();
        if (error != null) {
            throw new IllegalStateException("A user has come to an end.", error);
        }
    }
}

package dev.turnout.flags.store;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Those who want to be told of something. Each is told whatever the others throw, Errors included; that is logged, of each listener once a
 * minute at most for each kind of failure. A listener may add and remove listeners, and cause more news, which all are told after these. Thread-safe.
 *
 * @param <T> what they are told
 */
public final class Listeners<T> {
    private static final class Listener<T> {
        private final Consumer<? super T> consumer;
        private final ForeignCode guard;
        private volatile boolean ended;

        Listener(Consumer<? super T> consumer, ForeignCode guard) {
            this.consumer = consumer;
            this.guard = guard;
        }

        void tell(T news, String occasion) {
            if (!ended) {
                guard.run(occasion, () -> consumer.accept(news));
            }
        }
    }

    private record News<T>(T news, String occasion) {}

    private final Class<?> owner;
    private final TimeSource time;
    private final List<Listener<T>> all = new CopyOnWriteArrayList<>();
    private final ReentrantLock telling = new ReentrantLock();
    private final Deque<News<T>> waiting = new ArrayDeque<>(); // guarded by telling

    /**
     * None yet.
     *
     * @param owner the class in whose name failures are logged
     * @param time measures the minute
     */
    public Listeners(Class<?> owner, TimeSource time) {
        this.owner = owner;
        this.time = time;
    }

    /** Adds one, which is told on the threads that call {@link #tell} until its subscription is closed. */
    public FlagStore.Subscription add(Consumer<? super T> consumer) {
        requireNonNull(consumer, "consumer");
        ForeignCode guard = new ForeignCode(owner, time, "A listener failed on {}; the others are told all the same.");
        Listener<T> listener = new Listener<>(consumer, guard);
        all.add(listener);
        return () -> {
            listener.ended = true; // also where all are being told now
            all.remove(listener);
        };
    }

    /**
     * Tells all of them, on this thread, in the order in which they were added, one piece of news after the other. Called by a listener, it returns
     * at once: all are told when they have been told of what it was told of. Never throws.
     *
     * @param occasion names the news in the log, such as {@code revision 5}
     */
    public void tell(T news, String occasion) {
        boolean byListener = telling.isHeldByCurrentThread();
        telling.lock();
        try {
            waiting.add(new News<>(news, occasion));
            while (!byListener && !waiting.isEmpty()) {
                News<T> next = waiting.remove();
                for (Listener<T> listener : all) {
                    listener.tell(next.news(), next.occasion());
                }
            }
        } finally {
            telling.unlock();
        }
    }
}

package dev.turnout.flags.store;

import static java.util.Objects.requireNonNull;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Listeners of one kind of news. Each is notified whatever the other ones throw, Errors included; that is logged, of
 * each listener once a minute at most for each kind of failure. A listener may add and remove listeners, and cause more
 * news, of which all are notified after these. Thread-safe.
 *
 * @param <T> the news
 */
public final class Listeners<T> {
    private static final int MOST_WAITING = 100;

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
    private final Deque<News<T>> waiting = new ArrayDeque<>(); // guarded by this
    private boolean telling; // guarded by this, which no listener runs under

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

    /** Adds one, which is notified on the threads that call {@link #tell} until its subscription is closed. */
    public FlagStore.Subscription add(Consumer<? super T> consumer) {
        requireNonNull(consumer, "consumer");
        ForeignCode guard =
                new ForeignCode(owner, time, "A listener failed on {}; the other listeners are notified all the same.");
        Listener<T> listener = new Listener<>(consumer, guard);
        all.add(listener);
        return () -> {
            listener.ended = true; // also where all are being notified now
            all.remove(listener);
        };
    }

    /**
     * Notifies all of them, one piece of news after the other, in the order in which the listeners were added. If
     * another thread is notifying, or a listener calls this, it returns at once, and that thread delivers this news
     * too. No lock is held meanwhile, so a listener may take any. Never throws.
     *
     * @param occasion names the news in the log, such as {@code revision 5}
     */
    public void tell(T news, String occasion) {
        post(news, occasion);
        tellPosted();
    }

    /**
     * The first half of {@link #tell}, for callers whose lock settles the order of the news: {@link #tellPosted} has to follow without that lock. While
     * a listener hangs, the last 100 pieces of news are kept.
     */
    public synchronized void post(T news, String occasion) {
        if (waiting.size() == MOST_WAITING) {
            waiting.remove();
        }
        waiting.add(new News<>(news, occasion));
    }

    /** The second half of {@link #tell}. */
    public void tellPosted() {
        if (!begin()) {
            return;
        }
        try {
            for (News<T> next = next(); next != null; next = next()) {
                for (Listener<T> listener : all) {
                    listener.tell(next.news(), next.occasion());
                }
            }
        } catch (Throwable e) { // of the machine itself: a listener's own are caught
            end();
            throw e;
        }
    }

    private synchronized boolean begin() {
        boolean begins = !telling;
        telling = true;
        return begins;
    }

    /** The next piece of news; if there is none, the delivery is over. */
    private synchronized @Nullable News<T> next() {
        News<T> next = waiting.poll();
        telling = next != null;
        return next;
    }

    private synchronized void end() {
        telling = false;
    }
}

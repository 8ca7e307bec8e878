package dev.turnout.flags.store;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * Those who want to be told of something. Each is told whatever the others throw, Errors included; that is logged, of each listener once a
 * minute at most for each kind of failure. Thread-safe.
 *
 * @param <T> what they are told
 */
public final class Listeners<T> {
    private record Listener<T>(Consumer<? super T> consumer, LogThrottle failures) {}

    private final Class<?> owner;
    private final TimeSource time;
    private final List<Listener<T>> all = new CopyOnWriteArrayList<>();

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
        Listener<T> listener = new Listener<>(requireNonNull(consumer, "consumer"), new LogThrottle(owner, time));
        all.add(listener);
        return () -> all.remove(listener);
    }

    /**
     * Tells all of them, on this thread, in the order in which they were added. Never throws.
     *
     * @param occasion names the news in the log, such as {@code revision 5}
     */
    public void tell(T news, String occasion) {
        for (Listener<T> listener : all) {
            try {
                listener.consumer().accept(news);
            } catch (Throwable e) { // also an Error: those after it would never hear of it
                listener.failures().error(e, "A listener failed on {}; the others are told all the same.", occasion);
            }
        }
    }
}

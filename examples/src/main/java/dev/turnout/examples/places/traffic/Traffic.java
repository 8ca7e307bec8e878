package dev.turnout.examples.places.traffic;

import dev.turnout.examples.places.store.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Users of all nodes, who read and write places at an even pace until it is closed. What they do is drawn from a seed; what happens at the
 * same time is not.
 */
public final class Traffic implements AutoCloseable {
    // Enough that threads that wait for a stalled database leave the other ones room.
    private static final int USERS_PER_NODE = 32;

    private final List<Thread> threads = new ArrayList<>();
    private final AtomicReference<@Nullable Throwable> accident = new AtomicReference<>();
    private volatile boolean open = true;

    /**
     * Not yet begun.
     *
     * @param places what may be written into other places, to make new contents look like real ones
     */
    public Traffic(
            List<PlaceService> nodes,
            List<Place> places,
            Keys keys,
            WriteRecord record,
            Meters meters,
            PauseMeter pauses,
            int operationsPerSecond,
            long seed) {
        for (int node = 0; node < nodes.size(); node++) {
            Pace pace = new Pace((double) operationsPerSecond / nodes.size());
            for (int number = 0; number < USERS_PER_NODE; number++) {
                int user = node * USERS_PER_NODE + number;
                User one = new User(nodes.get(node), places, keys, record, meters, pauses, seed + user);
                Thread thread = new Thread(() -> use(one, pace), "user-" + user);
                thread.setDaemon(true);
                thread.setUncaughtExceptionHandler((dead, error) -> accident.compareAndSet(null, error));
                threads.add(thread);
            }
        }
    }

    /** Begins. */
    public void start() {
        threads.forEach(Thread::start);
    }

    private void use(User user, Pace pace) {
        while (open) {
            long since = pace.await();
            if (open) {
                user.next(since);
            }
        }
    }

    /** What ended a user who should not have ended; empty while all are well. */
    public Optional<Throwable> accident() {
        return Optional.ofNullable(accident.get());
    }

    /** Ends, when the operations under way have ended. */
    @Override
    public void close() {
        open = false;
        try {
            for (Thread thread : threads) {
                thread.join(TimeUnit.SECONDS.toMillis(10));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

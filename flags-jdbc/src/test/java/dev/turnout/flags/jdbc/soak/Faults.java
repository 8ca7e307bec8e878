package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.jdbc.soak.Databases.Name;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One fault after another, each kind once before any comes again. Used by one thread; several of these may run at once. */
final class Faults implements Runnable {
    private static final int SHORTEST_PAUSE_MILLIS = 300;
    private static final int LEASE_MILLIS = (int) NodeParts.LEASE.toMillis();
    private static final int MOST_DELAY_MILLIS = 60;
    private static final int MOST_CLOCK_MILLIS = 3_600_000;
    private static final String[] COMMITS = {"COMMIT\0", "INSERT 0 1\0", "UPDATE 1\0"};

    private final Cluster cluster;
    private final Databases databases;
    private final Overrides overrides;
    private final Failovers failovers;
    private final List<Name> names;
    private final List<Fault> kinds;
    private final Random random;
    private final CountDownLatch over;
    private final int longestPauseMillis;
    private final Map<Fault, Integer> counts = new EnumMap<>(Fault.class); // guarded by itself
    private volatile boolean done;

    /**
     * To be run.
     *
     * @param number of those who break things at once; seeds differ by it
     * @param over reports when there is to be no other
     */
    Faults(
            SoakSettings settings,
            int number,
            List<Fault> kinds,
            Cluster cluster,
            Databases databases,
            Overrides overrides,
            Failovers failovers,
            CountDownLatch over) {
        this.cluster = cluster;
        this.databases = databases;
        this.overrides = overrides;
        this.failovers = failovers;
        this.kinds = kinds;
        this.random = new Random(settings.seed() + 10 + number);
        this.over = over;
        this.names = settings.databases();
        this.longestPauseMillis = (int) settings.longestPause().toMillis();
    }

    @Override
    public void run() {
        List<Fault> next = new ArrayList<>();
        try {
            while (!pause(SHORTEST_PAUSE_MILLIS, longestPauseMillis) && !kinds.isEmpty()) {
                if (next.isEmpty()) {
                    next.addAll(kinds);
                    Collections.shuffle(next, random);
                }
                Fault fault = next.remove(0);
                if (!inject(fault)) {
                    next.add(fault); // later
                    continue;
                }
                synchronized (counts) {
                    counts.merge(fault, 1, Integer::sum);
                }
            }
            done = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** How many there have been. */
    Map<Fault, Integer> counts() {
        synchronized (counts) {
            return new EnumMap<>(counts);
        }
    }

    /** Whether it came to its end as it should. */
    boolean isDone() {
        return done;
    }

    /** Waits; ends early if all is over, and returns that. */
    private boolean pause(int leastMillis, int mostMillis) throws InterruptedException {
        return over.await(random.nextInt(leastMillis, mostMillis + 1), TimeUnit.MILLISECONDS);
    }

    /** Whether it was possible. */
    private boolean inject(Fault fault) throws IOException, InterruptedException, SQLException {
        switch (fault) {
            case KILL -> kill();
            case SUSPEND -> suspend();
            case CUT -> linkOfOne().cut();
            case UNREACHABLE -> broken(List.of(linkOfOne()), Link.Flow.REFUSE);
            case HALF_OPEN -> broken(List.of(linkOfOne()), Link.Flow.DROP);
            case LATE -> broken(List.of(linkOfOne()), Link.Flow.HOLD);
            case SLOW -> slow();
            case LOCKED -> locked();
            case DOWN -> broken(cluster.links(store()), Link.Flow.REFUSE);
            case AMBIGUOUS -> ambiguous();
            case CLOCK ->
                cluster.any(random)
                        .node()
                        .ifPresent(node -> node.say("shift " + random.nextInt(-MOST_CLOCK_MILLIS, MOST_CLOCK_MILLIS)));
            case OVERRIDDEN -> {
                return overrides.run(random);
            }
            case FAILOVER -> {
                return failovers.run(random);
            }
        }
        return true;
    }

    private Name store() {
        return random.nextBoolean() ? Name.OLD : Name.NEW;
    }

    private Link linkOfOne() {
        return cluster.any(random).link(names.get(random.nextInt(names.size())));
    }

    private void kill() throws IOException, InterruptedException {
        Cluster.Place place = cluster.any(random);
        place.lock.lock();
        try {
            if (place.node().isPresent()) {
                place.node().get().kill();
            }
            pause(100, 2_000);
            place.start(random);
        } finally {
            place.lock.unlock();
        }
    }

    private void suspend() throws IOException, InterruptedException {
        Cluster.Place place = cluster.any(random);
        place.lock.lock();
        try {
            if (place.node().isPresent()) {
                NodeProcess node = place.node().get();
                node.suspend();
                pause(LEASE_MILLIS / 3, 3 * LEASE_MILLIS);
                node.resume();
            }
        } finally {
            place.lock.unlock();
        }
    }

    private void broken(List<Link> links, Link.Flow flow) throws InterruptedException {
        links.forEach(link -> link.let(flow));
        pause(300, 4_000);
        links.forEach(Link::heal);
    }

    private void slow() throws InterruptedException {
        Name database = store();
        Duration delay = Duration.ofMillis(random.nextInt(3, MOST_DELAY_MILLIS));
        cluster.links(database).forEach(link -> link.delay(delay));
        pause(500, 3_000);
        cluster.links(database).forEach(Link::heal);
    }

    private void locked() throws SQLException, InterruptedException {
        try (Connection holder = databases.lock(store())) {
            pause(300, 2_500);
            holder.rollback();
        }
    }

    private void ambiguous() throws InterruptedException {
        Link link = linkOfOne();
        link.cutAnswers(random.nextInt(1, 5), COMMITS);
        pause(500, 1_500);
        link.heal();
    }
}

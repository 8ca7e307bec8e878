package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.jdbc.soak.Databases.Name;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The nodes, each in a place of its own from which it reaches the databases through proxies, and in which another takes over when it has died. */
final class Cluster implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MOST_CLOCK_MILLIS = 3_600_000;

    /** Where a node is run. */
    final class Place {
        /** Of the thread that starts, kills or suspends its node. */
        final ReentrantLock lock = new ReentrantLock();

        private final Map<Name, Link> links = new EnumMap<>(Name.class);
        private volatile @Nullable NodeProcess node;

        Link link(Name database) {
            return links.get(database);
        }

        Optional<NodeProcess> node() {
            return Optional.ofNullable(node).filter(NodeProcess::isAlive);
        }

        /** Starts a node, as often as it takes. With the lock. */
        void start(RandomGenerator random) throws IOException, InterruptedException {
            while (!tryToStart(random)) {
                failedStarts.incrementAndGet(); // it needs the databases to begin, and they may be out of reach
            }
        }

        private boolean tryToStart(RandomGenerator random) throws IOException, InterruptedException {
            int number = nextNumber.incrementAndGet();
            NodeProcess process =
                    NodeProcess.start(settings(number, random), directory.resolve("node-" + number + ".log"));
            processes.add(process);
            if (process.await("ready", PATIENCE).isEmpty()) {
                process.kill();
                return false;
            }
            checkClock(process);
            node = process;
            return true;
        }

        private NodeSettings settings(int number, RandomGenerator random) {
            return new NodeSettings(
                    number,
                    "node-" + number,
                    settings.paths(),
                    settings.mode(),
                    settings.fenced(),
                    url(Name.OLD),
                    url(Name.NEW),
                    url(Name.CONTROL),
                    url(settings.isJournalApart() ? Name.JOURNAL : Name.CONTROL),
                    directory.toString(),
                    startNanos,
                    settings.seed(),
                    settings.users(),
                    settings.gets(),
                    settings.operationsPerSecond() / settings.nodes(),
                    random.nextInt(-MOST_CLOCK_MILLIS, MOST_CLOCK_MILLIS));
        }

        private String url(Name name) {
            return Databases.url(name, link(name).port(), settings.paths());
        }
    }

    private final SoakSettings settings;
    private final Path directory;
    private final FaultProxy proxy = new FaultProxy();
    private final long startNanos = System.nanoTime();
    private final AtomicInteger nextNumber = new AtomicInteger();
    private final AtomicLong failedStarts = new AtomicLong();
    private final List<Place> places = new ArrayList<>();
    private final List<NodeProcess> processes = new CopyOnWriteArrayList<>();

    Cluster(SoakSettings settings, Path directory, int serverPort) throws IOException {
        this.settings = settings;
        this.directory = directory;
        for (int i = 0; i < settings.nodes(); i++) {
            Place place = new Place();
            for (Name name : Name.values()) {
                place.links.put(name, proxy.link(serverPort));
            }
            places.add(place);
        }
    }

    /** The history compares times of several processes, so they must be of one clock, as Linux's CLOCK_MONOTONIC is. */
    private static void checkClock(NodeProcess process) throws InterruptedException {
        long before = System.nanoTime();
        Optional<String> answer = process.ask("clock", PATIENCE);
        long after = System.nanoTime();
        if (answer.isPresent()) {
            long its = Long.parseLong(answer.get());
            if (its < before || its > after) {
                throw new IllegalStateException(
                        "The processes of this machine do not share their monotonic clock: one reported " + its
                                + " between " + before + " and " + after + ".");
            }
        }
    }

    List<Place> places() {
        return List.copyOf(places);
    }

    /** The nodes that run now. */
    List<NodeProcess> nodes() {
        return places.stream().flatMap(place -> place.node().stream()).toList();
    }

    /** The ways of all places to a database. */
    List<Link> links(Name database) {
        return places.stream().map(place -> place.link(database)).toList();
    }

    Place any(RandomGenerator random) {
        return places.get(random.nextInt(places.size()));
    }

    /** How many operations all nodes have begun, those of the dead included. */
    long operations() {
        return processes.stream().mapToLong(NodeProcess::operations).sum();
    }

    /** How many processes came to an end before they were ready. */
    long failedStarts() {
        return failedStarts.get();
    }

    @Override
    public void close() {
        processes.forEach(process -> {
            try {
                process.kill();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        proxy.close();
    }
}

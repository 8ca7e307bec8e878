package dev.turnout.benchmarks.comparison;

import dev.turnout.benchmarks.comparison.Router.Outcome;
import dev.turnout.flags.stage.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.IntStream;

/** One contender's whole migration under traffic: to the new store, once back and forth in between, and to its end. */
final class Walk {
    static final int KEYS = 300;
    static final int CLIENTS = 16;
    static final long LONGEST_LAG_MILLIS = 500;

    private static final long LOOK_EVERY_MILLIS = 50;

    private final Effort effort;
    private final long seed;
    private final FaultyStore oldStore;
    private final FaultyStore newStore;
    private final History history = new History();
    private final AtomicLong values = new AtomicLong();
    // Users call under the read lock. Fair, so a thread that waits for quiet gets it.
    private final ReadWriteLock traffic = new ReentrantReadWriteLock(true);
    private volatile boolean over;
    private long different;

    private Walk(Effort effort, long seed) {
        this.effort = effort;
        this.seed = seed;
        oldStore = new FaultyStore(2 * seed, true);
        newStore = new FaultyStore(2 * seed + 1, true);
        long now = System.nanoTime();
        for (int key = 0; key < KEYS; key++) {
            long value = values.incrementAndGet();
            oldStore.fill(key, value);
            history.add(new History.Write(key, value, now - 1, now, Outcome.ACKNOWLEDGED));
        }
    }

    static Verdict of(Contender contender, Effort effort, long seed) throws Exception {
        Walk walk = new Walk(effort, seed);
        try (Router router = contender.between(walk.oldStore, walk.newStore, new FlagLag(seed, LONGEST_LAG_MILLIS))) {
            walk.run(router);
        }
        return Judge.judge(walk.history, walk.different);
    }

    private void run(Router router) throws Exception {
        List<Thread> threads = IntStream.range(0, CLIENTS)
                .mapToObj(number -> new Thread(() -> use(client(router, number)), "client-" + number))
                .toList();
        threads.forEach(Thread::start);
        try {
            walk(router);
        } finally {
            over = true;
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    private Client client(Router router, long number) {
        return new Client(
                router, history, KEYS, Chance.bits(seed, -1 - number), values::incrementAndGet, System::nanoTime);
    }

    private void use(Client client) {
        while (!over) {
            traffic.readLock().lock();
            try {
                client.call();
            } finally {
                traffic.readLock().unlock();
            }
        }
    }

    private void walk(Router router) throws Exception {
        Thread.sleep(effort.stageMillis());
        router.moveTo(Stage.DUAL_WRITE);
        router.backfill(KEYS);
        stay(router, Stage.SHADOW);
        different += differentWhenQuiet(router);
        stay(router, Stage.LIVE);
        stay(router, Stage.SHADOW);
        stay(router, Stage.LIVE);
        different += differentWhenQuiet(router);
        stay(router, Stage.RAMP_DOWN);
        different += differentWhenQuiet(router);
        stay(router, Stage.COMPLETE);
        differentWhenQuiet(router); // the old store is left behind; what users read is judged
    }

    private void stay(Router router, Stage stage) throws Exception {
        router.moveTo(stage);
        Thread.sleep(effort.stageMillis());
    }

    /** Keeps users away until the stores agree, or it has taken too long; then each key is read as a user would. */
    private int differentWhenQuiet(Router router) throws Exception {
        traffic.writeLock().lock();
        try {
            // So long that a read which misses a write is proof of its loss.
            Thread.sleep(Judge.LOST_AFTER_NANOS / 1_000_000 + 1);
            for (long waited = 0; waited < effort.quietMillis() && different() > 0; waited += LOOK_EVERY_MILLIS) {
                Thread.sleep(LOOK_EVERY_MILLIS);
            }
            int found = different();
            readAll(router);
            return found;
        } finally {
            traffic.writeLock().unlock();
        }
    }

    private int different() {
        return (int) IntStream.range(0, KEYS)
                .filter(key -> !Objects.equals(oldStore.peek(key), newStore.peek(key)))
                .count();
    }

    private void readAll(Router router) throws InterruptedException {
        AtomicInteger next = new AtomicInteger();
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Client client = client(router, CLIENTS + i);
            Thread reader = new Thread(() -> {
                for (int key = next.getAndIncrement(); key < KEYS; key = next.getAndIncrement()) {
                    for (int attempt = 0; !client.read((key + attempt) % Router.NODES, key); attempt++) {
                        if (attempt == 100) {
                            return; // it counts as so many failed reads
                        }
                    }
                }
            });
            readers.add(reader);
            reader.start();
        }
        for (Thread reader : readers) {
            reader.join();
        }
    }
}

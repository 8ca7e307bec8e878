package dev.turnout.benchmarks.stages;

import dev.turnout.flags.migration.Migration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * Users who write 400 times a second, in turns on each node, and do not wait for each other. Remembers what was
 * acknowledged when.
 */
final class Prober implements AutoCloseable {
    private static final long PERIOD_NANOS = 2_500_000;
    private static final int WRITERS = 8; // of each node: those that wait for a crossing block the node's other ones
    private static final int WAITING = 100;

    /** A write that is over. */
    record Done(long nanos, int node, boolean acknowledged) {}

    private final List<Migration<Long, String>> nodes;
    private final List<ExecutorService> writers;
    private final Queue<Done> done = new ConcurrentLinkedQueue<>();
    private final Thread clock = new Thread(this::run, "prober");
    private volatile boolean closed;

    Prober(List<Migration<Long, String>> nodes) {
        this.nodes = nodes;
        writers = nodes.stream()
                .map(node -> (ExecutorService) new ThreadPoolExecutor(
                        WRITERS, WRITERS, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(WAITING)))
                .toList();
        clock.setDaemon(true);
        clock.start();
    }

    private void run() {
        long next = System.nanoTime();
        for (long number = 0; !closed; number++) {
            long wait = next - System.nanoTime();
            while (wait > 0) {
                LockSupport.parkNanos(wait);
                wait = next - System.nanoTime();
            }
            next += PERIOD_NANOS;
            submit(number);
        }
    }

    private void submit(long number) {
        int node = (int) (number % nodes.size());
        try {
            writers.get(node).execute(() -> write(number, node));
        } catch (RejectedExecutionException e) {
            done.add(new Done(System.nanoTime(), node, false)); // too many wait already
        }
    }

    private void write(long number, int node) {
        boolean acknowledged = false;
        try {
            nodes.get(node).put(number * 7919 % Cluster.KEYS, "write " + number);
            acknowledged = true;
        } catch (RuntimeException e) {
            // counted as what it is
        } finally {
            done.add(new Done(System.nanoTime(), node, acknowledged));
        }
    }

    /** Continues to write for a while, while the caller waits. */
    static void goOn(Duration length) {
        long until = System.nanoTime() + length.toNanos();
        while (System.nanoTime() - until < 0) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }

    /** What became of the writes that were over between two moments. */
    Seen seen(long fromNanos, long toNanos) {
        return Seen.of(done, nodes.size(), fromNanos, toNanos);
    }

    /**
     * The writes of some time.
     *
     * @param gapMillis the longest time without an acknowledged write
     * @param gapOfNodeMillis the longest time without one on some node
     * @param failed writes that were not acknowledged
     */
    record Seen(double gapMillis, double gapOfNodeMillis, long failed) {
        static Seen of(Iterable<Done> writes, int nodes, long from, long to) {
            List<Done> all = new ArrayList<>();
            writes.forEach(all::add);
            all.sort(Comparator.comparingLong(write -> write.nanos() - from)); // as the clock's origin is arbitrary
            long failed = all.stream()
                    .filter(write -> !write.acknowledged() && isIn(write.nanos(), from, to))
                    .count();
            double ofNodes = IntStream.range(0, nodes)
                    .mapToDouble(node -> gap(
                            all.stream().filter(write -> write.node() == node).toList(), from, to))
                    .max()
                    .orElseThrow();
            return new Seen(gap(all, from, to), ofNodes, failed);
        }

        private static boolean isIn(long nanos, long from, long to) {
            return nanos - from >= 0 && nanos - to <= 0;
        }

        /** A gap that had begun before counts whole. One that is open still at the end counts so far. */
        private static double gap(List<Done> sorted, long from, long to) {
            long last = from;
            long longest = 0;
            for (Done write : sorted) {
                if (write.acknowledged() && write.nanos() - to <= 0) {
                    if (write.nanos() - from >= 0) {
                        longest = Math.max(longest, write.nanos() - last);
                    }
                    last = write.nanos();
                }
            }
            return Math.max(longest, to - last) / 1e6;
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            clock.join();
            for (ExecutorService writer : writers) {
                writer.shutdown();
                if (!writer.awaitTermination(20, TimeUnit.SECONDS)) {
                    throw new IllegalStateException("A write has not returned for 20 s.");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

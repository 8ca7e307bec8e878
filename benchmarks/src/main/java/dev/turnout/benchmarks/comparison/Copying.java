package dev.turnout.benchmarks.comparison;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/** A backfill by four threads. A key that could not be copied is tried again. */
final class Copying {
    private static final int THREADS = 4;
    private static final int MOST_ATTEMPTS = 50;

    private Copying() {}

    /** What a backfill without versions does: it reads the old store, and writes the new one where that has nothing yet. */
    static void ifAbsent(int keys, FaultyStore oldStore, FaultyStore newStore)
            throws InterruptedException, ExecutionException {
        each(keys, key -> {
            Long value = oldStore.get(key);
            if (value != null) {
                newStore.putIfAbsent(key, value);
            }
        });
    }

    static void each(int keys, IntConsumer copy) throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> copies = new ArrayList<>();
            for (int i = 0; i < keys; i++) {
                int key = i;
                copies.add(threads.submit(() -> persistently(key, copy)));
            }
            for (Future<?> each : copies) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void persistently(int key, IntConsumer copy) {
        for (int attempt = 1; ; attempt++) {
            try {
                copy.accept(key);
                return;
            } catch (RuntimeException e) {
                if (attempt == MOST_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }
}

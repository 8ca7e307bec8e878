package dev.turnout.benchmarks.backfill;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.function.Function;

/** How much of the heap was in use at most. */
final class HeapWatch {
    private static final double MEGABYTE = 1 << 20;

    private final List<MemoryPoolMXBean> pools = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .toList();
    private volatile double mostLive;

    private HeapWatch() {}

    static HeapWatch start() {
        HeapWatch watch = new HeapWatch();
        Thread thread = new Thread(watch::look, "heap-watch");
        thread.setDaemon(true);
        thread.start();
        return watch;
    }

    private void look() {
        try {
            while (true) {
                Thread.sleep(20);
                mostLive = Math.max(mostLive, megabytes(MemoryPoolMXBean::getCollectionUsage));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private double megabytes(Function<MemoryPoolMXBean, MemoryUsage> usage) {
        return pools.stream()
                .map(usage)
                .filter(used -> used != null)
                .mapToLong(MemoryUsage::getUsed)
                .sum()
                / MEGABYTE;
    }

    double mostMegabytes() {
        return megabytes(MemoryPoolMXBean::getPeakUsage);
    }

    double mostLiveMegabytes() {
        return Math.max(mostLive, megabytes(MemoryPoolMXBean::getCollectionUsage));
    }
}

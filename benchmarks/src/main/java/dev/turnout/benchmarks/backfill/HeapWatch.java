package dev.turnout.benchmarks.backfill;

import com.sun.management.GarbageCollectionNotificationInfo;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import javax.management.Notification;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/** How much of the heap was in use at most. Collects now and then, as of what a collection of young objects leaves much is garbage. */
final class HeapWatch {
    private static final String DELIBERATE = "System.gc()";
    private static final long FIRST_PAUSE_MILLIS = 200; // then twice as long each time, so a short run has some too
    private static final double MEGABYTE = 1 << 20;
    private static final Set<String> POOLS = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .map(MemoryPoolMXBean::getName)
            .collect(Collectors.toSet());

    // Written by the thread on which the JVM reports collections.
    private volatile double mostMegabytes;
    private volatile double mostLiveMegabytes;

    private HeapWatch() {}

    static HeapWatch start() {
        HeapWatch watch = new HeapWatch();
        ManagementFactory.getGarbageCollectorMXBeans()
                .forEach(collector -> ((NotificationEmitter) collector)
                        .addNotificationListener((notification, nothing) -> watch.collected(notification), null, null));
        Thread thread = new Thread(HeapWatch::collectNowAndThen, "heap-watch");
        thread.setDaemon(true);
        thread.start();
        return watch;
    }

    private static void collectNowAndThen() {
        try {
            for (long pause = FIRST_PAUSE_MILLIS; ; pause *= 2) {
                TimeUnit.MILLISECONDS.sleep(pause);
                System.gc();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // does not happen
        }
    }

    private synchronized void collected(Notification notification) {
        if (notification.getUserData() instanceof CompositeData data
                && notification.getType().equals(GarbageCollectionNotificationInfo.GARBAGE_COLLECTION_NOTIFICATION)) {
            var info = GarbageCollectionNotificationInfo.from(data);
            var collection = info.getGcInfo();
            mostMegabytes = Math.max(mostMegabytes, megabytes(collection.getMemoryUsageBeforeGc()));
            if (info.getGcCause().equals(DELIBERATE)) {
                mostLiveMegabytes = Math.max(mostLiveMegabytes, megabytes(collection.getMemoryUsageAfterGc()));
            }
        }
    }

    private static double megabytes(Map<String, MemoryUsage> usage) {
        return usage.entrySet().stream()
                        .filter(pool -> POOLS.contains(pool.getKey()))
                        .mapToLong(pool -> pool.getValue().getUsed())
                        .sum()
                / MEGABYTE;
    }

    /** Garbage included. */
    double mostMegabytes() {
        MemoryUsage now = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        return Math.max(mostMegabytes, now.getUsed() / MEGABYTE);
    }

    /** What a whole collection has left. */
    double mostLiveMegabytes() {
        return mostLiveMegabytes;
    }
}

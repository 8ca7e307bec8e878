package dev.turnout.flags.migration;

import dev.turnout.flags.spi.PathFence;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Fences a path in memory: what it is set to refuse, it refuses when a write is about to take effect. */
final class MapFence implements PathFence {
    final AtomicLong below = new AtomicLong();
    final Set<String> refused = ConcurrentHashMap.newKeySet();
    volatile Runnable before = () -> {}; // it is set to refuse a member

    static MapFence of(MapPath path) {
        MapFence fence = new MapFence();
        path.before = call -> {
            if (call.equals("write")) {
                fence.check();
            }
        };
        return fence;
    }

    static MapFence of(PlainMapPath path) {
        MapFence fence = new MapFence();
        path.before = call -> {
            if (!call.equals("get")) {
                fence.check();
            }
        };
        return fence;
    }

    private void check() {
        long version = CurrentWrite.version().orElse(Long.MAX_VALUE);
        if (version < below.get()) {
            throw new FencedException("version " + version + " is below " + below);
        }
        CurrentWrite.member().filter(refused::contains).ifPresent(member -> {
            throw new FencedException(member + " was evicted");
        });
    }

    void fail() {
        before = () -> {
            throw MapPath.down();
        };
    }

    void recover() {
        before = () -> {};
    }

    @Override
    public void close(long closed) {
        below.accumulateAndGet(closed, Math::max);
    }

    @Override
    public void refuse(String member) {
        before.run();
        refused.add(member);
    }
}

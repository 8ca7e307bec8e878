package dev.turnout.flags.migration;

import dev.turnout.benchmarks.WrongAnswerException;
import dev.turnout.flags.store.TimeSource;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What the parts of routing cost alone, and what those cost that they consist of. In the package of the parts, which are hidden from others. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls prepare() first
public class RoutingFloors {
    private final TimeSource time = TimeSource.SYSTEM;
    private final AtomicLong atomic = new AtomicLong();
    private final LongAdder adder = new LongAdder();
    private OperationEpochs<Lease> fence;
    private volatile long number;

    /** Makes the fence, and sees that what is measured does what it should. */
    @Setup
    public void prepare() {
        Lease lease = new Lease(Duration.ofHours(1), time.nanoTime());
        fence = new OperationEpochs<>(1, lease, () -> {});
        if (guard()) {
            throw new WrongAnswerException("A lease that was never renewed is valid.");
        }
        lease.renew(time.nanoTime());
        if (!guard() || !fence.isIdle()) {
            throw new WrongAnswerException(
                    "A lease that was renewed is not valid, or the fence still counts what has left.");
        }
        OperationEpochs.Epoch<Lease> entered = fence.enter();
        if (fence.isIdle()) {
            throw new WrongAnswerException("The fence does not count what has entered.");
        }
        entered.leave();
    }

    /** What every call begins with. */
    @Benchmark
    public long volatileRead() {
        return number;
    }

    /** The clock. */
    @Benchmark
    public long nanoTime() {
        return time.nanoTime();
    }

    /** What counting in, or out, cannot be cheaper than. */
    @Benchmark
    public long atomicIncrement() {
        return atomic.incrementAndGet();
    }

    /** The same, where threads do not get into each other's way. */
    @Benchmark
    public void adderIncrement() {
        adder.increment();
    }

    /** A lease, asked by the clock. */
    @Benchmark
    public boolean leaseCheck() {
        return fence.current().value().isValid(time.nanoTime());
    }

    /** Counting in and out. */
    @Benchmark
    public void enterAndLeave() {
        fence.enter().leave();
    }

    /** All that stands between a write and the path: counting in, the lease, counting out. */
    @Benchmark
    public final boolean guard() {
        OperationEpochs.Epoch<Lease> epoch = fence.enter();
        boolean valid = epoch.value().isValid(time.nanoTime());
        epoch.leave();
        return valid;
    }
}

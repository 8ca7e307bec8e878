package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import java.util.concurrent.atomic.LongAdder;

/** All that one node counts of a migration. */
final class Meters {
    final Meter oldReads;
    final Meter oldWrites;
    final Meter newReads;
    final Meter newWrites;
    final Meter gets;
    final Meter puts;
    final LongAdder compared = new LongAdder();
    final LongAdder different = new LongAdder();
    final LongAdder notCompared = new LongAdder();
    final LongAdder mirrorFailed = new LongAdder();
    final LongAdder mirrorShed = new LongAdder();

    private volatile boolean armed;
    private volatile boolean timed;

    Meters(TimeSource time) {
        oldReads = new Meter(time, this);
        oldWrites = new Meter(time, this);
        newReads = new Meter(time, this);
        newWrites = new Meter(time, this);
        gets = new Meter(time, this);
        puts = new Meter(time, this);
    }

    /** From now on all of them are read: before, what callers do is neither timed nor counted. */
    void arm() {
        timed = true;
        armed = true;
    }

    boolean areArmed() {
        return armed;
    }

    /** Whether calls of paths are timed and counted, though what callers do is not read. */
    void watch(boolean calls) {
        timed = calls || armed;
    }

    boolean areTimed() {
        return timed;
    }

    Meter reads(Side side) {
        return side == Side.OLD ? oldReads : newReads;
    }

    Meter writes(Side side) {
        return side == Side.OLD ? oldWrites : newWrites;
    }
}

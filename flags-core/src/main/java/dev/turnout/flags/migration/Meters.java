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

    Meters(TimeSource time) {
        oldReads = new Meter(time);
        oldWrites = new Meter(time);
        newReads = new Meter(time);
        newWrites = new Meter(time);
        gets = new Meter(time);
        puts = new Meter(time);
    }

    Meter reads(Side side) {
        return side == Side.OLD ? oldReads : newReads;
    }

    Meter writes(Side side) {
        return side == Side.OLD ? oldWrites : newWrites;
    }
}

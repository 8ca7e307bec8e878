package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.jdbc.soak.Op.Kind;
import dev.turnout.flags.jdbc.soak.Op.Outcome;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.LongAdder;

/** A user who reads and writes one record after the other, and records the answers. Used by one thread. */
final class User {
    private static final int PUTS_PERCENT = 58; // of the writes
    private static final int UPDATES_PERCENT = 25; // the rest are deletions
    private static final int NODE_SHIFT = 40;
    private static final int USER_SHIFT = 32;

    private final Router router;
    private final KeySpace keys;
    private final OpRecorder recorder;
    private final LongAdder operations;
    private final LongAdder answered;
    private final int gets;
    private final SplittableRandom random;
    private long nextValue;

    /**
     * A user.
     *
     * @param settings of the node
     * @param number of the user on it
     */
    User(
            Router router,
            KeySpace keys,
            OpRecorder recorder,
            LongAdder operations,
            LongAdder answered,
            NodeSettings settings,
            int number) {
        this.router = router;
        this.keys = keys;
        this.recorder = recorder;
        this.operations = operations;
        this.answered = answered;
        this.gets = settings.gets();
        this.random = new SplittableRandom(settings.seed() + 1_000L * settings.number() + number);
        this.nextValue = ((long) settings.number() << NODE_SHIFT) + ((long) number << USER_SHIFT) + 1;
    }

    /** One operation. */
    void next() {
        if (random.nextInt(100) < gets) {
            get(keys.next(random, false));
        } else {
            write(keys.next(random, true), nextValue++);
        }
        operations.increment();
    }

    private void write(long key, long value) {
        int percent = random.nextInt(100);
        if (percent < PUTS_PERCENT) {
            put(key, value);
        } else if (percent < PUTS_PERCENT + UPDATES_PERCENT) {
            update(key, value);
        } else {
            delete(key, value);
        }
    }

    private void get(long key) {
        recorder.begins(Kind.GET, key, Op.NOTHING);
        long read;
        try {
            read = number(router.get(key));
        } catch (RuntimeException e) {
            failed(e);
            return;
        }
        ended(read);
    }

    private void ended(long read) {
        recorder.ended(Outcome.OK, read);
        answered.increment();
    }

    private void put(long key, long value) {
        recorder.begins(Kind.PUT, key, value);
        try {
            router.put(key, String.valueOf(value));
        } catch (RuntimeException e) {
            failed(e);
            return;
        }
        recorder.ended(Outcome.OK, Op.NOTHING);
    }

    private void delete(long key, long number) {
        recorder.begins(Kind.DELETE, key, number);
        try {
            router.delete(key);
        } catch (RuntimeException e) {
            failed(e);
            return;
        }
        recorder.ended(Outcome.OK, Op.NOTHING);
    }

    private void update(long key, long value) {
        int before = router.stages(key);
        recorder.begins(Kind.UPDATE, key, value);
        long[] base = {Op.NOTHING};
        Optional<String> updated;
        try {
            updated = router.update(key, text -> {
                base[0] = Long.parseLong(text); // of the last attempt, if there are several
                return String.valueOf(value);
            });
        } catch (RuntimeException e) {
            failed(e);
            return;
        }
        if (updated.isPresent()) {
            recorder.ended(Outcome.OK, value, base[0], before | router.stages(key));
        } else {
            recorder.ended(Outcome.OK, Op.NOTHING, Op.NOTHING, before | router.stages(key));
        }
    }

    private void failed(RuntimeException e) {
        recorder.ended(router.isRefusal(e) ? Outcome.REFUSED : Outcome.UNKNOWN, Op.NOTHING);
    }

    private static long number(Optional<String> value) {
        return value.map(Long::parseLong).orElse(Op.NOTHING);
    }
}

package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.stage.Stage;
import java.util.List;
import java.util.stream.Stream;

/**
 * One operation of one user on one key, as it was recorded. Times are of the machine's monotonic clock, which all its processes share.
 *
 * @param key which
 * @param start just before the call
 * @param end just after it; {@link #NEVER} if it was not seen to return
 * @param written the value that it wants to store, of which there is no other in the whole history; for a deletion, its own number;
 *     {@link #NOTHING} if it writes none
 * @param read the value that it was answered, or made its own from; {@link #NOTHING} if there was no record
 * @param stages in which its node was before and after it, a bit each by their order; 0 if that was not recorded
 */
record Op(Kind kind, Outcome outcome, long key, long start, long end, long written, long read, int stages) {
    /** No value: there was no record. */
    static final long NOTHING = 0;
    /** The end of what has not ended. */
    static final long NEVER = Long.MAX_VALUE;

    private static final List<Stage> STAGES = List.of(Stage.values());

    /** What was called. The order is part of the files. */
    enum Kind {
        GET,
        PUT,
        DELETE,
        /** A read of one value and a write of another. */
        UPDATE
    }

    /** How it ended. The order is part of the files. */
    enum Outcome {
        /** The record was never written. */
        NONE,
        /** Its process died before the call returned, or the call has not returned: if it writes, it may have happened or may happen still. */
        BEGUN,
        /** It returned. */
        OK,
        /** It was refused, with the promise that nothing was applied. */
        REFUSED,
        /** It threw: if it writes, it may have happened, or may happen still. */
        UNKNOWN
    }

    static Op get(long key, long start, long end, long read) {
        return new Op(Kind.GET, Outcome.OK, key, start, end, NOTHING, read, 0);
    }

    static Op put(long key, long start, long end, long written) {
        return new Op(Kind.PUT, Outcome.OK, key, start, end, written, NOTHING, 0);
    }

    static Op delete(long key, long start, long end, long number) {
        return new Op(Kind.DELETE, Outcome.OK, key, start, end, number, NOTHING, 0);
    }

    static Op update(long key, long start, long end, long read, long written) {
        return new Op(Kind.UPDATE, Outcome.OK, key, start, end, written, read, 0);
    }

    /** The same operation, in these stages. */
    Op in(Stage... seen) {
        return new Op(kind, outcome, key, start, end, written, read, bits(seen));
    }

    static int bits(Stage... stages) {
        return Stream.of(stages).mapToInt(stage -> 1 << STAGES.indexOf(stage)).reduce(0, (one, other) -> one | other);
    }

    /** The same operation, but how it ended is unknown. */
    Op unknown() {
        return new Op(kind, Outcome.UNKNOWN, key, start, end, written, read, stages);
    }

    /** The same operation, refused. */
    Op refused() {
        return new Op(kind, Outcome.REFUSED, key, start, end, written, read, stages);
    }

    boolean isAcknowledged() {
        return outcome == Outcome.OK;
    }

    /** Whether it may have stored a value. */
    boolean mayHaveStored() {
        return (kind == Kind.PUT || kind == Kind.UPDATE) && mayHaveWritten();
    }

    boolean mayHaveDeleted() {
        return kind == Kind.DELETE && mayHaveWritten();
    }

    private boolean mayHaveWritten() {
        return written != NOTHING && outcome != Outcome.REFUSED;
    }

    boolean hasRead() {
        return isAcknowledged() && (kind == Kind.GET || kind == Kind.UPDATE);
    }

    /** The moment by which it has certainly happened, as far as its caller knows. */
    long knownEnd() {
        return isAcknowledged() ? end : NEVER;
    }
}

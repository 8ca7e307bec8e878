package dev.turnout.flags.jdbc.soak;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * How operations lie in a file: one after the other, 40 bytes each. What follows the last one is zero.
 *
 * <pre>
 *  0  long  key (5 bytes), kind (1 byte), outcome (1 byte), stages (1 byte)
 *  8  long  start
 * 16  long  end
 * 24  long  written
 * 32  long  read
 * </pre>
 */
final class OpFile {
    static final int SIZE = 40;
    static final String SUFFIX = ".ops";

    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final List<Op.Kind> KINDS = List.of(Op.Kind.values());
    private static final List<Op.Outcome> OUTCOMES = List.of(Op.Outcome.values());
    private static final int KIND_SHIFT = 40;
    private static final int OUTCOME_SHIFT = 48;
    private static final int STAGES_SHIFT = 56; // of seven stages, so the sign is left out
    private static final long KEYS = (1L << KIND_SHIFT) - 1;
    private static final int BYTE = 0xff;

    private OpFile() {}

    /** Writes one. Its first eight bytes come last, so a process that is killed leaves it whole, or as it was before. */
    static void write(ByteBuffer file, int at, Op op) {
        LONG.set(file, at + 8, op.start());
        LONG.set(file, at + 16, op.end());
        LONG.set(file, at + 24, op.written());
        LONG.set(file, at + 32, op.read());
        long kind = KINDS.indexOf(op.kind());
        long outcome = OUTCOMES.indexOf(op.outcome());
        long first = op.key() | kind << KIND_SHIFT | outcome << OUTCOME_SHIFT | (long) op.stages() << STAGES_SHIFT;
        LONG.setRelease(file, at, first);
    }

    /** What is there; its outcome is {@link Op.Outcome#NONE} if nothing is. */
    static Op read(ByteBuffer file, int at) {
        long first = (long) LONG.getAcquire(file, at);
        return new Op(
                KINDS.get((int) (first >> KIND_SHIFT) & BYTE),
                OUTCOMES.get((int) (first >> OUTCOME_SHIFT) & BYTE),
                first & KEYS,
                (long) LONG.get(file, at + 8),
                (long) LONG.get(file, at + 16),
                (long) LONG.get(file, at + 24),
                (long) LONG.get(file, at + 32),
                (int) (first >> STAGES_SHIFT));
    }
}

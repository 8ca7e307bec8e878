package dev.turnout.flags.jdbc.soak;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.LongUnaryOperator;

/**
 * Reads that found nothing, and the deletions that may be why. One explains a read if it began before the read ended, unless a value was
 * certainly stored between the two. A deletion of unknown outcome may have happened late, but only once: it explains the reads between two
 * values, and is then used up.
 */
final class Absences {
    private final Latest<Op> acknowledged;
    private final List<Op> unknown;
    private final LongUnaryOperator storedSince;

    /** @param storedSince the latest start of a write of a value that was certainly over before a moment; the least number if there is none */
    Absences(List<Op> deletions, LongUnaryOperator storedSince) {
        this.storedSince = storedSince;
        acknowledged =
                new Latest<>(deletions.stream().filter(Op::isAcknowledged).toList(), Op::start, Op::end);
        unknown = deletions.stream()
                .filter(deletion -> !deletion.isAcknowledged())
                .sorted(Comparator.comparingLong(Op::start))
                .toList();
    }

    List<Op> unexplained(List<Op> reads) {
        List<Op> needy = reads.stream()
                .filter(read -> !isExplainedByAcknowledged(read))
                .sorted(Comparator.comparingLong(Op::end))
                .toList();
        List<Op> unexplained = new ArrayList<>();
        int used = 0;
        long firstEnd =
                Op.NEVER; // of the reads that the deletion used last explains; it is the least, as reads come by their
        // ends
        for (Op read : needy) {
            if (used > 0 && storedSince.applyAsLong(read.start()) <= firstEnd) {
                continue; // nothing was certainly stored between this read and those that it explains
            }
            if (used < unknown.size() && unknown.get(used).start() < read.end()) {
                used++;
                firstEnd = read.end();
            } else {
                unexplained.add(read);
            }
        }
        return unexplained;
    }

    private boolean isExplainedByAcknowledged(Op read) {
        long stored = storedSince.applyAsLong(read.start());
        return stored == Long.MIN_VALUE
                || acknowledged
                        .before(read.end())
                        .filter(deletion -> deletion.end() >= stored)
                        .isPresent();
    }
}

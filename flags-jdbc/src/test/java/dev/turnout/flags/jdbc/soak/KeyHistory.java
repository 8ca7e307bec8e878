package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.stage.Stage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Judges all operations on one key, whatever carried them out. A write whose outcome is not known may have happened at any moment after its
 * start, or never.
 *
 * <p>As each value is written once, a write and the reads that returned its value form a group, and all of a group happen with no other
 * write in between. Group a is before group b if an operation of a ended before one of b began; the history is linearizable if no two
 * groups are before each other (Gibbons and Korach, <i>Testing Shared Memories</i>, 1997). A deletion is a group of its own. A read that
 * found nothing does not say which deletion it has seen; it is wrong if none fits, see {@link Absences}. So every finding is a fault, and
 * all faults are found but those that need one deletion of unknown outcome to have happened at two moments.
 */
final class KeyHistory {
    private static final int OLD_FIRST = Op.bits(Stage.LIVE, Stage.SYNC);
    private static final int NEW_FIRST = Op.bits(Stage.RAMP_DOWN, Stage.COMPLETE);

    /** A value: its write, and the reads that returned it. */
    private static final class Group {
        final Op write;
        long firstEnd; // of its operations: the value was certainly stored by then
        long lastStart;

        Group(Op write) {
            this.write = write;
            firstEnd = write.knownEnd();
            lastStart = write.start();
        }

        void add(Op read) {
            firstEnd = Math.min(firstEnd, read.end());
            lastStart = Math.max(lastStart, read.start());
        }
    }

    private final List<Op> ops;
    private final Map<Long, Group> groups = new HashMap<>();
    private final List<Op> readsOfValues = new ArrayList<>();
    private final List<Op> absences = new ArrayList<>();
    private final List<Op> deletions = new ArrayList<>();
    private final List<Op> stale = new ArrayList<>();
    private final Set<Op> lost = new HashSet<>();
    private final List<String> findings = new ArrayList<>();
    private long overlapping;
    private long unexplained;

    private KeyHistory(List<Op> ops) {
        this.ops = ops;
    }

    /**
     * Judges.
     *
     * @param ops all of one key, in any order
     * @param last a read of what is stored when all is over, after all others, if that is to be judged too
     */
    static Verdict check(List<Op> ops, Optional<Op> last) {
        return new KeyHistory(ops).judge(last);
    }

    private Verdict judge(Optional<Op> last) {
        group(last);
        findOld();
        findDisorder();
        findUnexplainedAbsences();
        findOverlaps();
        long oldReads = stale.stream()
                .filter(read -> last.isEmpty() || read.start() < last.get().start())
                .count(); // what is stored in the end is lost, not stale
        return new Verdict(
                ops.size(),
                ops.stream().filter(Op::hasRead).count(),
                ops.stream()
                        .filter(op -> op.isAcknowledged() && op.written() != Op.NOTHING)
                        .count(),
                ops.stream()
                        .filter(op -> !op.isAcknowledged() && (op.mayHaveStored() || op.mayHaveDeleted()))
                        .count(),
                lost.size(),
                oldReads,
                findings.isEmpty() ? 0 : 1,
                overlapping,
                unexplained,
                findings.stream().limit(1).toList());
    }

    private void group(Optional<Op> last) {
        for (Op op : ops) {
            if (op.mayHaveStored()) {
                groups.put(op.written(), new Group(op));
            } else if (op.mayHaveDeleted()) {
                deletions.add(op);
            }
        }
        ops.stream().filter(Op::hasRead).forEach(this::addRead);
        last.ifPresent(this::addRead);
    }

    private void addRead(Op read) {
        if (read.read() == Op.NOTHING) {
            absences.add(read);
            return;
        }
        Group group = groups.get(read.read());
        if (group == null || read.end() < group.write.start()) {
            found("read a value that was never written", read);
            return;
        }
        group.add(read);
        readsOfValues.add(read);
    }

    /** Reads that are older than what was acknowledged before they began, and what was lost thereby. */
    private void findOld() {
        // By the time of the acknowledgement, the write that began last.
        Latest<Op> acknowledged = new Latest<>(
                ops.stream()
                        .filter(op -> op.isAcknowledged() && (op.mayHaveStored() || op.mayHaveDeleted()))
                        .toList(),
                Op::end,
                Op::start);
        for (Op read : readsOfValues) {
            Group group = groups.get(read.read());
            acknowledged
                    .before(read.start())
                    .filter(write -> group.firstEnd < write.start())
                    .ifPresent(write -> isOld(read, write));
        }
    }

    private void isOld(Op read, Op write) {
        stale.add(read);
        found("read what was older than an acknowledged write (" + write + ")", read);
        if (!isSeenAfter(write, read.end())) {
            lost.add(write);
        }
    }

    private boolean isSeenAfter(Op write, long moment) {
        Group group = groups.get(write.written());
        return group == null ? absences.stream().anyMatch(read -> read.start() > moment) : group.lastStart > moment;
    }

    /** Two groups that are before each other; see the class. */
    private void findDisorder() {
        List<Group> held = groups.values().stream() // from firstEnd to lastStart nothing else can have been stored
                .filter(group -> group.firstEnd < group.lastStart)
                .sorted(Comparator.comparingLong(group -> group.firstEnd))
                .toList();
        for (int i = 1; i < held.size(); i++) {
            if (held.get(i).firstEnd < held.get(i - 1).lastStart) {
                found("was stored while another value was (" + held.get(i - 1).write + ")", held.get(i).write);
            }
        }
        Latest<Group> longest = new Latest<>(held, group -> group.firstEnd, group -> group.lastStart);
        for (Group group : groups.values()) {
            if (group.lastStart <= group.firstEnd) {
                findWithin(longest, group.write, group.lastStart, group.firstEnd);
            }
        }
        deletions.forEach(deletion -> findWithin(longest, deletion, deletion.start(), deletion.knownEnd()));
        absences.forEach(absence -> findWithin(longest, absence, absence.start(), absence.end()));
    }

    private void findWithin(Latest<Group> longest, Op op, long from, long to) {
        longest.before(from)
                .filter(group -> group.lastStart > to)
                .ifPresent(
                        group -> found("happened while a value was stored that it is not (" + group.write + ")", op));
    }

    private void findUnexplainedAbsences() {
        Latest<Group> stored = new Latest<>(groups.values(), group -> group.firstEnd, group -> group.write.start());
        for (Op absence : new Absences(deletions, stored.starts()).unexplained(absences)) {
            found("found nothing, and no deletion explains it", absence);
            Op write = stored.before(absence.start()).orElseThrow().write;
            if (write.isAcknowledged() && write.end() < absence.start()) {
                isOld(absence, write);
            }
        }
    }

    /** Updates that were made from one value. They may only be while some nodes write a key in one order, and some in the other. */
    private void findOverlaps() {
        Map<Long, List<Op>> byBase = new HashMap<>();
        ops.stream()
                .filter(op -> op.kind() == Op.Kind.UPDATE && op.isAcknowledged() && op.written() != Op.NOTHING)
                .forEach(op -> byBase.computeIfAbsent(op.read(), base -> new ArrayList<>())
                        .add(op));
        for (List<Op> updates : byBase.values()) {
            int stages = updates.stream().mapToInt(Op::stages).reduce(0, (one, other) -> one | other);
            overlapping += updates.size() - 1;
            if (updates.size() > 1 && stages != 0 && ((stages & OLD_FIRST) == 0 || (stages & NEW_FIRST) == 0)) {
                unexplained += updates.size() - 1;
                found("overlaps another update, and stages were " + Integer.toBinaryString(stages), updates.get(1));
            }
        }
    }

    private void found(String what, Op op) {
        findings.add(op + " " + what);
    }
}

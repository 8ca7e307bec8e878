package dev.turnout.flags.jdbc.soak;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Judges key by key, see {@link Judgement}. Not thread-safe. */
final class WindowedCheck {
    /** When a write whose process died has taken effect, if it does: only in order to see whether it was in a window. */
    private static final long LONGEST_EFFECT_NANOS = Duration.ofSeconds(10).toNanos();

    private final List<Window> windows;
    private final Set<Long> keysOfWindows = new HashSet<>();
    private Verdict verdict = Verdict.NOTHING;
    private Verdict later = Verdict.NOTHING;
    private long recorded;

    WindowedCheck(List<Window> windows) {
        this.windows = List.copyOf(windows);
    }

    /**
     * Judges one key.
     *
     * @param ops all of it, in any order
     * @param last a read of what is stored when all is over, after all others
     */
    void key(long key, List<Op> ops, Op last) {
        recorded += ops.size();
        List<Window> written = windows.stream()
                .filter(window -> ops.stream().anyMatch(op -> isWrite(op) && window.has(op, LONGEST_EFFECT_NANOS)))
                .toList();
        List<Op> told = ops.stream().flatMap(op -> told(op).stream()).toList();
        if (written.isEmpty()) {
            verdict = verdict.plus(KeyHistory.check(told, Optional.of(last)));
            return;
        }
        keysOfWindows.add(key);
        List<Op> before = until(written.get(0).from(), told);
        verdict = verdict.plus(KeyHistory.check(before, Optional.empty()));
        for (int i = 0; i < written.size(); i++) {
            long from = written.get(i).to();
            boolean isLast = i + 1 == written.size();
            List<Op> until = isLast ? told : until(written.get(i + 1).from(), told);
            later = later.plus(KeyHistory.check(since(from, until), isLast ? Optional.of(last) : Optional.empty()));
        }
    }

    private static boolean isWrite(Op op) {
        return op.mayHaveStored() || op.mayHaveDeleted();
    }

    /** What an operation proves: in a window, of what it read nothing, and of what it wrote that it may have happened. */
    private Optional<Op> told(Op op) {
        if (windows.stream().noneMatch(window -> window.has(op, LONGEST_EFFECT_NANOS))) {
            return Optional.of(op);
        }
        return isWrite(op) ? Optional.of(op.unknown()) : Optional.empty();
    }

    /** What was begun by then. Writes that are of a window by their end stay, as they may be read before. */
    private static List<Op> until(long moment, List<Op> ops) {
        return ops.stream().filter(op -> op.start() < moment).toList();
    }

    /** What was begun since, and what was written before, as it may be there or not. */
    private static List<Op> since(long moment, List<Op> ops) {
        List<Op> since = new ArrayList<>();
        for (Op op : ops) {
            if (op.start() > moment) {
                since.add(op);
            } else if (isWrite(op)) {
                since.add(op.unknown());
            }
        }
        return since;
    }

    Judgement judgement() {
        return new Judgement(verdict, later, Set.copyOf(keysOfWindows), recorded);
    }
}

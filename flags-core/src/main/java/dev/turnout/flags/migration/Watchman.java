package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.Member;
import dev.turnout.flags.repair.Journal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees which members of a fleet are not heard of any more, counts them out when nothing that they did can take effect later, and hands what
 * they left in the journal to repair. Measures by one clock that never jumps. Any number of nodes may do it at once. Not thread-safe.
 */
final class Watchman {
    private static final Logger log = LoggerFactory.getLogger(Watchman.class);

    /** A report, and when it was first seen here. */
    private record Sign(long beat, long seenNanos) {}

    private final Migration<?, ?> migration;
    private final Map<String, Sign> signs = new HashMap<>();

    Watchman(Migration<?, ?> migration) {
        this.migration = migration;
    }

    /** Blocks as long as the stores do. */
    void look() {
        Journal<?> journal = migration.journal();
        // The owners first: a member joins before it records, so an owner that is no member afterwards has left or
        // died.
        Set<String> owners = journal.owners();
        List<Member> members = migration.members();
        long now = migration.node().time().nanoTime();
        Set<String> present = members.stream().map(Member::id).collect(Collectors.toSet());
        signs.keySet().retainAll(present);
        members.forEach(member -> look(member, now));
        owners.stream()
                .filter(owner -> !owner.isEmpty() && !present.contains(owner))
                .forEach(journal::countedOut);
    }

    private void look(Member member, long now) {
        Sign last = signs.get(member.id());
        if (last == null || last.beat() != member.beat()) {
            signs.put(member.id(), new Sign(member.beat(), now));
            return;
        }
        boolean lives = member.lease().isZero()
                || now - last.seenNanos() <= migration.longestTrace(member).toNanos();
        if (!lives) {
            countOut(member);
        }
    }

    /** Whether it is out; it is not if it has reported meanwhile. */
    boolean countOut(Member member) {
        // First: nobody may cross between the two without knowing what may be lost.
        migration.journal().countingOut(member.id());
        boolean out = migration.node().fleet().countOut(migration.name(), member);
        if (out) {
            log.warn(
                    "Node '{}' is counted out of migration '{}'; its lease was {}. What it left in the journal is repaired.",
                    member.node(),
                    migration.name(),
                    member.lease());
        }
        return out;
    }
}

package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.FleetStore;
import dev.turnout.flags.fleet.Member;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
        Set<String> owners = migration.journal().owners(); // before the members
        List<Member> strangers = migration.strangers();
        List<Member> members = migration.members();
        long now = migration.node().time().nanoTime();
        Set<String> present = members.stream().map(Member::id).collect(Collectors.toSet());
        signs.keySet()
                .retainAll(Stream.concat(members.stream(), strangers.stream())
                        .map(Member::id)
                        .collect(Collectors.toSet()));
        members.stream().filter(member -> isSilent(member, now)).forEach(this::countOut);
        strangers.stream()
                .filter(member -> isSilent(member, now))
                .forEach(member -> migration.node().fleet().countOut(FleetStore.EVERYBODY, member));
        handOver(owners, present);
    }

    /**
     * Hands over what those left in the journal who are in the fleet no more. Before a sweep, so that it is swept with the rest: paths without
     * versions must not be repaired from the path that keys have left by then. Blocks.
     */
    void handOverWhatIsLeft() {
        Set<String> owners = migration.journal().owners();
        handOver(owners, migration.members().stream().map(Member::id).collect(Collectors.toSet()));
    }

    /** A member joins before it records, so an owner that was no member when it was looked for later has left or died. */
    private void handOver(Set<String> owners, Set<String> present) {
        owners.stream()
                .filter(owner -> !owner.isEmpty() && !present.contains(owner))
                .forEach(migration.journal()::countedOut);
    }

    private boolean isSilent(Member member, long now) {
        Sign last = signs.get(member.id());
        if (last == null || last.beat() != member.beat()) {
            signs.put(member.id(), new Sign(member.beat(), now));
            return false;
        }
        return !member.lease().isZero()
                && now - last.seenNanos() > migration.longestTrace(member).toNanos();
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
            forget(member.node());
        }
        return out;
    }

    /** It is not there, so it is no stranger either. Where it is after all, it says so within seconds. */
    private void forget(String node) {
        FleetStore fleet = migration.node().fleet();
        fleet.members(FleetStore.EVERYBODY).stream()
                .filter(member -> member.node().equals(node))
                .forEach(member -> fleet.countOut(FleetStore.EVERYBODY, member));
    }
}

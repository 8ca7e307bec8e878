package dev.turnout.flags.migration;

import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.store.LogThrottle;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees which members of a fleet have lost contact, evicts them when nothing that they did can take effect later, and hands what they left in
 * the journal to repair. Measures by one clock that never jumps. Any number of nodes may do it at once. {@link #look} is for one thread.
 */
final class FailureDetector {
    private static final Logger log = LoggerFactory.getLogger(FailureDetector.class);

    /** A report, and when it was first seen here. */
    private record Sign(long heartbeat, long seenNanos) {}

    private static final Duration LONGEST_SILENCE_WITHOUT_LEASE = Migration.LONGEST_HEARTBEAT.multipliedBy(3);
    private static final Duration PAUSE_AFTER_FAILURE = Duration.ofSeconds(5); // each attempt may block for long

    private final Migration<?, ?> migration;
    private final EvictionRule rule;
    private final Map<String, Sign> signs = new HashMap<>();
    private final LogThrottle fenceFailures;
    private volatile Set<String> lostContact = Set.of();
    private volatile Set<String> silent = Set.of();
    private volatile @Nullable Blocker unrefused; // why who may be evicted is not
    private long nextRefusalNanos;

    FailureDetector(Migration<?, ?> migration) {
        this.migration = migration;
        this.rule = new EvictionRule(migration.lateCalls());
        this.fenceFailures = LogThrottle.sharedBy(
                migration.journal(),
                FailureDetector.class,
                migration.name(),
                migration.node().time());
        this.nextRefusalNanos = migration.node().time().nanoTime();
    }

    /** What can be seen of the fleet now. Blocks as long as the stores do. */
    FleetSighting sighting() {
        return FleetSighting.of(fleet(), migration.name(), migration.journal());
    }

    void look() {
        look(sighting());
    }

    /** Evicts who may be evicted by now. Blocks as long as the stores do. */
    void look(FleetSighting seen) {
        long now = migration.node().time().nanoTime();
        Stream.concat(seen.members().stream(), seen.everybody().stream()).forEach(member -> note(member, now));
        signs.keySet()
                .retainAll(Stream.concat(seen.members().stream(), seen.everybody().stream())
                        .map(Member::id)
                        .collect(Collectors.toSet()));
        List<Member> allSilent =
                seen.members().stream().filter(member -> isSilent(member, now)).toList();
        silent = ids(allSilent.stream());
        lostContact = ids(allSilent.stream().filter(member -> !member.lease().isZero()));
        List<Member> due = seen.members().stream()
                .filter(member -> rule.allows(member, silence(member, now)))
                .toList();
        if (due.isEmpty()) {
            unrefused = null;
        }
        List<Member> evicted = due.stream()
                .filter(member -> isRefused(member, now))
                .filter(this::evictNow)
                .toList();
        evicted.forEach(member -> forget(member, evicted, seen));
        seen.strangers().stream()
                .filter(presence -> rule.allows(presence, silence(presence, now)))
                .forEach(this::remove);
        handOver(seen);
    }

    /**
     * Whether the fences refuse what the member may still write. While a path is down, its fence cannot be set to
     * refuse the member's late writes, so the member may not be evicted. Only the eviction waits for that, so it throws
     * nothing.
     */
    private boolean isRefused(Member member, long now) {
        if (now - nextRefusalNanos < 0) {
            return false;
        }
        try {
            migration.fences().refuse(member.id());
        } catch (Throwable e) { // also an Error of a driver
            nextRefusalNanos = migration.node().time().nanoTime() + PAUSE_AFTER_FAILURE.toNanos();
            unrefused = new Blocker.NodeNotFenced(member.node(), String.valueOf(e.getMessage()));
            fenceFailures.warn(
                    e,
                    "Node '{}' has lost contact to migration '{}', but cannot be evicted before the fences of both paths refuse its late"
                            + " writes; that is tried again.",
                    member.node(),
                    migration.name());
            return false;
        }
        unrefused = null;
        fenceFailures.worksAgain(
                "The fences of migration '{}' can be set again to refuse nodes that have lost contact.",
                migration.name());
        return true;
    }

    /** Why a node that has lost contact is not evicted; empty if none waits for that. From any thread. */
    Optional<Blocker> unrefused() {
        return Optional.ofNullable(unrefused);
    }

    /**
     * The ids of members that have not reported for so long that they would be evicted, if they may be evicted by time.
     * From any thread.
     */
    Set<String> lostContact() {
        return lostContact;
    }

    /**
     * The ids of members that have not reported for longer than a live one is silent: those that have lost contact, and
     * those whose lease never ends. From any thread.
     */
    Set<String> silent() {
        return silent;
    }

    private boolean isSilent(Member member, long now) {
        Duration longest = member.lease().isZero() ? LONGEST_SILENCE_WITHOUT_LEASE : rule.longestTrace(member);
        return silence(member, now).compareTo(longest) > 0;
    }

    private static Set<String> ids(Stream<Member> members) {
        return members.map(Member::id).collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Hands over the entries of members that have left the fleet. This comes before a sweep, which then includes their
     * keys: paths without versions must not be repaired from the path that keys have left by then. Blocks.
     */
    void handOverWhatIsLeft() {
        handOver(sighting());
    }

    private void handOver(FleetSighting seen) {
        seen.ownersThatLeft().forEach(migration.journal()::handOverAll);
    }

    private void note(Member member, long now) {
        Sign last = signs.get(member.id());
        if (last == null || last.heartbeat() != member.heartbeat()) {
            signs.put(member.id(), new Sign(member.heartbeat(), now));
        }
    }

    private Duration silence(Member member, long now) {
        Sign last = signs.get(member.id());
        return last == null ? Duration.ZERO : Duration.ofNanos(now - last.seenNanos());
    }

    /** It is gone, so it is no unaware node either. If its process is alive after all, it reports within seconds. */
    private void forget(Member evicted, List<Member> allEvicted, FleetSighting seen) {
        boolean hasJoinedAgain = seen.members().stream()
                .anyMatch(other -> other.process().equals(evicted.process()) && !allEvicted.contains(other));
        if (!hasJoinedAgain) {
            seen.presencesOf(evicted).stream()
                    .filter(presence -> !hasOutlived(presence, evicted))
                    .forEach(this::remove);
        }
    }

    /** Whether the presence was reported for so long after the member that the process did not die with it. */
    private boolean hasOutlived(Member presence, Member member) {
        Sign ofPresence = signs.get(presence.id());
        Sign ofMember = signs.get(member.id());
        return ofPresence != null
                && ofMember != null
                && ofPresence.seenNanos() - ofMember.seenNanos()
                        > member.lease().dividedBy(2).toNanos();
    }

    /**
     * Evicts a member that an operator reports as dead. Whether it is out; it is not if it has reported meanwhile. From
     * any thread. Blocks.
     *
     * @throws RuntimeException if a store cannot be reached, or a fence cannot be set to refuse it
     */
    boolean evictDead(Member member, FleetSighting seen) {
        boolean out = evictFenced(member);
        if (out) {
            seen.presencesOf(member).forEach(this::remove);
        }
        return out;
    }

    /** Whether it is out; it is not if it has reported meanwhile. */
    boolean evictFenced(Member member) {
        migration.fences().refuse(member.id()); // before it is out, which is when other nodes begin to rely on that
        return evictNow(member);
    }

    private boolean evictNow(Member member) {
        // First: no keys may switch sides between the two steps while it is unknown what may be lost.
        migration.journal().evicting(member.id());
        boolean out = fleet().evict(migration.name(), member);
        if (out) {
            log.warn(
                    "Node '{}' is evicted from migration '{}'; its lease was {}. What it left in the journal is repaired.",
                    member.node(),
                    migration.name(),
                    member.lease());
        }
        return out;
    }

    private void remove(Member presence) {
        fleet().evict(FleetStore.EVERYBODY, presence);
    }

    private FleetStore fleet() {
        return migration.node().fleet();
    }
}

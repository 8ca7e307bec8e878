package dev.turnout.flags.spi;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The fleet of one process: nodes that share this object. Nodes of other processes are not seen, so a migration that is routed by
 * several processes must not use it. Thread-safe; never blocks.
 */
final class InMemoryFleetStore implements FleetStore {
    private record MemberKey(String migration, String id) {}

    private final ConcurrentMap<MemberKey, Member> members = new ConcurrentHashMap<>();

    @Override
    public Membership join(String migration, Member.Registration registration) {
        MemberKey key = new MemberKey(migration, UUID.randomUUID().toString());
        members.put(key, new Member(key.id(), registration, 0, Member.Report.NONE));
        return new Membership() {
            @Override
            public String id() {
                return key.id();
            }

            @Override
            public boolean report(Member.Report report) {
                return members.computeIfPresent(key, (same, last) -> last.after(report)) != null;
            }

            @Override
            public void close() {
                members.remove(key);
            }
        };
    }

    @Override
    public List<Member> members(String migration) {
        return members.entrySet().stream()
                .filter(entry -> entry.getKey().migration().equals(migration))
                .map(Map.Entry::getValue)
                .sorted(Comparator.comparing(Member::node).thenComparing(Member::id))
                .toList();
    }

    @Override
    public boolean evict(String migration, Member seen) {
        Member left = members.computeIfPresent(
                new MemberKey(migration, seen.id()),
                (same, last) -> last.heartbeat() == seen.heartbeat() ? null : last);
        return left == null;
    }
}

package dev.turnout.flags.fleet;

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
public final class InMemoryFleetStore implements FleetStore {
    /** Without members. */
    public InMemoryFleetStore() {}

    private record Seat(String migration, String id) {}

    private final ConcurrentMap<Seat, Member> members = new ConcurrentHashMap<>();

    @Override
    public Membership join(String migration, Member.Registration registration) {
        Seat seat = new Seat(migration, UUID.randomUUID().toString());
        members.put(seat, new Member(seat.id(), registration, 0, Member.Report.NONE));
        return new Membership() {
            @Override
            public String id() {
                return seat.id();
            }

            @Override
            public boolean report(Member.Report report) {
                return members.computeIfPresent(seat, (key, last) -> last.after(report)) != null;
            }

            @Override
            public void close() {
                members.remove(seat);
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
    public boolean countOut(String migration, Member seen) {
        Member left = members.computeIfPresent(
                new Seat(migration, seen.id()), (seat, last) -> last.beat() == seen.beat() ? null : last);
        return left == null;
    }
}

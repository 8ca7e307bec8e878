package dev.turnout.flags.fleet;

import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * The fleet of one process: nodes that share this object. Nodes of other processes are not seen, so a migration that is routed by
 * several processes must not use it. Thread-safe; never blocks.
 */
public final class InMemoryFleetStore implements FleetStore {
    /** Without members. */
    public InMemoryFleetStore() {}

    private record Seat(String migration, String node) {}

    private final ConcurrentMap<Seat, Member> members = new ConcurrentHashMap<>();

    @Override
    public Membership join(String migration, String node, String journal) {
        Seat seat = new Seat(migration, node);
        if (members.putIfAbsent(seat, new Member(node, 0, 0, 0, journal)) != null) {
            throw new IllegalStateException("Node '" + node + "' routes migration '" + migration
                    + "' already. Give each node a name of its own, and build each migration once per node.");
        }
        return new Membership() {
            @Override
            public void report(long revision, long using, long acknowledged) {
                members.computeIfPresent(
                        seat, (key, member) -> new Member(node, revision, using, acknowledged, journal));
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
                .map(java.util.Map.Entry::getValue)
                .sorted(Comparator.comparing(Member::node))
                .toList();
    }
}

package dev.turnout.flags.fleet;

import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

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
    public Membership join(String migration, String node, String journal, String keyText, Duration lease) {
        Seat seat = new Seat(migration, UUID.randomUUID().toString());
        members.put(seat, new Member(seat.id(), node, lease, 0, 0, 0, 0, null, journal, keyText));
        return new Membership() {
            @Override
            public String id() {
                return seat.id();
            }

            @Override
            public boolean report(long revision, long using, long acknowledged, @Nullable Stage override) {
                return members.computeIfPresent(
                                seat,
                                (key, last) -> new Member(
                                        seat.id(),
                                        node,
                                        lease,
                                        last.beat() + 1,
                                        revision,
                                        using,
                                        acknowledged,
                                        override,
                                        journal,
                                        keyText))
                        != null;
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

package dev.turnout.flags.migration;

import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.StateId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The fleet of the migration, and the fleet of all nodes, which has only a process of an old build. */
final class ModelFleet implements FleetStore {
    private final Map<String, Map<String, Member>> fleets = new TreeMap<>();
    private final Baton baton;
    private final Set<Rule> removed;
    private final boolean tellsRevisions;
    private final Records journal;
    private int joined;

    ModelFleet(Baton baton, Set<Rule> removed, boolean tellsRevisions, Records journal) {
        this.baton = baton;
        this.removed = removed;
        this.tellsRevisions = tellsRevisions;
        this.journal = journal;
    }

    private Map<String, Member> fleet(String migration) {
        return fleets.computeIfAbsent(migration, m -> new TreeMap<>());
    }

    private Map<String, Member> members() {
        return fleet(World.NAME);
    }

    @Override
    public Membership join(String migration, Member.Registration registration) {
        Called.always();
        String id = registration.node() + "#" + joined++;
        Map<String, Member> members = fleet(migration);
        members.put(id, new Member(id, registration, 0, Member.Report.NONE));
        return new Membership() {
            @Override
            public String id() {
                return id;
            }

            @Override
            public boolean report(Member.Report report) {
                Called.here();
                return members.computeIfPresent(id, (key, last) -> last.after(report)) != null;
            }

            @Override
            public void close() {
                Called.always();
                members.remove(id);
            }
        };
    }

    @Override
    public List<Member> members(String migration) {
        Called.here();
        // No step: acknowledgements only grow, so an actor that looks later may do more.
        List<Member> all = fleet(migration).values().stream().map(this::told).toList();
        baton.note(all.stream()
                .map(member -> member.node() + member.acknowledged() + member.override())
                .toList());
        return all;
    }

    private Member told(Member member) {
        long acknowledged = member.acknowledged();
        if (removed.contains(Rule.CROSS_ACK)
                || removed.contains(Rule.BRIDGE)
                || (removed.contains(Rule.SWEEP_AFTER_ACK) && !journal.wasSwept())) {
            acknowledged = Long.MAX_VALUE;
        } else if (removed.contains(Rule.DRAIN)) {
            acknowledged = member.using().version();
        }
        return new Member(
                member.id(),
                member.registration(),
                member.heartbeat(),
                // As long as the flag store loses nothing, which node has read what is a matter of how long writes
                // wait, not of what is right.
                new Member.Report(
                        tellsRevisions ? member.revision() : Long.MAX_VALUE,
                        using(member),
                        acknowledged,
                        member.override()));
    }

    private StateId using(Member member) {
        boolean joins = Baton.current().isEmpty();
        return joins && removed.contains(Rule.JOIN) ? StateId.NONE : member.using();
    }

    @Nullable
    Member of(String node) {
        return members().values().stream()
                .filter(member -> member.node().equals(node))
                .findFirst()
                .orElse(null);
    }

    boolean isMember(String id) {
        return members().containsKey(id);
    }

    @Override
    public boolean evict(String migration, Member seen) {
        Called.always();
        Member left = fleet(migration)
                .computeIfPresent(seen.id(), (id, last) -> last.heartbeat() == seen.heartbeat() ? null : last);
        return left == null;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        fleets.values().forEach(members -> {
            members.values()
                    .forEach(member -> text.append(member.node())
                            .append(member.using())
                            .append('.')
                            .append(member.acknowledged())
                            .append(member.override() == null ? "" : member.override())
                            .append(' '));
            text.append('/');
        });
        return text.toString();
    }
}

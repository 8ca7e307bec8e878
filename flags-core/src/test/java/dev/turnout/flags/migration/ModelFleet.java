package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.FleetStore;
import dev.turnout.flags.fleet.Member;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The fleet. */
final class ModelFleet implements FleetStore {
    private final Map<String, Member> members = new TreeMap<>();
    private final Baton baton;
    private final Set<Rule> removed;
    private final ModelJournal journal;
    private int joined;

    ModelFleet(Baton baton, Set<Rule> removed, ModelJournal journal) {
        this.baton = baton;
        this.removed = removed;
        this.journal = journal;
    }

    @Override
    public Membership join(String migration, Member.Registration registration) {
        String id = registration.node() + "#" + joined++;
        members.put(id, new Member(id, registration, 0, Member.Report.NONE));
        return new Membership() {
            @Override
            public String id() {
                return id;
            }

            @Override
            public boolean report(Member.Report report) {
                return members.computeIfPresent(id, (key, last) -> last.after(report)) != null;
            }

            @Override
            public void close() {
                members.remove(id);
            }
        };
    }

    @Override
    public List<Member> members(String migration) {
        // No step: acknowledgements only grow, so whoever looks later may do more.
        List<Member> all = members.values().stream().map(this::told).toList();
        baton.note(all.stream()
                .map(member -> member.node() + member.acknowledged())
                .toList());
        return all;
    }

    private Member told(Member member) {
        long acknowledged = member.acknowledged();
        if (removed.contains(Rule.CROSS_ACK)
                || removed.contains(Rule.BRIDGE)
                || (removed.contains(Rule.SWEEP_AFTER_ACK) && !journal.swept)) {
            acknowledged = Long.MAX_VALUE;
        } else if (removed.contains(Rule.DRAIN)) {
            acknowledged = member.using().version();
        }
        return new Member(
                member.id(),
                member.registration(),
                member.beat(),
                // Who has heard of what is a matter of how long writes wait, not of what is right.
                new Member.Report(Long.MAX_VALUE, member.using(), acknowledged, null));
    }

    @Nullable
    Member of(String node) {
        return members.values().stream()
                .filter(member -> member.node().equals(node))
                .findFirst()
                .orElse(null);
    }

    /** Whether it was a member once, on this node, and is none any more. */
    boolean hasLeft(String id, String node) {
        return id.startsWith(node + "#") && !members.containsKey(id);
    }

    @Override
    public boolean countOut(String migration, Member seen) {
        Member left = members.computeIfPresent(seen.id(), (id, last) -> last.beat() == seen.beat() ? null : last);
        return left == null;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        members.values()
                .forEach(member -> text.append(member.node())
                        .append(member.using().version())
                        .append('.')
                        .append(member.acknowledged())
                        .append(' '));
        return text.toString();
    }
}

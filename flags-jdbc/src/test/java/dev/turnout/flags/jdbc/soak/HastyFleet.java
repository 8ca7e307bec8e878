package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.fleet.FleetStore;
import dev.turnout.flags.fleet.Member;
import java.time.Duration;
import java.util.List;

/** Sabotage: a fleet of which every node has acknowledged everything, before it has heard of it. */
final class HastyFleet implements FleetStore {
    private final FleetStore fleet;

    HastyFleet(FleetStore fleet) {
        this.fleet = fleet;
    }

    @Override
    public Membership join(String migration, String node, String journal, String keyText, Duration lease) {
        return fleet.join(migration, node, journal, keyText, lease);
    }

    @Override
    public List<Member> members(String migration) {
        return fleet.members(migration).stream().map(HastyFleet::hasty).toList();
    }

    private static Member hasty(Member member) {
        return new Member(
                member.id(),
                member.node(),
                member.lease(),
                member.beat(),
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                Long.MAX_VALUE,
                member.override(),
                member.journal(),
                member.keyText());
    }

    @Override
    public boolean countOut(String migration, Member seen) {
        return fleet.countOut(migration, seen);
    }
}

package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.fleet.FleetStore;
import dev.turnout.flags.fleet.Member;
import java.util.List;

/** Sabotage: a fleet of which every node has acknowledged everything, before it has heard of it. */
final class HastyFleet implements FleetStore {
    private final FleetStore fleet;

    HastyFleet(FleetStore fleet) {
        this.fleet = fleet;
    }

    @Override
    public Membership join(String migration, String node, String journal) {
        return fleet.join(migration, node, journal);
    }

    @Override
    public List<Member> members(String migration) {
        return fleet.members(migration).stream()
                .map(member ->
                        new Member(member.node(), Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, member.journal()))
                .toList();
    }
}

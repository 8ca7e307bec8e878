package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import java.util.List;

/** Sabotage: a fleet of which every node has acknowledged everything, before it has received it. */
final class HastyFleet implements FleetStore {
    private final FleetStore fleet;

    HastyFleet(FleetStore fleet) {
        this.fleet = fleet;
    }

    @Override
    public Membership join(String migration, Member.Registration registration) {
        return fleet.join(migration, registration);
    }

    @Override
    public List<Member> members(String migration) {
        return fleet.members(migration).stream().map(HastyFleet::hasty).toList();
    }

    private static Member hasty(Member member) {
        return new Member(
                member.id(),
                member.registration(),
                member.heartbeat(),
                new Member.Report(Long.MAX_VALUE, member.using(), Long.MAX_VALUE, member.override()));
    }

    @Override
    public boolean evict(String migration, Member seen) {
        return fleet.evict(migration, seen);
    }
}

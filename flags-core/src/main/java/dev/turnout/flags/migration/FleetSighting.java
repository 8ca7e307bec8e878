package dev.turnout.flags.migration;

import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What was seen of a fleet at one moment, in an order that keeps what is concluded from it right while nodes join and leave. Immutable.
 *
 * @param owners whose operations in flight have entries in the journal
 * @param everybody the presences of all nodes, whether they route the migration or not
 * @param members those that route it
 */
record FleetSighting(Set<String> owners, List<Member> everybody, List<Member> members) {
    /** Copies. */
    FleetSighting {
        owners = Set.copyOf(owners);
        everybody = List.copyOf(everybody);
        members = List.copyOf(members);
    }

    /**
     * Looks. Blocks as long as the stores do.
     *
     * <p>Owners come before members: a member joins before it records, so an owner that is no member <em>afterwards</em> has left or died. Read
     * the other way round, one that joins between the two would be taken for dead, and its operations in flight for over.
     *
     * <p>Presences come before members as well: a node reports its presence before it begins to route. Read the other
     * way round, one that joins between the two would be taken for a node that does not route.
     *
     * <p>The state of the flag store that the members are compared with is to be read after this: no member routes by a newer one then, unless the
     * flag store has lost it.
     */
    static FleetSighting of(FleetStore fleet, String migration, Journal<?> journal) {
        Set<String> owners = journal.owners();
        List<Member> everybody = fleet.members(FleetStore.EVERYBODY);
        List<Member> members = fleet.members(migration);
        return new FleetSighting(owners, everybody, members);
    }

    /** The presences of processes that do not route the migration. By process: an old and a new build may run under one name. */
    List<Member> strangers() {
        Set<String> routing = members.stream().map(Member::process).collect(Collectors.toSet());
        return everybody.stream()
                .filter(presence -> !routing.contains(presence.process()))
                .toList();
    }

    /** Who has entries of operations in flight, and is in the fleet no more. */
    List<String> ownersThatLeft() {
        Set<String> present = members.stream().map(Member::id).collect(Collectors.toSet());
        return owners.stream()
                .filter(owner -> !owner.isEmpty() && !present.contains(owner))
                .toList();
    }

    /** The presences of a member's process. */
    List<Member> presencesOf(Member member) {
        return everybody.stream()
                .filter(presence -> presence.process().equals(member.process()))
                .toList();
    }
}

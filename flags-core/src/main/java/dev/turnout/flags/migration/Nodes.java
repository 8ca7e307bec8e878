package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.FleetStore;
import dev.turnout.flags.fleet.Member;
import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.stage.StateId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the members of a fleet have in common, and who is missing. */
final class Nodes {
    private Nodes() {}

    /** The nodes of a fleet that do not route a migration. Blocks. */
    static List<Member> strangers(FleetStore fleet, String migration) {
        // Everybody first: a node says that it is there before it begins to route.
        List<Member> everybody = fleet.members(FleetStore.EVERYBODY);
        Set<String> routing =
                fleet.members(migration).stream().map(Member::node).collect(Collectors.toSet());
        return everybody.stream()
                .filter(member -> !routing.contains(member.node()))
                .toList();
    }

    /** Which of them have not acknowledged a version, or can't, in words; empty if all have. */
    static Optional<String> notAcknowledged(List<Member> members, List<Member> strangers, long version) {
        Stream<String> behind = members.stream()
                .filter(member -> member.acknowledged() < version)
                .map(member -> "node '" + member.node() + "' has acknowledged version " + member.acknowledged());
        Stream<String> unaware = strangers.stream()
                .map(member ->
                        "node '" + member.node() + "' does not route it: deploy a build that does, or stop that node");
        String late = Stream.concat(behind, unaware).collect(Collectors.joining(", "));
        return late.isEmpty() ? Optional.empty() : Optional.of(late);
    }

    /**
     * Which of them route by a state that a state does not follow, in words: the flag store that it was read from was set back, or lost its last
     * commits, or its entry was created again. Empty if none does.
     */
    static Optional<String> notFollowed(List<Member> members, StateId state) {
        String ahead = members.stream()
                .filter(member -> member.using().version() > 0 && !state.follows(member.using()))
                .map(member -> "node '" + member.node() + "' routes by " + member.using())
                .collect(Collectors.joining(", "));
        return ahead.isEmpty() ? Optional.empty() : Optional.of(ahead);
    }

    /** How they write keys, in words, if they do it in more than one way; who does not say is taken to agree. */
    static Optional<String> disagreement(List<Member> members) {
        Map<String, List<String>> nodes = members.stream()
                .filter(member -> !member.keyText().isEmpty())
                .collect(Collectors.groupingBy(
                        Member::keyText,
                        TreeMap::new,
                        Collectors.mapping(member -> "'" + member.node() + "'", Collectors.toList())));
        return nodes.size() < 2
                ? Optional.empty()
                : Optional.of(nodes.entrySet().stream()
                        .map(one -> "node " + String.join(", ", one.getValue()) + " writes keys as " + one.getKey())
                        .collect(Collectors.joining(
                                "; ",
                                "",
                                ": build all with the same keyText and samples, or stop those that are wrong")));
    }

    /**
     * The journal that all of them record keys in, and its generation, as slices remember it; empty text if they don't share this one. Blocks.
     */
    static String sharedJournal(List<Member> members, Journal<?> journal) {
        String id = journal.id();
        if (members.isEmpty()
                || !members.stream().allMatch(member -> member.journal().equals(id))) {
            return "";
        }
        long generation = journal.generation();
        return generation == 0 ? id : id + "#" + generation;
    }
}

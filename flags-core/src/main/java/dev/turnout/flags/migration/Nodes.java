package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.StateId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the members of a fleet have in common, and who is missing. */
final class Nodes {
    private Nodes() {}

    /**
     * Which of them have not acknowledged a version of the entry that a state is of, or cannot, in words; empty if all have. What was acknowledged
     * of another entry, or by a node that is beyond the state, says nothing: its version is another state's.
     *
     * @param members seen before the state was read; if there are none, that is no acknowledgement, as one may have joined since
     */
    static Optional<String> notAcknowledged(List<Member> members, List<Member> strangers, StateId state, long version) {
        if (members.isEmpty()) {
            return Optional.of("no node routes it now");
        }
        Stream<String> behind = members.stream()
                .filter(member -> !hasAcknowledged(member, state, version))
                .map(member -> "node '" + member.node() + "' "
                        + (isBeyond(member, state)
                                ? "routes by " + member.using()
                                : "has acknowledged version " + member.acknowledged()));
        Stream<String> unaware = strangers.stream()
                .map(member ->
                        "node '" + member.node() + "' does not route it: deploy a build that does, or stop that node");
        String late = Stream.concat(behind, unaware).collect(Collectors.joining(", "));
        return late.isEmpty() ? Optional.empty() : Optional.of(late);
    }

    /** Where calls of a path fail, hang or are slow now, in words and figures; empty if all nodes are content. */
    static Optional<String> pathProblems(List<Member> members) {
        String problems = members.stream()
                .filter(member -> !member.pathProblem().isEmpty())
                .map(member -> "on node '" + member.node() + "' " + member.pathProblem())
                .collect(Collectors.joining("; "));
        return problems.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "keys enter SYNC, where each operation needs both paths, when calls of both work and are as fast as usual, but "
                                + problems);
    }

    private static boolean hasAcknowledged(Member member, StateId state, long version) {
        return knowsAnEntry(member) && state.follows(member.using()) && member.acknowledged() >= version;
    }

    private static boolean isBeyond(Member member, StateId state) {
        return knowsAnEntry(member) && !state.follows(member.using());
    }

    private static boolean knowsAnEntry(Member member) {
        return member.using().version() > 0;
    }

    /** Which of them route by a state of an entry, in words; empty if none does. */
    static Optional<String> routing(List<Member> members) {
        return named(members.stream().filter(Nodes::knowsAnEntry));
    }

    /**
     * Which of them route by a state that a state does not follow, in words: the flag store that it was read from was set back, or lost its last
     * commits, or its entry was created again. Empty if none does.
     */
    static Optional<String> notFollowed(List<Member> members, StateId state) {
        return named(members.stream().filter(member -> isBeyond(member, state)));
    }

    /** Those that begin operations by a version which the whole fleet had left when keys crossed, in words. */
    static Optional<String> joinedBehind(List<Member> members, MigrationState state) {
        return named(members.stream()
                .filter(member -> member.override() == null)
                .filter(member -> knowsAnEntry(member)
                        && member.using().version() < state.acknowledged()
                        && member.using().incarnation().equals(state.incarnation())));
    }

    private static Optional<String> named(Stream<Member> routing) {
        String nodes = routing.map(member -> "node '" + member.node() + "' routes by " + member.using())
                .collect(Collectors.joining(", "));
        return nodes.isEmpty() ? Optional.empty() : Optional.of(nodes);
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

package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.StateId;
import java.util.ArrayList;
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
     * Which of them have not acknowledged a version of the entry that a state is of, or cannot; empty if all have. What was acknowledged
     * of another entry, or by a node that is beyond the state, does not count: its version is another state's.
     *
     * @param members seen before the state was read; if there are none, that is no acknowledgement, as one may have joined since
     */
    static List<Blocker> notAcknowledged(List<Member> members, List<Member> strangers, StateId state, long version) {
        if (members.isEmpty()) {
            return List.of(new Blocker.NoNodes());
        }
        List<Blocker.NodesBehind.Lagging> behind = members.stream()
                .filter(member -> !isBeyond(member, state) && !hasAcknowledged(member, state, version))
                .map(member -> new Blocker.NodesBehind.Lagging(member.node(), member.acknowledged()))
                .toList();
        List<Blocker> blockers = new ArrayList<>();
        if (!behind.isEmpty()) {
            blockers.add(new Blocker.NodesBehind(version, behind));
        }
        positionLost(members, state).ifPresent(blockers::add);
        if (!strangers.isEmpty()) {
            blockers.add(new Blocker.NodesUnaware(names(strangers)));
        }
        return blockers;
    }

    private static List<String> names(List<Member> members) {
        return members.stream().map(Member::node).toList();
    }

    /** Those that have not read a revision of the flag store; empty if all have. */
    static Optional<Blocker> revisionUnread(List<Member> members, long revision) {
        List<Member> late =
                members.stream().filter(member -> member.revision() < revision).toList();
        return late.isEmpty() ? Optional.empty() : Optional.of(new Blocker.RevisionUnread(revision, names(late)));
    }

    /** Where calls of a path fail, hang or are slow now; empty if all nodes are content. */
    static Optional<Blocker> pathProblems(List<Member> members) {
        List<Blocker.PathsUnhealthy.Report> problems = members.stream()
                .filter(member -> !member.pathProblem().isEmpty())
                .map(member -> new Blocker.PathsUnhealthy.Report(member.node(), member.pathProblem()))
                .toList();
        return problems.isEmpty() ? Optional.empty() : Optional.of(new Blocker.PathsUnhealthy(problems));
    }

    /** Those that route by a state that a state does not follow, see {@link #notFollowed}; empty if none does. */
    static Optional<Blocker> positionLost(List<Member> members, StateId state) {
        List<Blocker.PositionLost.Routing> beyond = members.stream()
                .filter(member -> isBeyond(member, state))
                .map(member -> new Blocker.PositionLost.Routing(member.node(), member.using()))
                .toList();
        return beyond.isEmpty() ? Optional.empty() : Optional.of(new Blocker.PositionLost(state, beyond));
    }

    /** Who records keys in which journal. */
    static Blocker journalsDiffer(List<Member> members) {
        return new Blocker.JournalsDiffer(members.stream()
                .map(member -> new Blocker.JournalsDiffer.Recording(member.node(), member.journal()))
                .toList());
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

    /** Those that begin operations by a version which the whole fleet had left when keys switched sides, in words. */
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

    /** How they write keys, if they do it in more than one way; a node that does not report it is taken to agree. */
    static Optional<Blocker> keyTextsDiffer(List<Member> members) {
        Map<String, List<String>> nodes = members.stream()
                .filter(member -> !member.keyText().isEmpty())
                .collect(Collectors.groupingBy(
                        Member::keyText, TreeMap::new, Collectors.mapping(Member::node, Collectors.toList())));
        return nodes.size() < 2
                ? Optional.empty()
                : Optional.of(new Blocker.KeyTextsDiffer(nodes.entrySet().stream()
                        .map(one -> new Blocker.KeyTextsDiffer.Nodes(one.getKey(), one.getValue()))
                        .toList()));
    }

    /**
     * The journal that all of them record keys in, and its generation, as slices remember it; empty text if they do not
     * share this one. Blocks.
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

package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.Member;
import dev.turnout.flags.repair.Journal;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the members of a fleet have in common, and who is missing. */
final class Nodes {
    private Nodes() {}

    /** Which of them have not acknowledged a version, in words; empty if all have. */
    static Optional<String> notAcknowledged(List<Member> members, long version) {
        String late = members.stream()
                .filter(member -> member.acknowledged() < version)
                .map(member -> "node '" + member.node() + "' has acknowledged version " + member.acknowledged())
                .collect(Collectors.joining(", "));
        return late.isEmpty() ? Optional.empty() : Optional.of(late);
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

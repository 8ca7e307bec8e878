package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.Member;
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

    /** The journal that all of them record keys in; empty text if they don't share one. */
    static String sharedJournal(List<Member> members) {
        List<String> journals = members.stream().map(Member::journal).distinct().toList();
        return journals.size() == 1 ? journals.get(0) : "";
    }
}

package dev.turnout.flags.migration;

import dev.turnout.flags.fleet.Member;
import java.util.List;
import java.util.stream.Collectors;

/** Says which nodes a version waits for. */
final class Acknowledgements {
    private Acknowledgements() {}

    static List<Member> missing(List<Member> members, long version) {
        return members.stream()
                .filter(member -> member.acknowledged() < version)
                .toList();
    }

    static String describe(List<Member> late) {
        return late.stream()
                .map(member -> "node '" + member.node() + "' has acknowledged version " + member.acknowledged())
                .collect(Collectors.joining(", "));
    }
}

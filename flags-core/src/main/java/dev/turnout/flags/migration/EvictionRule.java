package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Member;
import java.time.Duration;

/**
 * When a member that has lost contact may be evicted: as soon as nothing that it did can take effect any more.
 *
 * @param lateCalls how long after its start a call may take effect where that matters; zero for paths with versions, which refuse late writes
 */
record EvictionRule(Duration lateCalls) {
    private static final int CLOCK_DRIFT = 100; // clocks may run apart by a hundredth
    private static final Duration CLOCK_MARGIN = Duration.ofMillis(200);

    /**
     * Whether only an operator evicts it, never time: its lease does not end, or an operator makes it route. Then it
     * continues to work whether its lease has ended or not.
     */
    static boolean isForOperators(Member member) {
        return member.lease().isZero() || member.override() != null;
    }

    /** How long after its last report nothing that it did can take effect any more: its lease, the error of two clocks, and its last call. */
    Duration longestTrace(Member member) {
        Duration margin = member.lease().dividedBy(CLOCK_DRIFT).plus(CLOCK_MARGIN);
        return member.lease().plus(margin).plus(lateCalls);
    }

    /** Whether it may be evicted when it has not reported for so long. */
    boolean allows(Member member, Duration silence) {
        return !isForOperators(member) && silence.compareTo(longestTrace(member)) > 0;
    }
}

package dev.turnout.flags.store;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a change of a flag store is called, and with it each entry that it was the last to change. A revision alone is no name: a store that was restored
 * from a backup, or lost its last commits in a failover, gives the same revision to another change. Immutable.
 *
 * @param revision that the change made
 * @param nonce at one revision another one for each change: at most 50 digits and letters; empty where nothing is known of it
 */
public record ChangeId(long revision, String nonce) {
    private static final Pattern TEXT = Pattern.compile("(0|[1-9][0-9]{0,17})-([0-9A-Za-z]{0,50})");

    /** @throws IllegalArgumentException if the nonce is longer than 50 characters, or has others than digits and letters of ASCII */
    public ChangeId {
        SnapshotId.require("nonce", nonce);
    }

    /**
     * Reads what {@link #toString} writes.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static ChangeId of(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "A change is called by its revision, '-' and its nonce, such as '7-1c2f', but was '" + text + "'.");
        }
        return new ChangeId(Long.parseLong(matcher.group(1)), matcher.group(2));
    }

    @Override
    public String toString() {
        return revision + "-" + nonce;
    }
}

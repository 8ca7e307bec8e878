package dev.turnout.flags.store;

import java.util.UUID;
import java.util.regex.Pattern;

/**
 * What a state of a flag store is called. A revision alone is no name: a store that was restored from a backup, or lost its last commits in a failover, gives
 * the same revision to another state, and another store counts from the beginning. Immutable.
 *
 * @param incarnation of the store: another one where it was created again; empty where nothing is known of it
 * @param revision grows with each change of the store
 * @param nonce of the change that made the state, or a checksum of it: at one revision another one for each state; empty where nothing is known of it
 */
public record SnapshotId(String incarnation, long revision, String nonce) {
    private static final Pattern WORD = Pattern.compile("[0-9A-Za-z]{0,50}");

    /** That of a store that was never written to. */
    public static final SnapshotId NONE = new SnapshotId("", 0, "");

    /** @throws IllegalArgumentException if one of the texts is longer than 50 characters, or has others than digits and letters of ASCII */
    public SnapshotId {
        require("incarnation", incarnation);
        require("nonce", nonce);
    }

    static void require(String what, String text) {
        if (!WORD.matcher(text).matches()) {
            throw new IllegalArgumentException("The " + what
                    + " of a flag store's state must be at most 50 digits and letters, but was '" + text + "'.");
        }
    }

    /** The name of the state that a change of this one makes. */
    SnapshotId next() {
        return new SnapshotId(incarnation.isEmpty() ? random() : incarnation, revision + 1, random());
    }

    /** The change that made it. */
    ChangeId change() {
        return new ChangeId(revision, nonce);
    }

    /** The name of the first state of a store that is created now. */
    static SnapshotId first(long revision) {
        return new SnapshotId(random(), revision, "");
    }

    private static String random() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    /** Whether this state comes after the other one, or is the same: as far as is known of both, of one store, in the order of its revisions. */
    public boolean follows(SnapshotId other) {
        return same(incarnation, other.incarnation)
                && (revision > other.revision || (revision == other.revision && same(nonce, other.nonce)));
    }

    private static boolean same(String one, String other) {
        return one.equals(other) || one.isEmpty() || other.isEmpty();
    }

    @Override
    public String toString() {
        return revision + "-" + nonce + "-" + incarnation;
    }
}

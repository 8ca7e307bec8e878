package dev.turnout.flags.stage;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.zip.CRC32C;

/**
 * What nodes call a state of a migration. A version alone is no name: a flag store that was set back to a backup, or lost its last commits in
 * a failover, gives the same number to another state, and an entry that was removed and created again begins with 1.
 *
 * @param incarnation of the entry
 * @param version of the position
 * @param checksum of the position and of how keys are put into buckets; empty where nothing is known of them
 */
public record StateId(String incarnation, long version, String checksum) {
    /** That of a migration which the flag store does not have. */
    public static final StateId NONE = new StateId("", 0, "");

    /** Checks that they are there. */
    public StateId {
        requireNonNull(incarnation, "incarnation");
        requireNonNull(checksum, "checksum");
    }

    static StateId of(MigrationState state) {
        StringBuilder text = new StringBuilder(state.bucketing().salt());
        state.position().cohorts().forEach((cohort, slice) -> append(text.append('\n').append(cohort), slice));
        state.position()
                .ranges()
                .forEach(range -> append(text.append('\n').append(range.below()), range.slice()));
        CRC32C crc = new CRC32C();
        crc.update(text.toString().getBytes(StandardCharsets.UTF_8));
        String checksum = HexFormat.of().toHexDigits((int) crc.getValue());
        return new StateId(state.incarnation(), state.version(), checksum);
    }

    private static void append(StringBuilder text, Slice slice) {
        text.append(' ')
                .append(slice.stage().name())
                .append(' ')
                .append(slice.since())
                .append(' ')
                .append(slice.cameFrom().name());
    }

    /** Whether it comes after the other, or is the same: a state of one entry, in the order of its versions. */
    public boolean follows(StateId other) {
        return incarnation.equals(other.incarnation)
                && (version > other.version || (version == other.version && checksum.equals(other.checksum)));
    }

    @Override
    public String toString() {
        return "version " + version + (incarnation.isEmpty() ? "" : " of entry " + incarnation);
    }
}

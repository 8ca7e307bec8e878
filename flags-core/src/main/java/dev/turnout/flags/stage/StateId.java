package dev.turnout.flags.stage;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * What nodes call a state of a migration. A version alone is no name: a flag store that was set back to a backup, or lost its last commits in
 * a failover, gives the same number to another state, and an entry that was removed and created again begins with 1.
 *
 * @param incarnation of the entry
 * @param version of the position
 * @param checksum of the position, with all fields of its slices, and of how keys are put into buckets: eight
 *     hexadecimal digits, the same in every process; empty where nothing is known of them
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
        StringBuilder text = new StringBuilder();
        append(text, state.bucketing().hash().word());
        append(text, state.bucketing().salt());
        // In one order: positions are equal whatever the order of their cohorts.
        new TreeMap<>(state.position().cohorts()).forEach((cohort, slice) -> append(text, cohort, slice));
        state.position().ranges().forEach(range -> append(text, Integer.toString(range.below()), range.slice()));
        CRC32C crc = new CRC32C();
        crc.update(text.toString().getBytes(StandardCharsets.UTF_8));
        String checksum = HexFormat.of().toHexDigits((int) crc.getValue());
        return new StateId(state.incarnation(), state.version(), checksum);
    }

    /** All fields of a slice, as two histories may come to the same stage in different ways. */
    private static void append(StringBuilder text, String of, Slice slice) {
        append(text, of);
        append(text, slice.stage().name());
        append(text, Long.toString(slice.since()));
        append(text, Long.toString(slice.dualSince()));
        append(text, slice.cameFrom().name());
        append(text, slice.journal());
        append(text, slice.oldPath().name());
        append(text, Boolean.toString(slice.drained()));
    }

    /** With its length, so no text reads like two. */
    private static void append(StringBuilder text, String part) {
        text.append(part.length()).append(':').append(part);
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

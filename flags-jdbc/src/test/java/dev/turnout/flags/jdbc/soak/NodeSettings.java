package dev.turnout.flags.jdbc.soak;

import java.util.Iterator;
import java.util.List;

/**
 * What a node is configured with when it starts.
 *
 * @param number unlike that of any other node of the run, also of those that are dead
 * @param name the same in words
 * @param paths whether they keep versions
 * @param mode what is left out of the library on purpose
 * @param fenced whether the databases of the paths have fences too, which each write looks at
 * @param oldUrl where the old database is, as this node sees it
 * @param newUrl where the new one is
 * @param controlUrl where flags and fleet are
 * @param journalUrl where the journal is
 * @param records directory for what its users were answered
 * @param startNanos when the run began, by the clock of all
 * @param seed of what the users do
 * @param users how many there are
 * @param gets how many of a hundred of their operations only read
 * @param operationsPerSecond of all users of this node
 * @param clockMillis how far its time of day is from the machine's
 */
record NodeSettings(
        int number,
        String name,
        Paths paths,
        Mode mode,
        boolean fenced,
        String oldUrl,
        String newUrl,
        String controlUrl,
        String journalUrl,
        String records,
        long startNanos,
        long seed,
        int users,
        int gets,
        int operationsPerSecond,
        long clockMillis) {
    /** What the paths can do. */
    enum Paths {
        /** They keep a version with each record. */
        VERSIONED,
        /** They get, put and delete. */
        PLAIN
    }

    /** What is left out on purpose, to see that the run would notice. */
    enum Mode {
        NOTHING,
        /** The fleet reports that every node has acknowledged everything. */
        FENCES_OFF,
        /** The journal forgets what is recorded. */
        JOURNAL_OFF,
        /** Not the library at all, but {@link VendorRouter}. */
        VENDOR
    }

    List<String> toArguments() {
        return List.of(
                String.valueOf(number),
                name,
                paths.name(),
                mode.name(),
                String.valueOf(fenced),
                oldUrl,
                newUrl,
                controlUrl,
                journalUrl,
                records,
                String.valueOf(startNanos),
                String.valueOf(seed),
                String.valueOf(users),
                String.valueOf(gets),
                String.valueOf(operationsPerSecond),
                String.valueOf(clockMillis));
    }

    static NodeSettings from(String[] arguments) {
        Iterator<String> next = List.of(arguments).iterator();
        return new NodeSettings(
                Integer.parseInt(next.next()),
                next.next(),
                Paths.valueOf(next.next()),
                Mode.valueOf(next.next()),
                Boolean.parseBoolean(next.next()),
                next.next(),
                next.next(),
                next.next(),
                next.next(),
                next.next(),
                Long.parseLong(next.next()),
                Long.parseLong(next.next()),
                Integer.parseInt(next.next()),
                Integer.parseInt(next.next()),
                Integer.parseInt(next.next()),
                Long.parseLong(next.next()));
    }
}

package dev.turnout.flags.jdbc.soak;

import java.util.List;

/**
 * What a node is told when it starts.
 *
 * @param number unlike that of any other node of the run, also of those that are dead
 * @param name the same in words
 * @param mode what is left out of the library on purpose
 * @param fenced whether the databases of the paths have fences too, which each write looks at
 * @param oldUrl where the old database is, as this node sees it
 * @param newUrl where the new one is
 * @param controlUrl where flags, fleet and journal are
 * @param records directory for what its users were told
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
        Mode mode,
        boolean fenced,
        String oldUrl,
        String newUrl,
        String controlUrl,
        String records,
        long startNanos,
        long seed,
        int users,
        int gets,
        int operationsPerSecond,
        long clockMillis) {
    /** What is left out on purpose, so that one sees that the run would notice. */
    enum Mode {
        NOTHING,
        /** The fleet says that every node has acknowledged everything. */
        FENCES_OFF,
        /** The journal forgets what it is told. */
        JOURNAL_OFF,
        /** Not the library at all, but {@link VendorRouter}. */
        VENDOR
    }

    List<String> toArguments() {
        return List.of(
                String.valueOf(number),
                name,
                mode.name(),
                String.valueOf(fenced),
                oldUrl,
                newUrl,
                controlUrl,
                records,
                String.valueOf(startNanos),
                String.valueOf(seed),
                String.valueOf(users),
                String.valueOf(gets),
                String.valueOf(operationsPerSecond),
                String.valueOf(clockMillis));
    }

    static NodeSettings from(String[] arguments) {
        return new NodeSettings(
                Integer.parseInt(arguments[0]),
                arguments[1],
                Mode.valueOf(arguments[2]),
                Boolean.parseBoolean(arguments[3]),
                arguments[4],
                arguments[5],
                arguments[6],
                arguments[7],
                Long.parseLong(arguments[8]),
                Long.parseLong(arguments[9]),
                Integer.parseInt(arguments[10]),
                Integer.parseInt(arguments[11]),
                Integer.parseInt(arguments[12]),
                Long.parseLong(arguments[13]));
    }
}

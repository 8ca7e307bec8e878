package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A run.
 *
 * @param traffic how long there is traffic
 * @param nodes how many at a time
 * @param users of each node, of whom each waits for an answer before the next question
 * @param gets how many of a hundred operations only read
 * @param operationsPerSecond of all nodes, wanted
 * @param seed of what users do, of moves and of faults; what happens at the same time is not in its hands
 * @param mode what is left out on purpose
 * @param fenced whether the databases of the paths have fences too, which each write looks at
 * @param faults which there are
 * @param longestPause between two of them
 * @param stages that keys are moved to: any of them next, or where whole moves alone are wanted, by turns
 * @param shares whether sometimes a share of the keys is moved alone
 * @param progress how often a line says where it is
 */
record SoakSettings(
        Duration traffic,
        int nodes,
        int users,
        int gets,
        int operationsPerSecond,
        long seed,
        NodeSettings.Mode mode,
        boolean fenced,
        Set<Fault> faults,
        Duration longestPause,
        List<Stage> stages,
        boolean shares,
        Duration progress) {
    private static final int NODES = Integer.getInteger("soak.nodes", 4);
    private static final int USERS = Integer.getInteger("soak.users", 24);
    private static final int GETS = Integer.getInteger("soak.gets", 88);
    private static final int OPERATIONS_PER_SECOND = Integer.getInteger("soak.rate", 3_400);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(Integer.getInteger("soak.pause", 2_500));

    static SoakSettings of(Duration traffic, long seed) {
        return new SoakSettings(
                traffic,
                NODES,
                USERS,
                GETS,
                OPERATIONS_PER_SECOND,
                seed,
                NodeSettings.Mode.NOTHING,
                Boolean.parseBoolean(System.getProperty("soak.fenced", "true")),
                wantedFaults(),
                LONGEST_PAUSE,
                wantedStages(),
                true,
                Duration.ofSeconds(traffic.toMinutes() > 3 ? 30 : 5));
    }

    /** Those that {@code -Dsoak.stages} names, such as {@code LIVE,RAMP_DOWN}, or all. */
    private static List<Stage> wantedStages() {
        String names = System.getProperty("soak.stages", "OFF,DUAL_WRITE,SHADOW,LIVE,RAMP_DOWN,COMPLETE");
        return Stream.of(names.split(",")).map(Stage::valueOf).toList();
    }

    /** Those that {@code -Dsoak.faults} names, such as {@code KILL,CUT}; none if it is empty, all if it is not given. */
    private static Set<Fault> wantedFaults() {
        String names = System.getProperty("soak.faults");
        if (names == null) {
            return EnumSet.allOf(Fault.class);
        }
        Set<Fault> faults = EnumSet.noneOf(Fault.class);
        Stream.of(names.split(","))
                .filter(name -> !name.isBlank())
                .map(Fault::valueOf)
                .forEach(faults::add);
        return faults;
    }

    /** With something left out, and only what is needed to see it: no move needs a backfill. */
    static SoakSettings sabotaged(NodeSettings.Mode mode, Set<Fault> faults, Duration traffic, long seed) {
        return new SoakSettings(
                traffic,
                NODES,
                USERS,
                GETS,
                OPERATIONS_PER_SECOND / 2,
                seed,
                mode,
                false,
                faults,
                LONGEST_PAUSE,
                List.of(Stage.SHADOW, Stage.RAMP_DOWN),
                false,
                Duration.ofSeconds(5));
    }
}

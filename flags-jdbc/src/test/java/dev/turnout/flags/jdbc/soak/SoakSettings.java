package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.jdbc.soak.Databases.Name;
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
 * @param paths whether they keep versions
 * @param mode what is left out on purpose
 * @param fenced whether the databases of the paths have fences too, which each write looks at
 * @param faults which there are
 * @param longestPause between two of them
 * @param stages that keys are moved to: any of them next, or where whole moves alone are wanted, by turns
 * @param shares whether sometimes a share of the keys is moved alone
 * @param cohorts whether sometimes a cohort of keys is set apart
 * @param progress how often a line shows where it is
 */
record SoakSettings(
        Duration traffic,
        int nodes,
        int users,
        int gets,
        int operationsPerSecond,
        long seed,
        NodeSettings.Paths paths,
        NodeSettings.Mode mode,
        boolean fenced,
        Set<Fault> faults,
        Duration longestPause,
        List<Stage> stages,
        boolean shares,
        boolean cohorts,
        Duration progress) {
    private static final int NODES = Integer.getInteger("soak.nodes", 4);
    private static final int USERS = Integer.getInteger("soak.users", 24);
    private static final int GETS = Integer.getInteger("soak.gets", 88);
    private static final int OPERATIONS_PER_SECOND = Integer.getInteger("soak.rate", 3_400);
    // Each write has its entry in the journal before it begins, and all rows have to be swept while there is traffic.
    private static final int OPERATIONS_PER_SECOND_WITHOUT_VERSIONS = Integer.getInteger("soak.rate", 1_200);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(Integer.getInteger("soak.pause", 2_500));
    // Without versions it takes longer until a node that is dead, or stopped, is evicted, and no key switches sides
    // before.
    private static final Duration LONGEST_PAUSE_WITHOUT_VERSIONS =
            Duration.ofMillis(Integer.getInteger("soak.pause", 6_000));

    /** With all faults that a {@link Fault.Where#NODES node} or a path can have. Of {@code paths} without versions no write looks at a fence. */
    static SoakSettings of(NodeSettings.Paths paths, Duration traffic, long seed) {
        return of(paths, wantedFaults(Fault.of(Fault.Where.NODES)), false, traffic, seed);
    }

    /**
     * The same, and cohorts of keys are set apart. Where there are versions, operators override nodes; {@code -Dsoak.failovers=true} lets the flag
     * store lose commits too, after which less can be judged.
     */
    static SoakSettings withMore(NodeSettings.Paths paths, Duration traffic, long seed) {
        Set<Fault> faults = Fault.of(Fault.Where.NODES);
        if (paths == NodeSettings.Paths.VERSIONED) {
            faults.add(Fault.OVERRIDDEN);
        }
        if (Boolean.getBoolean("soak.failovers")) {
            faults.add(Fault.FAILOVER);
        }
        return of(paths, wantedFaults(faults), true, traffic, seed);
    }

    /** With versions, cohorts, overrides, failovers, and of the other faults a few, so each has its turn in a minute. */
    static SoakSettings ofOperators(Duration traffic, long seed) {
        Set<Fault> faults =
                EnumSet.of(Fault.KILL, Fault.SUSPEND, Fault.CUT, Fault.DOWN, Fault.OVERRIDDEN, Fault.FAILOVER);
        return of(NodeSettings.Paths.VERSIONED, wantedFaults(faults), true, traffic, seed);
    }

    private static SoakSettings of(
            NodeSettings.Paths paths, Set<Fault> faults, boolean cohorts, Duration traffic, long seed) {
        return new SoakSettings(
                traffic,
                NODES,
                USERS,
                GETS,
                paths == NodeSettings.Paths.VERSIONED ? OPERATIONS_PER_SECOND : OPERATIONS_PER_SECOND_WITHOUT_VERSIONS,
                seed,
                paths,
                NodeSettings.Mode.NOTHING,
                paths == NodeSettings.Paths.VERSIONED
                        && Boolean.parseBoolean(System.getProperty("soak.fenced", "true")),
                faults,
                paths == NodeSettings.Paths.VERSIONED ? LONGEST_PAUSE : LONGEST_PAUSE_WITHOUT_VERSIONS,
                wantedStages(),
                true,
                cohorts && Boolean.parseBoolean(System.getProperty("soak.cohorts", "true")),
                Duration.ofSeconds(traffic.toMinutes() > 3 ? 30 : 5));
    }

    /** What the nodes use. The journal is beside the flags, but where these are out of reach for long: without it no write begins. */
    List<Name> databases() {
        return isJournalApart() ? List.of(Name.values()) : List.of(Name.OLD, Name.NEW, Name.CONTROL);
    }

    boolean isJournalApart() {
        return faults.contains(Fault.OVERRIDDEN);
    }

    boolean isVersioned() {
        return paths == NodeSettings.Paths.VERSIONED;
    }

    /** Those that {@code -Dsoak.stages} names, such as {@code LIVE,RAMP_DOWN}, or all. */
    private static List<Stage> wantedStages() {
        String names = System.getProperty("soak.stages", "OFF,DUAL_WRITE,SHADOW,LIVE,RAMP_DOWN,COMPLETE");
        return Stream.of(names.split(",")).map(Stage::valueOf).toList();
    }

    /** Those that {@code -Dsoak.faults} names, such as {@code KILL,CUT}; none if it is empty, those of the run if it is not given. */
    private static Set<Fault> wantedFaults(Set<Fault> ofTheRun) {
        String names = System.getProperty("soak.faults");
        if (names == null) {
            return ofTheRun;
        }
        Set<Fault> faults = EnumSet.noneOf(Fault.class);
        Stream.of(names.split(","))
                .filter(name -> !name.isBlank())
                .map(Fault::valueOf)
                .forEach(faults::add);
        return faults;
    }

    /** With something left out, and only what is needed to see it: no move needs a backfill. */
    static SoakSettings sabotaged(
            NodeSettings.Paths paths, NodeSettings.Mode mode, Set<Fault> faults, Duration traffic, long seed) {
        return new SoakSettings(
                traffic,
                NODES,
                USERS,
                GETS,
                OPERATIONS_PER_SECOND / 2,
                seed,
                paths,
                mode,
                false,
                faults,
                LONGEST_PAUSE,
                List.of(Stage.SHADOW, Stage.RAMP_DOWN),
                false,
                false,
                Duration.ofSeconds(5));
    }
}

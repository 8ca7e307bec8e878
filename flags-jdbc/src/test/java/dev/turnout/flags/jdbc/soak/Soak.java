package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.jdbc.JdbcFlagStore;
import dev.turnout.flags.jdbc.soak.Databases.Name;
import dev.turnout.flags.jdbc.soak.Databases.Stored;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A run: nodes, users, moves and faults for a while; then all comes to rest, and what was answered is compared with what is stored. */
final class Soak {
    /** How many have to be reached in any run. */
    static final int LEAST_GOALS = 2;

    private static final int MOST_TIMES_LONGER = 4;
    private static final int FAULTS_AT_ONCE = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final SoakSettings settings;
    private final Path directory;

    /** @param directory for the record and the logs of nodes */
    Soak(SoakSettings settings, Path directory) {
        this.settings = settings;
        this.directory = directory;
    }

    SoakResult run() throws IOException, InterruptedException, SQLException {
        System.out.println("soak: " + settings.traffic().toSeconds() + " s of traffic, " + settings.nodes()
                + " nodes, seed " + settings.seed() + ", paths: " + settings.paths() + ", left out: " + settings.mode()
                + "; PostgreSQL without fsync; record and logs in " + directory);
        Files.createDirectories(directory);
        try (Databases databases = new Databases();
                Cluster cluster = new Cluster(settings, directory, databases.port());
                JdbcFlagStore store = JdbcFlagStore.in(databases.direct(Name.CONTROL))) {
            return run(databases, cluster, store);
        }
    }

    private SoakResult run(Databases databases, Cluster cluster, JdbcFlagStore store)
            throws IOException, InterruptedException, SQLException {
        fill(databases);
        Random random = new Random(settings.seed());
        CountDownLatch over = new CountDownLatch(1);
        Mover mover = new Mover(settings, cluster, store, over);
        mover.setUp();
        for (Cluster.Place place : cluster.places()) {
            place.start(random);
        }
        List<Faults> faults = new ArrayList<>();
        List<Thread> threads = new ArrayList<>(List.of(new Thread(mover, "mover")));
        mover.begin();
        Overrides overrides = new Overrides(cluster, mover);
        Failovers failovers = new Failovers(cluster, databases, mover);
        for (int i = 0; i < FAULTS_AT_ONCE; i++) {
            faults.add(new Faults(settings, i, share(i), cluster, databases, overrides, failovers, over));
            threads.add(new Thread(faults.get(i), "faults-" + i));
        }
        long start = System.nanoTime();
        threads.forEach(Thread::start);
        Progress progress = new Progress(settings, cluster, mover, () -> counts(faults));
        while (isToGoOn(Duration.ofNanos(System.nanoTime() - start), mover, counts(faults))) {
            TimeUnit.MILLISECONDS.sleep(settings.progress().toMillis());
            progress.tell(Duration.ofNanos(System.nanoTime() - start));
        }
        over.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        require(
                mover.isDone() && faults.stream().allMatch(Faults::isDone),
                "What moves, or what breaks, has come to an end before its time; see above.");
        Duration traffic = Duration.ofNanos(System.nanoTime() - start);
        Stage last = comeToRest(cluster, mover, random);
        return result(databases, mover, counts(faults), overrides, failovers, cluster, traffic, last);
    }

    /** On a machine that is busy otherwise, a short run continues until there has been something to see. */
    private boolean isToGoOn(Duration passed, Mover mover, Map<Fault, Integer> faults) {
        boolean isSeen = mover.reached() >= LEAST_GOALS && faults.keySet().equals(settings.faults());
        Duration longest = isSeen ? settings.traffic() : settings.traffic().multipliedBy(MOST_TIMES_LONGER);
        return passed.compareTo(longest) < 0;
    }

    /** Of the kinds, those of one of the threads that break things: so in a short run each kind has its turn. */
    private List<Fault> share(int number) {
        List<Fault> all = new ArrayList<>(settings.faults());
        List<Fault> kinds = new ArrayList<>();
        for (int i = number; i < all.size(); i += FAULTS_AT_ONCE) {
            kinds.add(all.get(i));
        }
        return kinds;
    }

    private static Map<Fault, Integer> counts(List<Faults> faults) {
        Map<Fault, Integer> all = new EnumMap<>(Fault.class);
        faults.forEach(each -> each.counts().forEach((kind, count) -> all.merge(kind, count, Integer::sum)));
        return all;
    }

    private void fill(Databases databases) throws SQLException, IOException {
        List<Op> first = databases.fill(Name.OLD, KeySpace.LASTING);
        if (settings.mode() == NodeSettings.Mode.VENDOR) {
            databases.fill(Name.NEW, KeySpace.LASTING); // its backfill, before any write
        }
        ByteBuffer file = ByteBuffer.allocate(first.size() * OpFile.SIZE);
        for (int i = 0; i < first.size(); i++) {
            OpFile.write(file, i * OpFile.SIZE, first.get(i));
        }
        Files.write(directory.resolve("first" + OpFile.SUFFIX), file.array());
    }

    private static Stage comeToRest(Cluster cluster, Mover mover, Random random)
            throws IOException, InterruptedException {
        for (Cluster.Place place : cluster.places()) {
            if (place.node().isEmpty()) {
                place.start(random);
            }
        }
        for (Cluster.Place place : cluster.places()) {
            require(node(place).ask("stop", PATIENCE).isPresent(), "A node's users do not stop.");
        }
        Stage last = mover.settle();
        for (Cluster.Place place : cluster.places()) {
            awaitRepair(node(place));
        }
        for (Cluster.Place place : cluster.places()) {
            NodeProcess process = node(place);
            process.say("exit");
            require(process.awaitExit(PATIENCE), "A node does not end.");
        }
        return last;
    }

    private static void awaitRepair(NodeProcess process) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Optional<String> depth = process.ask("depth", PATIENCE);
        while (!depth.equals(Optional.of("0"))) {
            require(System.nanoTime() - deadline < 0, "Keys wait for repair still: " + depth);
            TimeUnit.MILLISECONDS.sleep(100);
            depth = process.ask("depth", PATIENCE);
        }
    }

    private static void require(boolean holds, String problem) {
        if (!holds) {
            throw new IllegalStateException(problem);
        }
    }

    private static NodeProcess node(Cluster.Place place) {
        return place.node().orElseThrow(() -> new IllegalStateException("A node has ended by itself; see its log."));
    }

    private SoakResult result(
            Databases databases,
            Mover mover,
            Map<Fault, Integer> faults,
            Overrides overrides,
            Failovers failovers,
            Cluster cluster,
            Duration traffic,
            Stage last)
            throws SQLException, IOException {
        Map<Long, Stored> old = databases.stored(Name.OLD);
        Map<Long, Stored> now = databases.stored(Name.NEW);
        Map<Long, Stored> authority = last.side() == Side.NEW ? now : old;
        Map<Long, Long> values = new HashMap<>();
        authority.forEach((key, stored) -> values.put(key, stored.value()));
        TreeSet<Long> keys = new TreeSet<>(old.keySet());
        keys.addAll(now.keySet());
        keys.removeIf(key -> isSame(old.get(key), now.get(key)));
        Judgement judgement = new History(directory).check(values, failovers.windows());
        Set<Long> excused = new HashSet<>(keys);
        excused.retainAll(judgement.keysOfWindows());
        keys.removeAll(excused);
        List<String> samples = new ArrayList<>(judgement.verdict().samples());
        samples.addAll(failovers.samples());
        judgement.later().samples().forEach(sample -> samples.add("after a failover: " + sample));
        keys.stream()
                .limit(5)
                .forEach(key -> samples.add("key " + key + ": old " + old.get(key) + ", new " + now.get(key)));
        return new SoakResult(
                settings,
                traffic,
                judgement,
                authority.size(),
                keys.size(),
                excused.size(),
                mover.reached(),
                mover.givenUp(),
                mover.state().version() - 1,
                faults,
                overrides.adopted(),
                failovers.ends(),
                failovers.restarts(),
                cluster.failedStarts(),
                last,
                samples);
    }

    /** Where paths have versions, these have to be the same too. */
    private boolean isSame(Stored one, Stored other) {
        boolean haveVersions = settings.isVersioned() && settings.mode() != NodeSettings.Mode.VENDOR;
        return haveVersions ? Objects.equals(one, other) : value(one) == value(other);
    }

    private static long value(Stored stored) {
        return stored == null ? Op.NOTHING : stored.value();
    }
}

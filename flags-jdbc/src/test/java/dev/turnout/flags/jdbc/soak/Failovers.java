package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.jdbc.soak.Databases.Name;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/**
 * Lets the flag store lose its last commit, and sees what the fleet makes of it. No goal is set meanwhile: all nodes
 * have to come to one state by themselves, or to report what they wait for. If they do neither, they are split for
 * good. Where they do not come by themselves, an operator continues with the next goal, and if that is no help either,
 * starts the nodes again. Used by one thread; the results are for after it.
 */
final class Failovers {
    private static final Duration CHANGE = Duration.ofSeconds(8);
    private static final Duration HAND = Duration.ofSeconds(1); // else the last change is not fresh any more
    private static final Duration BY_ITSELF = Duration.ofSeconds(20);
    private static final Duration BY_OPERATOR = Duration.ofSeconds(30);
    private static final Duration ANSWER = Duration.ofSeconds(8); // of a node that may be stopped
    private static final int LOOK_MILLIS = 100;
    private static final int LOOKS = 5; // at which all are alike, one after the other

    /** How a failover went on. */
    enum End {
        BY_ITSELF("went back to one state by themselves"),
        TOLD("reported what they wait for"),
        SPLIT("**split** without a word");

        private final String what;

        End(String what) {
            this.what = what;
        }

        /** Of the nodes, in words. */
        String what() {
            return what;
        }
    }

    private final Cluster cluster;
    private final Databases databases;
    private final Mover mover;
    private final List<Window> windows = new ArrayList<>(); // guarded by itself
    private final Map<End, Integer> ends = new HashMap<>(); // guarded by windows
    private final List<String> samples = new ArrayList<>(); // guarded by windows
    private int restarts; // guarded by windows

    Failovers(Cluster cluster, Databases databases, Mover mover) {
        this.cluster = cluster;
        this.databases = databases;
        this.mover = mover;
    }

    /** Whether there was one; if not, nothing has been changed that could be lost. */
    boolean run(Random random) throws InterruptedException, IOException, SQLException {
        DataSource flags = databases.direct(Name.CONTROL);
        if (!LostCommit.awaitChange(flags, System.nanoTime() + CHANGE.toNanos()) || !mover.hold(HAND)) {
            return false;
        }
        List<Link> links = cluster.links(Name.CONTROL);
        long from;
        try {
            TimeUnit.MILLISECONDS.sleep(random.nextInt(300)); // until the server is lost that has the last change
            from = System.nanoTime();
            links.forEach(link -> link.let(Link.Flow.REFUSE));
            String lost = LostCommit.undo(flags);
            TimeUnit.MILLISECONDS.sleep(random.nextInt(100, 1_500));
            links.forEach(Link::heal);
            if (lost.isEmpty()) {
                return false;
            }
            judge(lost);
        } finally {
            links.forEach(Link::heal);
            mover.release();
        }
        if (!areAlike(BY_OPERATOR)) {
            restart(random);
        }
        synchronized (windows) {
            windows.add(new Window(from, System.nanoTime()));
        }
        return true;
    }

    private void judge(String lost) throws InterruptedException {
        End end = End.BY_ITSELF;
        String words = "";
        if (!areAlike(BY_ITSELF)) {
            words = words();
            end = words.isEmpty() ? End.SPLIT : End.TOLD;
        }
        synchronized (windows) {
            ends.merge(end, 1, Integer::sum);
            if (end != End.BY_ITSELF) {
                samples.add("lost revision " + lost + ": nodes " + end.what + (words.isEmpty() ? "" : ": " + words)
                        + "; the store is at " + mover.state().position() + ", wanted "
                        + mover.state().goal() + ", nodes are at "
                        + places());
            }
        }
    }

    /** What any node reports to operators. */
    private String words() throws InterruptedException {
        for (NodeProcess node : cluster.nodes()) {
            Optional<String> words = node.ask("blockers", ANSWER);
            // A connection that failed is still reported, though it is over: that does not show what is waited for.
            boolean isOfConnection = words.orElse("").matches(".*(HikariPool|I/O error|connection attempt).*");
            if (!words.orElse("").isBlank() && !isOfConnection) {
                return words.get().strip();
            }
        }
        return "";
    }

    /** Where all nodes are, each with its number. */
    private Map<String, List<Integer>> places() throws InterruptedException {
        Map<String, List<Integer>> places = new HashMap<>();
        for (NodeProcess node : cluster.nodes()) {
            String where = node.ask("where", ANSWER).orElse("0 it does not answer");
            places.computeIfAbsent(where.split(" ", 2)[1], key -> new ArrayList<>())
                    .add(node.settings().number());
        }
        return places;
    }

    /** Whether all that answer route all keys by the store's state, several times one after the other, and each has answered reads meanwhile. */
    private boolean areAlike(Duration most) throws InterruptedException {
        long deadline = System.nanoTime() + most.toNanos();
        Map<Integer, Long> first = new HashMap<>();
        int alike = 0;
        boolean working = false;
        while (alike < LOOKS || !working) {
            if (System.nanoTime() - deadline > 0) {
                return false;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
            boolean same = true;
            working = true;
            for (NodeProcess node : cluster.nodes()) {
                Optional<String> answer = node.ask("where", ANSWER);
                if (answer.isPresent()) {
                    String[] where = answer.get().split(" ", 2);
                    long reads = Long.parseLong(where[0]);
                    working &= reads > first.computeIfAbsent(node.settings().number(), key -> reads);
                    same &= where[1].equals(KeySpace.where(mover.state()));
                }
            }
            alike = same ? alike + 1 : 0;
        }
        return true;
    }

    private void restart(Random random) throws InterruptedException, IOException {
        for (Cluster.Place place : cluster.places()) {
            place.lock.lock();
            try {
                if (place.node().isPresent()) {
                    place.node().get().kill();
                }
                place.start(random);
            } finally {
                place.lock.unlock();
            }
        }
        synchronized (windows) {
            restarts++;
        }
    }

    /** From each loss until all was well again. */
    List<Window> windows() {
        synchronized (windows) {
            return List.copyOf(windows);
        }
    }

    /** How many went on how. */
    Map<End, Integer> ends() {
        synchronized (windows) {
            return Map.copyOf(ends);
        }
    }

    /** How often all nodes had to be started again. */
    int restarts() {
        synchronized (windows) {
            return restarts;
        }
    }

    /** Of those that did not go back by themselves. */
    List<String> samples() {
        synchronized (windows) {
            return List.copyOf(samples);
        }
    }
}

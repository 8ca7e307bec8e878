package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.jdbc.soak.Databases.Name;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What operators do who cannot reach the flag store and want the old path to answer: override each node with SYNC, see
 * that each one is, override each with SHADOW, and when the store is back, adopt that and end it on each node. They may
 * also go back from SYNC. Now and then a node dies in between; it is started again when all is over, as the library wants
 * it. No goal is set meanwhile. Used by one thread.
 */
final class Overrides {
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration STORE_IS_BACK = Duration.ofSeconds(60);
    private static final int RETRY_MILLIS = 200;

    private final Cluster cluster;
    private final Mover mover;
    private final AtomicInteger refused = new AtomicInteger();
    private final AtomicInteger adopted = new AtomicInteger();

    Overrides(Cluster cluster, Mover mover) {
        this.cluster = cluster;
        this.mover = mover;
    }

    /** How often a node refused to be overridden, as its keys were not where that is safe. */
    int refused() {
        return refused.get();
    }

    /** How often the old path answered by an operator's order, and the flag store was notified afterwards. */
    int adopted() {
        return adopted.get();
    }

    /** Whether it was done; if not, the keys did not come where it is possible. */
    boolean run(Random random) throws InterruptedException, IOException {
        mover.hold();
        try {
            if (!isPossible() && !(mover.bring(Stage.SHADOW) && mover.bring(Stage.LIVE) && isPossible())) {
                return false;
            }
            lockAll(random);
            return true;
        } finally {
            mover.release();
        }
    }

    private boolean isPossible() {
        MigrationState state = mover.state();
        return state.isAtGoal() && state.position().slices().allMatch(Slice::canBeBroughtBackByHand);
    }

    /** Nodes are killed and stopped by others who hold the locks of their places. */
    private void lockAll(Random random) throws InterruptedException, IOException {
        List<Cluster.Place> locked = new ArrayList<>();
        try {
            for (Cluster.Place place : cluster.places()) {
                place.lock.lock();
                locked.add(place);
            }
            override(random);
        } finally {
            locked.forEach(place -> place.lock.unlock());
        }
    }

    private void override(Random random) throws InterruptedException, IOException {
        Cluster.Place dies = random.nextBoolean() ? cluster.any(random) : null;
        @Nullable NodeProcess killed = dies == null ? null : dies.node().orElse(null);
        boolean diesInSync = random.nextBoolean();
        boolean backFromSync = random.nextInt(4) == 0;
        List<Link> links = cluster.links(Name.CONTROL);
        links.forEach(link -> link.let(Link.Flow.REFUSE));
        boolean back;
        try {
            pause(random, 200, 3_000);
            back = all("override " + Stage.SYNC) && !backFromSync;
            pause(random, 0, 1_500);
            if (diesInSync) {
                kill(dies);
            }
            if (back && !all("override " + Stage.SHADOW)) {
                throw new IllegalStateException("A node that is overridden with SYNC refuses SHADOW.");
            }
            pause(random, 200, 2_000);
        } finally {
            links.forEach(Link::heal);
        }
        pause(random, 0, 1_500);
        kill(dies);
        if (killed != null) {
            untilDone(cluster.nodes().get(0), "evict " + killed.settings().name());
        }
        if (back) {
            untilDone(cluster.nodes().get(0), "adopt");
            adopted.incrementAndGet();
        }
        for (NodeProcess node : cluster.nodes()) {
            untilDone(node, "end");
        }
        if (dies != null) {
            dies.start(random);
        }
    }

    private static void pause(Random random, int least, int most) throws InterruptedException {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(least, most + 1));
    }

    /** Whether all nodes did what was ordered. */
    private boolean all(String order) throws InterruptedException {
        boolean all = true;
        for (NodeProcess node : cluster.nodes()) {
            Optional<String> answer = tell(node, order);
            if (!answer.orElse("").equals(SoakNode.DONE)) {
                refused.incrementAndGet();
                all = false;
            }
        }
        return all;
    }

    private static Optional<String> tell(NodeProcess node, String order) throws InterruptedException {
        return node.ask(order.split(" ")[0], order, ANSWER);
    }

    private static void kill(Cluster.@Nullable Place place) throws InterruptedException {
        if (place != null && place.node().isPresent()) {
            place.node().get().kill();
        }
    }

    private static void untilDone(NodeProcess node, String order) throws InterruptedException {
        long deadline = System.nanoTime() + STORE_IS_BACK.toNanos();
        Optional<String> answer = tell(node, order);
        while (!answer.orElse("").equals(SoakNode.DONE)) {
            if (System.nanoTime() - deadline > 0) {
                throw new IllegalStateException("Node " + node.settings().number() + " does not " + order + " within "
                        + STORE_IS_BACK + " after the flag store is back: " + answer.orElse("it does not answer"));
            }
            TimeUnit.MILLISECONDS.sleep(RETRY_MILLIS);
            answer = tell(node, order);
        }
    }
}

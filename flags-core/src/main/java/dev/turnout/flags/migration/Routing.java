package dev.turnout.flags.migration;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.spi.Node;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.TimeSource;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * By which state of a migration a node routes its operations, and what vouches for them: its lease in the fleet, or an operator. Thread-safe;
 * asking takes no lock.
 */
final class Routing<K> implements FleetMembership.Router {
    private static final Logger log = LoggerFactory.getLogger(Routing.class);

    /** Why a node routes as it does. */
    private sealed interface Standing {}

    /** By the flag store, under the lease that it has in its fleet. */
    private record Joined() implements Standing {}

    /** By order of an operator, whatever the stores contain. */
    private record Overridden(Stage stage, Lease vouchedFor) implements Standing {}

    /** Not at all, as what it routes by is not the flag store's state: it joins again when its operations are over. */
    private record Outdated() implements Standing {}

    /** Not any more. */
    private record Closed() implements Standing {}

    private final String name;
    private final Node node;
    private final Journal<K> journal;
    private final Duration leaseLength;
    private final Function<K, String> keyText;
    private final boolean versioned;
    private final TimeSource time;
    private final Runnable reportSoon;
    private final Supplier<String> pathProblem;
    private final Object changing = new Object(); // taken last
    private volatile Standing standing = new Joined(); // written under changing
    private volatile long acknowledged; // what was reported to the fleet last
    final OperationEpochs<Route> epochs;

    /** It rejects operations before it has joined. */
    Routing(Settings<K> settings, Node node, boolean versioned, Runnable reportSoon, Supplier<String> pathProblem) {
        this.name = settings.name();
        this.node = node;
        this.journal = settings.journal();
        this.leaseLength = settings.lease();
        this.keyText = settings.keyText();
        this.versioned = versioned;
        this.time = node.time();
        this.reportSoon = reportSoon;
        this.pathProblem = pathProblem;
        Tenure none = new Tenure("", new Lease(leaseLength, time.nanoTime()));
        epochs = new OperationEpochs<>(0, Route.of(name, Snapshot.EMPTY, none), reportSoon);
    }

    /** What an operation would begin by now. */
    OperationEpochs.Epoch<Route> current() {
        return epochs.current();
    }

    /** The stage of a key by one version. */
    Stage stage(K key, Route route) {
        return slice(key, route).stage();
    }

    Slice slice(K key, Route route) {
        Slice everywhere = route.everywhere();
        return everywhere != null ? everywhere : route.sliceOf(keyText.apply(key));
    }

    /**
     * Counts an operation in.
     *
     * @throws UnavailableException if the fleet may have moved on without this node
     */
    Stage enter(Operation<K> operation) {
        OperationEpochs.Epoch<Route> epoch = epochs.enter();
        return begin(operation, epoch);
    }

    /** The same under the version of another operation which is under way. */
    Stage enterWith(Operation<K> operation, Operation<?> underWay) {
        OperationEpochs.Epoch<Route> epoch = underWay.epoch();
        epoch.enterAgain();
        return begin(operation, epoch);
    }

    /** From here on the operation ends by itself, also where its node's lease is over, or its key has no text. */
    private Stage begin(Operation<K> operation, OperationEpochs.Epoch<Route> epoch) {
        operation.countIn(epoch);
        if (!epoch.value().lease().isValid(time.nanoTime())) { // after counting in, so close() cannot miss it
            throw refused();
        }
        Stage stage = stage(operation.key(), epoch.value());
        operation.begin(stage);
        return stage;
    }

    /**
     * Whether a read that needs one path, and so is not counted in, was right to ask that path: the node's version is still the one that the
     * read began by, so the node has not acknowledged a newer one, and the fleet has not switched to the other path
     * before the read was made.
     *
     * @throws UnavailableException if the fleet may have moved on without this node
     */
    boolean isConfirmed(OperationEpochs.Epoch<Route> epoch) {
        VarHandle.loadLoadFence(); // what the path read was read before this
        if (!epoch.value().lease().isValid(time.nanoTime())) {
            throw refused();
        }
        return epochs.current() == epoch;
    }

    RuntimeException refused() {
        if (standing instanceof Closed) {
            return new IllegalStateException("Migration '" + name + "' is closed on node '" + node.name() + "'.");
        }
        return new UnavailableException(
                "Node '" + node.name() + "' has lost contact to its fleet for longer than its lease, "
                        + leaseLength + ", so migration '" + name
                        + "' may have moved on without it. Nothing was applied; it joins again by itself when it reaches"
                        + " the fleet store.");
    }

    /** The flag store has another state. */
    void use(Snapshot snapshot) {
        if (!snapshot.document().migrations().containsKey(name)) {
            return; // abandoned, or not begun: the position stays what it is
        }
        synchronized (changing) {
            if (standing instanceof Joined) {
                follow(Route.of(name, snapshot, current().value().tenure()));
            }
        }
        reportSoon.run();
    }

    @Override
    public void route(Snapshot snapshot, Tenure tenure) {
        synchronized (changing) {
            Route next = Route.of(name, snapshot, tenure);
            if (standing instanceof Outdated) {
                checkSide(next);
                epochs.restart(next.version(), next);
                acknowledged = 0; // that was of another entry, whose versions do not count for this one
                standing = new Joined();
            } else if (standing instanceof Overridden overridden) {
                Tenure vouchedFor = new Tenure(tenure.owner(), overridden.vouchedFor());
                epochs.replace(current().value().under(vouchedFor));
            } else if (standing instanceof Joined
                    && follow(next)
                    && !tenure.equals(current().value().tenure())) {
                epochs.replace(current().value().under(tenure));
            }
        }
    }

    /**
     * Routes by this from now on, if it comes after what the node knows; if it comes before it, the flag store was set back, and the node stays
     * where it is, as its fleet does.
     *
     * @return whether the node may continue; not if it is unknown which of the two comes after the other
     */
    private boolean follow(Route next) {
        Route known = current().value();
        StateId id = next.id();
        if (id.version() == 0 || id.equals(known.id())) {
            return true;
        }
        boolean sameEntry =
                known.version() == 0 || id.incarnation().equals(known.id().incarnation());
        if (sameEntry && id.version() > known.version()) {
            epochs.advance(next.version(), next);
            return true;
        }
        if (sameEntry && id.version() < known.version()) {
            return true;
        }
        log.warn(
                "migration={}: the flag store has {}, and node '{}' routes by {}, which is another one: the entry was created again, or the store"
                        + " has lost its last commits. The node rejects operations until those under way are over, and joins again.",
                name,
                id,
                node.name(),
                known.id());
        standing = new Outdated();
        epochs.replace(known.ended(time.nanoTime()));
        return false;
    }

    /** The records of an entry that was created again are where those of the entry before it were. */
    private void checkSide(Route next) {
        Route known = current().value();
        boolean sameEntry = next.id().incarnation().equals(known.id().incarnation());
        if (!sameEntry && !known.state().isOnSameSideAs(next.state())) {
            throw new IllegalStateException("Migration '" + name + "' was created again at "
                    + next.state().position() + ", but node '" + node.name() + "' has routed it at "
                    + known.state().position()
                    + ", so what was written there would not be found. The node rejects all operations. Create the entry at the"
                    + " position where its records are, or restart the node if that does not matter.");
        }
    }

    @Override
    public boolean mustJoinAgain() {
        return standing instanceof Outdated;
    }

    @Override
    public boolean isIdle() {
        return epochs.isIdle();
    }

    @Override
    public StateId using() {
        return current().value().id();
    }

    @Override
    public Member.Report report(long revision) {
        return new Member.Report(revision, using(), acknowledge(), override(), pathProblem.get());
    }

    private long acknowledge() {
        if (standing instanceof Overridden) {
            return 0;
        }
        long over = epochs.acknowledged(); // first: what those operations reported was reported before
        if (journal.isUpToDate()) {
            acknowledged = over;
        }
        return acknowledged;
    }

    /** The stage by which an operator makes the node route; {@code null} if it is not overridden. */
    @Override
    public @Nullable Stage override() {
        return standing instanceof Overridden overridden ? overridden.stage() : null;
    }

    /** See {@link Migration#overrideStage}. */
    void override(Stage stage) {
        if (stage != Stage.SYNC && stage != Stage.SHADOW) {
            throw new IllegalArgumentException(
                    "An operator can bring a node to SYNC, and from there to SHADOW, but not to " + stage + ".");
        }
        synchronized (changing) {
            if (standing instanceof Closed) {
                throw refused();
            }
            Route route = current().value();
            MigrationState state = route.state();
            if (!versioned || !state.position().slices().allMatch(Slice::canBeBroughtBackByHand)) {
                throw new IllegalStateException("Migration '" + name + "' is at " + state.position()
                        + (versioned ? "" : ", and its paths keep no versions")
                        + ": an operator cannot bring it back from there without losing writes.");
            }
            if (stage == Stage.SHADOW && !(standing instanceof Overridden)) {
                throw new IllegalStateException(
                        "Override every node with SYNC first, and see that every one is, or its process has ended.");
            }
            Lease vouchedFor = new Lease(Duration.ZERO, time.nanoTime());
            vouchedFor.renew(time.nanoTime());
            standing = new Overridden(stage, vouchedFor);
            epochs.replace(route.overriddenTo(stage, new Tenure(route.tenure().owner(), vouchedFor)));
        }
        reportSoon.run();
    }

    @Override
    public void endOverride(Snapshot snapshot, Tenure tenure) {
        synchronized (changing) {
            if (standing instanceof Overridden overridden) {
                standing = new Joined();
                // What is under way by it is not acknowledged as done: from now on only the fleet vouches for it.
                overridden.vouchedFor().end(time.nanoTime());
                Route next = Route.of(name, snapshot, tenure);
                if (next.version() > current().version()) {
                    var unused = follow(next);
                } else { // also by the same version it routes by another stage now
                    epochs.replace(next);
                }
            }
        }
    }

    boolean isOpen() {
        return !(standing instanceof Closed);
    }

    /** What begins from now on is refused; what is under way keeps its lease. */
    void close() {
        synchronized (changing) {
            standing = new Closed();
            epochs.replace(current().value().ended(time.nanoTime()));
        }
    }
}

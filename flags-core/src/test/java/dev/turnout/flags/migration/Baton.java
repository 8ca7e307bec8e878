package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Stage;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Lets exactly one of many threads run, and stops it before each call of a store: the holder of the baton decides which
 * one continues, and how its call ends. So an order of events is a list of choices, and can be had again.
 */
final class Baton {
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "actor");
        thread.setDaemon(true);
        return thread;
    });
    private static final String PAUSE = "pause";
    private static final Set<String> LOOKING = Set.of("begin", PAUSE, "journal.keys");
    private static final ThreadLocal<Actor> CURRENT = new ThreadLocal<>();

    /** How a call ends. */
    enum Ending {
        FINE,
        FAILS_BEFORE,
        FAILS_AFTER,
        /** Fails now, and takes effect at some later moment. */
        FAILS_AND_COMES_LATE,
        /** With an Error, before it took effect. */
        ENDS_WITH_AN_ERROR
    }

    /** Unwinds a thread whose world is abandoned. */
    private static final class Abandoned extends Error {
        private static final long serialVersionUID = 1;

        Abandoned() {
            super("abandoned", null, false, false);
        }
    }

    /** Something that calls stores, one call after the other. */
    static final class Actor {
        final String name;
        final int node;
        final List<String> history = new ArrayList<>(); // what decides where it stands: the results of its calls
        private final Semaphore go = new Semaphore(0);
        private Ending ending = Ending.FINE;
        String at = "begin";
        boolean mayFail; // the call that it is about to make
        boolean overtaken; // the lease of its node lapsed while that call was under way
        boolean outlived; // the last call of a path returned when the node's lease was over
        long pausedAt = -1; // the number of changes, if it waits for another one
        volatile boolean ended;

        @Nullable
        Throwable failure;

        /** What it began in. */
        @Nullable
        Stage stage;

        private int beforeWaiting;
        private long looksSince; // the number of changes when its round of looking began

        private final Supplier<?> sees;

        Actor(String name, int node, Supplier<?> sees) {
            this.name = name;
            this.node = node;
            this.sees = sees;
        }

        boolean isAtPath() {
            return at.startsWith("OLD") || at.startsWith("NEW");
        }

        boolean isAtJournal() {
            return at.startsWith("journal");
        }

        boolean isWriting() {
            return isAtPath() && !onlyLooks();
        }

        private boolean onlyLooks() {
            return LOOKING.contains(at) || at.endsWith("read") || at.endsWith("get");
        }
    }

    private final Semaphore returned = new Semaphore(0);
    private final List<Actor> actors = new ArrayList<>();
    private boolean abandoned;
    private long changes;

    List<Actor> actors() {
        return actors;
    }

    /**
     * Begins an actor, which makes no step yet.
     *
     * @param seesNode what it looks at besides the results of its calls, when it continues
     */
    void start(String name, int node, Supplier<?> seesNode, Runnable body) {
        Actor actor = new Actor(name, node, seesNode);
        actor.looksSince = changes;
        actors.add(actor);
        THREADS.execute(() -> {
            CURRENT.set(actor);
            try (MDC.MDCCloseable quiet = quietly()) {
                actor.go.acquireUninterruptibly();
                if (!abandoned) {
                    body.run();
                }
            } catch (Abandoned e) {
                // as wanted
            } catch (RuntimeException | Error e) {
                actor.failure = e;
            } finally {
                CURRENT.remove();
                actor.ended = true;
                returned.release();
            }
        });
    }

    /** Lets an actor make the call that it stands before, and continue to the next one. */
    void resume(Actor actor, Ending ending) {
        if (!actor.onlyLooks()) {
            changes++;
        }
        actor.overtaken = false;
        actor.ending = ending;
        actor.go.release();
        returned.acquireUninterruptibly();
        if (actor.ended) {
            actors.remove(actor);
        }
        if (actor.failure != null) {
            throw new AssertionError("an actor failed", actor.failure);
        }
    }

    /** Something happened that no actor did. */
    void happened() {
        changes++;
    }

    /** The call that an actor has just made has changed nothing after all. */
    void nothingHappened() {
        if (CURRENT.get() != null) {
            changes--;
        }
    }

    /** How much has happened that a waiting actor may have waited for. */
    long changes() {
        return changes;
    }

    /** A waiting actor looks again only when something may have changed. */
    boolean isReady(Actor actor) {
        return actor.pausedAt < changes;
    }

    /** No line of what this thread does is logged until that is closed. */
    static MDC.MDCCloseable quietly() {
        return MDC.putCloseable("explored", "true");
    }

    /** Whether something has changed since it began to look. */
    boolean isOutdated(Actor actor) {
        return actor.looksSince < changes;
    }

    /** Called by actors before each call of a store; any other thread continues at once. */
    Ending step(String call, boolean mayFail) {
        Called.here();
        return stop(call, mayFail, -1);
    }

    /**
     * Called by actors that wait for something to happen, and then begin again: they remember nothing of what they have
     * seen before.
     */
    void pause() {
        Actor actor = CURRENT.get();
        if (actor != null) {
            actor.history.subList(actor.beforeWaiting, actor.history.size()).clear();
            // Since before its round began: what it looked at first may have changed before it looked at the last.
            stop(PAUSE, false, actor.looksSince);
            actor.looksSince = changes;
            actor.history.remove(actor.history.size() - 1);
        }
    }

    /** What the actor has seen until now decides what it does, also after it has waited. */
    void remembers() {
        Actor actor = CURRENT.get();
        if (actor != null) {
            actor.beforeWaiting = actor.history.size();
        }
    }

    private Ending stop(String call, boolean mayFail, long pausedAt) {
        Actor actor = CURRENT.get();
        if (actor == null) {
            return Ending.FINE;
        }
        if (abandoned) {
            throw new Abandoned();
        }
        actor.at = call;
        actor.mayFail = mayFail;
        actor.pausedAt = pausedAt;
        returned.release();
        actor.go.acquireUninterruptibly();
        if (abandoned) {
            throw new Abandoned();
        }
        actor.history.add(call + actor.ending + actor.sees.get());
        return actor.ending;
    }

    /** What a call gave the actor, as it decides what it does next. */
    void note(Object result) {
        Actor actor = CURRENT.get();
        if (actor != null) {
            actor.history.add(String.valueOf(result));
        }
    }

    /** The actor that runs now begins an operation in this stage. */
    static void beginsIn(Stage stage) {
        Actor actor = CURRENT.get();
        if (actor != null) {
            actor.stage = stage;
        }
    }

    /** Whether the actor that runs now is an operation that began in this stage. */
    static boolean began(Stage stage) {
        Actor actor = CURRENT.get();
        return actor != null && actor.stage == stage;
    }

    /** Whether it is a caller's operation that runs now. */
    static boolean isOperation() {
        Actor actor = CURRENT.get();
        return actor != null && actor.stage != null;
    }

    /** A call of a path has returned to the actor that runs now. */
    static void returns(IntPredicate hasLapsed) {
        Actor actor = CURRENT.get();
        if (actor != null) {
            actor.outlived = hasLapsed.test(actor.node);
        }
    }

    /** Whether the last call of the actor that runs now has returned when its node's lease was over. */
    static boolean isOutlived() {
        Actor actor = CURRENT.get();
        return actor != null && actor.outlived;
    }

    /** The name of the actor that runs now; empty if none does. */
    static String current() {
        Actor actor = CURRENT.get();
        return actor == null ? "" : actor.name;
    }

    /** Ends all actors. */
    void abandon() {
        abandoned = true;
        for (Actor actor : List.copyOf(actors)) {
            actor.go.release();
            while (!actor.ended) {
                returned.acquireUninterruptibly();
            }
        }
        actors.clear();
    }
}

package dev.turnout.flags.migration;

import dev.turnout.flags.migration.Controller.Emergency;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.FlagStoreException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A rollback while any store may be down or hang: see {@link Controller#rollBackNow}. */
final class EmergencyRollback {
    private static final Logger log = LoggerFactory.getLogger(EmergencyRollback.class);
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);

    private final Migration<?, ?> migration;
    private final Controller controller;
    private final String by;
    private final String reason;

    EmergencyRollback(Migration<?, ?> migration, Controller controller, String by, String reason) {
        this.migration = migration;
        this.controller = controller;
        this.by = by;
        this.reason = reason;
    }

    Emergency run() {
        MigrationState state = migration.state(migration.node().state());
        Goal target = state.rollBackTarget();
        try {
            onItsOwnThread(() -> controller.moveTo(target, by, reason));
        } catch (RuntimeException e) {
            log.warn("The rollback of migration={} cannot be stored in the flag store.", migration.name(), e);
            return overrideHere(state, e);
        }
        return new Emergency(true, "All nodes go to " + target + "." + whatItWaitsFor());
    }

    /** The operator must not hang with a store that does. */
    private <T> T onItsOwnThread(Supplier<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        migration.workers().start("turnout-rollback-" + migration.name(), () -> {
            try {
                result.complete(task.get());
            } catch (Throwable e) { // also an Error: the caller waits
                result.completeExceptionally(e);
            }
        });
        try {
            return result.orTimeout(LONGEST_ANSWER.toMillis(), TimeUnit.MILLISECONDS)
                    .join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof TimeoutException) {
                throw new FlagStoreException(
                        "no answer within " + LONGEST_ANSWER.toSeconds() + " s; it may still be stored", e);
            }
            throw e.getCause() instanceof RuntimeException failure
                    ? failure
                    : new FlagStoreException(String.valueOf(e.getCause()), e);
        }
    }

    /** The goal is stored already. If the fleet store is down, this is unknown, which changes nothing. */
    private String whatItWaitsFor() {
        try {
            List<Blocker> blockers = onItsOwnThread(controller::status).blockers();
            return blockers.isEmpty() ? "" : " The rollback waits: " + Blocker.messages(blockers) + ".";
        } catch (RuntimeException e) {
            return " What it waits for is unknown now: " + e.getMessage();
        }
    }

    private Emergency overrideHere(MigrationState state, RuntimeException failure) {
        String notStored = "The rollback could not be stored in the flag store (" + failure.getMessage() + "). ";
        if (state.isOnOldSide()) {
            return new Emergency(false, notStored + "The old path already answers; nothing was done.");
        }
        try {
            migration.overrideStage(Stage.SYNC, by, reason);
            return new Emergency(
                    false,
                    notStored
                            + "This node is overridden with SYNC. Override every other node with SYNC as well. When every node is"
                            + " overridden, or its process has ended, override each one with SHADOW; then the old path answers. When the"
                            + " flag store is back, adopt the override, then end it on each node.");
        } catch (IllegalStateException e) {
            return new Emergency(
                    false, notStored + "This node was not overridden, so nothing was done. " + e.getMessage());
        }
    }
}

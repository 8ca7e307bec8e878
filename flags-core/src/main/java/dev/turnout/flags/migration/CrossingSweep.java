package dev.turnout.flags.migration;

import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Slice;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sweep of recorded keys that slices wait for before they switch sides. It runs beside the controller, which obeys
 * orders meanwhile: each call of a path may take seconds. One thread starts, stops and checks it; any thread may read
 * its progress.
 */
final class CrossingSweep {
    private static final Logger log = LoggerFactory.getLogger(CrossingSweep.class);

    private final Migration<?, ?> migration;
    private final FailureDetector failureDetector;
    private volatile @Nullable Run current;

    CrossingSweep(Migration<?, ?> migration, FailureDetector failureDetector) {
        this.migration = migration;
        this.failureDetector = failureDetector;
    }

    /** Begins one for these slices, unless one is under way that was not stopped. Does not wait for it. */
    void begin(MigrationState state, List<Slice> slices, String journal) {
        Run last = current;
        if (last == null || last.stopped) { // which may hang in its last call for long
            Run run = new Run(RecordedSweep.of(state, slices, journal));
            current = run;
            run.start(run::begin);
        }
    }

    /** Stops it if its slices wait for it no more, such as after an order to go back. */
    void stopUnlessNeeded(MigrationState state) {
        Run run = current;
        if (run != null && (state.paused() || !run.sweep.isFor(state))) {
            run.stop();
        }
    }

    /** Does not wait for its end. */
    void stop() {
        Run run = current;
        if (run != null) {
            run.stop();
        }
    }

    /**
     * What was swept, once: empty while it runs, and if it was stopped or there is none.
     *
     * @throws RuntimeException what reconciling a key threw, once
     */
    Optional<RecordedSweep> takeFinished() {
        Run run = current;
        if (run == null || run.threads.get() > 0) {
            return Optional.empty();
        }
        current = null;
        return run.result();
    }

    /** How far it is; empty if keys of this state wait for none. */
    Optional<Blocker> progress(MigrationState state) {
        Run run = current;
        return run == null || !run.sweep.isFor(state) ? Optional.empty() : Optional.of(run.progress());
    }

    private final class Run {
        final RecordedSweep sweep;
        final AtomicInteger threads = new AtomicInteger();
        private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        private volatile Repairer<?>.@Nullable Sweep keys; // null until they are known
        private volatile boolean stopped;

        Run(RecordedSweep sweep) {
            this.sweep = sweep;
        }

        void start(Runnable task) {
            threads.incrementAndGet(); // before: else the one that starts others might seem to be the last
            try {
                migration.workers().start("turnout-sweep-" + migration.name(), () -> {
                    try {
                        task.run();
                    } catch (Throwable e) {
                        failed(e);
                    } finally {
                        threads.decrementAndGet();
                    }
                });
            } catch (Throwable e) { // no thread was to be had
                failed(e);
                threads.decrementAndGet();
            }
        }

        /** Thrown to the caller that checks whether it has finished. */
        private void failed(Throwable e) {
            failure.compareAndSet(null, e);
            stopKeys();
        }

        private void begin() {
            // Before the keys are read: an evicted node that does not notice may write after that, and no sweep would
            // see it.
            sweep.slices().forEach(migration.fences()::closeBehind);
            failureDetector.handOverWhatIsLeft();
            Repairer<?>.Sweep all = migration.beginSweepOfRecorded();
            keys = all;
            if (stopped) { // by who did not see the keys yet
                all.stop();
            }
            for (int i = 1; i < Math.min(migration.repairThreads(), all.keys()); i++) {
                start(all::run);
            }
            all.run();
        }

        void stop() {
            stopped = true;
            stopKeys();
        }

        private void stopKeys() {
            Repairer<?>.Sweep all = keys;
            if (all != null) {
                all.stop();
            }
        }

        Optional<RecordedSweep> result() {
            Throwable thrown = failure.get();
            if (thrown != null && !stopped) {
                throw thrown instanceof RuntimeException failed ? failed : new IllegalStateException(thrown);
            }
            Repairer<?>.Sweep all = keys;
            if (all == null || !all.isDone()) {
                return Optional.empty();
            }
            log.info(
                    "Swept {} recorded keys of migration '{}' before they switch sides.", all.keys(), migration.name());
            return Optional.of(sweep);
        }

        Blocker progress() {
            Repairer<?>.Sweep all = keys;
            return all == null
                    ? new Blocker.SweepRunning(0, 0)
                    : new Blocker.SweepRunning(all.reconciled(), all.keys());
        }
    }
}

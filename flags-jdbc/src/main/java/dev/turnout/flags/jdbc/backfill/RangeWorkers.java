package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.RangeTable.Range;
import dev.turnout.flags.jdbc.ranges.RangeTakenException;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that work at ranges, each at one at a time, while the thread of the caller reports how far they have come;
 * the same for every pass. Where one of them fails, the others end after their chunk.
 */
final class RangeWorkers {
    private static final Logger log = LoggerFactory.getLogger(RangeWorkers.class);

    /** What they have done, see {@link ChunkWork.Chunk}. */
    record Done(long rows, long changed) {}

    /** What workers report to the thread of the caller. */
    private sealed interface Event {
        record Did(ChunkWork.Chunk chunk) implements Event {}

        /** All runs together. */
        record Seen(RangeSupply.Totals totals) implements Event {}

        /**
         * A worker is at its end.
         *
         * @param failure {@code null} if there is nothing left to do
         */
        record Ended(@Nullable Throwable failure) implements Event {}
    }

    private final BackfillContext context;
    private final int threads;
    private final Supplier<? extends ChunkWork> work;
    private final RangeSupply supply;
    private final Pacer pacer;
    private final int open;
    // Each worker waits for no one who reads it: what is in it is as little as there are chunks.
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final RangeProgress progress;
    private volatile boolean stopped;
    private boolean interrupted;
    private long rows;
    private long changed;

    /**
     * Not yet running.
     *
     * @param work gives each thread its own
     * @param rowsBefore of the passes before this one, for the progress
     */
    RangeWorkers(
            BackfillContext context,
            int threads,
            Supplier<? extends ChunkWork> work,
            List<Range> ranges,
            RangeSupply supply,
            long rowsBefore) {
        this.context = context;
        this.threads = threads;
        this.work = work;
        this.supply = supply;
        pacer = context.pacer();
        open = (int) ranges.stream().filter(range -> !range.isDone()).count();
        progress = new RangeProgress(ranges, rowsBefore, context.time());
    }

    /**
     * Runs until all ranges are done, or are left as they are. Blocks.
     *
     * @param estimatedRows of this pass
     */
    Done run(long estimatedRows) {
        List<Thread> workers = new ArrayList<>();
        for (int i = 1; i <= Math.min(threads, open); i++) {
            Thread worker = new Thread(this::work, "turnout-backfill-" + context.name() + "-" + i);
            worker.setDaemon(true); // a process may end at any time: the run is resumed after the last committed chunk
            workers.add(worker);
        }
        Throwable failure = null;
        try (supply) {
            supply.start(totals -> events.add(new Event.Seen(totals)));
            int running = 0;
            for (Thread thread : workers) {
                try {
                    thread.start();
                    running++;
                } catch (Throwable e) { // no memory for a thread: those that have begun must not be left alone
                    failure = joined(failure, e);
                    stop();
                    break;
                }
            }
            while (running > 0) {
                try {
                    Event event = events.take();
                    if (event instanceof Event.Ended end) {
                        running--;
                        failure = joined(failure, end.failure());
                    } else {
                        note(event);
                        progress.tell(context.listener(), estimatedRows);
                    }
                } catch (InterruptedException e) {
                    // Workers are interrupted too: they end before their next chunk, and this thread waits for that.
                    workers.forEach(Thread::interrupt);
                    interrupted = true;
                    stop();
                    failure = joined(
                            failure,
                            new BackfillException("Backfill '" + context.name() + "' was interrupted after "
                                    + progress.rowsDone() + " rows. Run it again: it continues there."));
                }
            }
        }
        return result(failure);
    }

    private void note(Event event) {
        if (event instanceof Event.Did did) {
            rows += did.chunk().rows();
            changed += did.chunk().changed();
            progress.add(did.chunk());
        } else if (event instanceof Event.Seen seen) {
            progress.set(seen.totals());
        }
    }

    private void stop() {
        stopped = true;
        supply.stop();
    }

    private Done result(@Nullable Throwable failure) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure instanceof BackfillException known) {
            throw known;
        }
        if (failure instanceof SQLException database) {
            throw new BackfillException(
                    "Backfill '" + context.name() + "' cannot continue: " + SqlFailure.describe(database), failure);
        }
        if (failure != null) {
            throw new BackfillException("Backfill '" + context.name() + "' ended: " + failure, failure);
        }
        return new Done(rows, changed);
    }

    private static @Nullable Throwable joined(@Nullable Throwable first, @Nullable Throwable next) {
        if (first == null) {
            return next;
        }
        if (next != null && next != first) {
            first.addSuppressed(next);
        }
        return first;
    }

    private void work() {
        Throwable failure = null;
        try {
            new Worker().run();
        } catch (InterruptedException e) {
            failure = null; // the caller knows
        } catch (Throwable e) { // also an Error, as the caller waits for the end of each worker
            failure = e;
        }
        if (failure != null) {
            stop();
        }
        events.add(new Event.Ended(failure));
    }

    /** One thread, with one range at a time. */
    private final class Worker {
        private final ChunkWork chunks = work.get();
        private @Nullable Range range;

        void run() throws InterruptedException, SQLException {
            while (!stopped) {
                pacer.await(chunks.nanosOfLastChunk(), this::giveBack);
                if (range == null) {
                    range = supply.next();
                }
                if (range == null) {
                    return;
                }
                range = next(range);
            }
        }

        /** While it stands still, others may continue its range. */
        private void giveBack() {
            if (range != null) {
                supply.giveBack(range);
                range = null;
            }
        }

        /** Does a chunk; {@code null} if that range is not to be continued. */
        private @Nullable Range next(Range range) {
            try {
                ChunkWork.Chunk chunk = chunks.next(range);
                events.add(new Event.Did(chunk));
                return chunk.range().isDone() ? null : chunk.range();
            } catch (RangeTakenException e) {
                log.info("Backfill '{}' lets go of range {}: {}", context.name(), range.number(), e.getMessage());
                return null;
            } catch (BackfillException e) {
                if (!supply.isTaken(range)) {
                    throw e;
                }
                log.warn(
                        "Backfill '{}' lets go of range {}, and of a chunk: {}.",
                        context.name(),
                        range.number(),
                        e.getCause() instanceof SQLException cause ? SqlFailure.of(cause) : e.getClass());
                return null;
            }
        }
    }
}

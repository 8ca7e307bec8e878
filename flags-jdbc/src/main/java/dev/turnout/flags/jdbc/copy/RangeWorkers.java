package dev.turnout.flags.jdbc.copy;

import dev.turnout.flags.jdbc.copy.RangeTable.Range;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that copy ranges, each one range at a time, while the thread of the caller tells how far they have come. Where one of them fails, the
 * others end after their chunk.
 */
final class RangeWorkers<R> {
    private static final Logger log = LoggerFactory.getLogger(RangeWorkers.class);

    /** What they do. */
    record Work<R>(
            String sweepId,
            TablePair pair,
            RowReader<R> reader,
            RowWriter<R> writer,
            RangeTable table,
            Memory memory) {}

    /** What workers tell the thread of the caller. */
    private sealed interface Event {
        record Copied(ChunkCopier.Chunk chunk) implements Event {}

        /** All runs together. */
        record Seen(RangeSupply.Totals totals) implements Event {}

        /**
         * A worker is at its end.
         *
         * @param failure {@code null} if there is nothing left to do
         */
        record Ended(@Nullable Throwable failure) implements Event {}
    }

    private final Backfill<?, ?> backfill;
    private final TableCopy copy;
    private final Work<R> work;
    private final RangeSupply supply;
    private final Pacer pacer;
    private final int open;
    // Each worker waits for no one who reads it: what is in it is as little as there are chunks.
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final RangeProgress progress;
    private volatile boolean stopped;
    private boolean interrupted;
    private long visited;
    private long written;

    RangeWorkers(Backfill<?, ?> backfill, TableCopy copy, Work<R> work, List<Range> ranges, RangeSupply supply) {
        this.backfill = backfill;
        this.copy = copy;
        this.work = work;
        this.supply = supply;
        pacer = new Pacer(backfill.throttle, backfill.control, backfill.pacing, backfill.time);
        open = (int) ranges.stream().filter(range -> !range.isDone()).count();
        progress = new RangeProgress(ranges, backfill.time);
    }

    /** Runs until all ranges are done. Blocks. */
    Backfill.Result run(long estimatedRows) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 1; i <= Math.min(copy.workers(), open); i++) {
            threads.add(new Thread(this::work, "turnout-backfill-" + backfill.name + "-" + i));
        }
        Throwable failure = null;
        try (supply) {
            supply.start(totals -> events.add(new Event.Seen(totals)));
            int running = 0;
            for (Thread thread : threads) {
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
                        progress.tell(backfill.listener, estimatedRows);
                    }
                } catch (InterruptedException e) {
                    // Workers are interrupted too: they end before their next chunk, and this thread waits for that.
                    threads.forEach(Thread::interrupt);
                    interrupted = true;
                    stop();
                    failure = joined(
                            failure,
                            new CopyException("Backfill '" + backfill.name + "' was interrupted after "
                                    + progress.rowsDone() + " rows. Run it again: it goes on there."));
                }
            }
        }
        return result(failure);
    }

    private void note(Event event) {
        if (event instanceof Event.Copied copied) {
            visited += copied.chunk().rows();
            written += copied.chunk().written();
            progress.add(copied.chunk());
        } else if (event instanceof Event.Seen seen) {
            progress.set(seen.totals());
        }
    }

    private void stop() {
        stopped = true;
        supply.stop();
    }

    private Backfill.Result result(@Nullable Throwable failure) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure instanceof CopyException known) {
            throw known;
        }
        if (failure != null) {
            throw new CopyException("Backfill '" + backfill.name + "' ended: " + failure, failure);
        }
        return new Backfill.Result(visited, written, 0);
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
        private final ChunkCopier<R> copier = new ChunkCopier<>(backfill, copy, work, supply);
        private @Nullable Range range;

        void run() throws InterruptedException, SQLException {
            while (!stopped) {
                pacer.await(copier.nanosOfLastChunk(), this::giveBack);
                if (range == null) {
                    range = supply.next();
                }
                if (range == null) {
                    return;
                }
                range = copy(range);
            }
        }

        /** While it stands still, others may go on with its range. */
        private void giveBack() {
            if (range != null) {
                supply.giveBack(range);
                range = null;
            }
        }

        /** Copies a chunk; {@code null} if that range is not to be gone on with. */
        private @Nullable Range copy(Range range) {
            try {
                ChunkCopier.Chunk chunk = copier.copy(range);
                events.add(new Event.Copied(chunk));
                return chunk.range().isDone() ? null : chunk.range();
            } catch (RangeTakenException e) {
                log.info("Backfill '{}' lets go of range {}: {}", backfill.name, range.number(), e.getMessage());
                return null;
            } catch (CopyException e) {
                if (!supply.isTaken(range)) {
                    throw e;
                }
                log.warn(
                        "Backfill '{}' lets go of range {}, and of a chunk: {}.",
                        backfill.name,
                        range.number(),
                        e.getCause() instanceof SQLException cause ? SqlFailure.of(cause) : e.getClass());
                return null;
            }
        }
    }
}

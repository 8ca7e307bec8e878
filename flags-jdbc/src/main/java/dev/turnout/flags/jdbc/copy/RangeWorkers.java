package dev.turnout.flags.jdbc.copy;

import dev.turnout.flags.jdbc.copy.RangeTable.Range;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Threads that copy ranges, each one range at a time, while the thread of the caller tells how far they have come. Where one of them fails, the
 * others end after their chunk.
 */
final class RangeWorkers<R> {
    /** What they do. */
    record Work<R>(String sweepId, TablePair pair, RowReader<R> reader, RowWriter<R> writer) {}

    /**
     * What a worker tells.
     *
     * @param failure {@code null} if it is at its end because there is nothing left to do
     */
    private record Event(
            ChunkCopier.@Nullable Chunk chunk, @Nullable Throwable failure) {}

    private final Backfill<?, ?> backfill;
    private final TableCopy copy;
    private final Work<R> work;
    private final RangeTable table;
    private final Pacer pacer;
    private final Queue<Range> waiting = new ConcurrentLinkedQueue<>();
    // Each worker waits for no one who reads it: what is in it is as little as there are chunks.
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final RangeProgress progress;
    private volatile boolean stopped;
    private boolean interrupted;
    private long visited;
    private long written;

    RangeWorkers(Backfill<?, ?> backfill, TableCopy copy, Work<R> work, List<Range> ranges, RangeTable table) {
        this.backfill = backfill;
        this.copy = copy;
        this.work = work;
        this.table = table;
        pacer = new Pacer(backfill.throttle, backfill.control, backfill.pacing, backfill.time);
        ranges.stream().filter(range -> !range.isDone()).forEach(waiting::add);
        progress = new RangeProgress(ranges, backfill.time);
    }

    long rowsDone() {
        return progress.rowsDone();
    }

    /** Runs until all ranges are done. Blocks. */
    Backfill.Result run(long estimatedRows) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 1; i <= Math.min(copy.workers(), waiting.size()); i++) {
            threads.add(new Thread(this::work, "turnout-backfill-" + backfill.name + "-" + i));
        }
        threads.forEach(Thread::start);
        Throwable failure = null;
        for (int running = threads.size(); running > 0; ) {
            try {
                Event event = events.take();
                ChunkCopier.@Nullable Chunk chunk = event.chunk();
                if (chunk != null) {
                    visited += chunk.rows();
                    written += chunk.written();
                    progress.add(chunk).tell(backfill.listener, estimatedRows);
                } else {
                    running--;
                    failure = joined(failure, event.failure());
                }
            } catch (InterruptedException e) {
                // Workers are interrupted too: they end before their next chunk, and this thread waits for that.
                threads.forEach(Thread::interrupt);
                interrupted = true;
                stopped = true;
                failure = joined(
                        failure,
                        new CopyException("Backfill '" + backfill.name + "' was interrupted after " + rowsDone()
                                + " rows. Run it again: it goes on there."));
            }
        }
        return result(failure);
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
            ChunkCopier<R> copier = new ChunkCopier<>(backfill, copy, work, table);
            for (Range range = waiting.poll(); range != null && !stopped; range = waiting.poll()) {
                while (!range.isDone() && !stopped) {
                    pacer.await(copier.nanosOfLastChunk());
                    ChunkCopier.Chunk chunk = copier.copy(range);
                    events.add(new Event(chunk, null));
                    range = chunk.range();
                }
            }
        } catch (InterruptedException e) {
            failure = null; // the caller knows
        } catch (Throwable e) { // also an Error, as the caller waits for the end of each worker
            failure = e;
        }
        if (failure != null) {
            stopped = true;
        }
        events.add(new Event(null, failure));
    }
}

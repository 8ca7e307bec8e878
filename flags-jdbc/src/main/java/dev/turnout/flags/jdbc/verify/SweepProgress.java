package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.rows.Progress;
import java.util.function.Consumer;

/** The progress of one run: reported after each chunk, and delayed before the next. */
final class SweepProgress {
    private final SweepContext<?, ?> context;
    private final Consumer<? super Progress> listener;
    private final Runnable pacing;
    private final long estimatedTotal;
    private final long began;

    SweepProgress(SweepContext<?, ?> context, Consumer<? super Progress> listener, Runnable pacing) {
        this.context = context;
        this.listener = listener;
        this.pacing = pacing;
        this.began = context.time().nanoTime();
        this.estimatedTotal = context.comparison().estimatedRows();
    }

    /** How many keys are compared, and how many of them since this run began. */
    void tell(long compared, long inThisRun) {
        Progress.of(compared, estimatedTotal, inThisRun, elapsedNanos()).tell(listener);
    }

    long elapsedNanos() {
        return context.time().nanoTime() - began;
    }

    void pause() {
        pacing.run();
        context.refuseIfInterrupted();
    }
}

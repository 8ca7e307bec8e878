package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.rows.Progress;
import java.util.function.Consumer;

/** How one run goes on: told after each chunk, and held up before the next. */
final class SweepProgress {
    private final Verify<?, ?> verify;
    private final Consumer<? super Progress> listener;
    private final Runnable pacing;
    private final long estimatedTotal;
    private final long began;

    SweepProgress(Verify<?, ?> verify, Consumer<? super Progress> listener, Runnable pacing) {
        this.verify = verify;
        this.listener = listener;
        this.pacing = pacing;
        this.began = verify.time.nanoTime();
        this.estimatedTotal = verify.subject.estimatedRows();
    }

    /** How many keys are compared, and how many of them since this run began. */
    void tell(long compared, long inThisRun) {
        Progress.of(compared, estimatedTotal, inThisRun, elapsedNanos()).tell(listener);
    }

    long elapsedNanos() {
        return verify.time.nanoTime() - began;
    }

    void pause() {
        pacing.run();
        verify.refuseIfInterrupted();
    }
}

package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.store.TimeSource;
import java.time.LocalTime;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets the chunks of one run begin when a {@link Throttle} and a {@link BackfillControl} do. Thread-safe. */
final class Pacer {
    private static final Logger log = LoggerFactory.getLogger(Pacer.class);

    private final Throttle throttle;
    private final BackfillControl control;
    private final Runnable pacing;
    private final TimeSource time;
    // Why it last had to wait, to log it once for each reason; empty while it continues.
    private volatile String lastReason = "";

    Pacer(Throttle throttle, BackfillControl control, Runnable pacing, TimeSource time) {
        this.throttle = throttle;
        this.control = control;
        this.pacing = pacing;
        this.time = time;
    }

    /** Waits until the next chunk may begin. */
    void await(long nanosOfLastChunk) throws InterruptedException {
        await(nanosOfLastChunk, () -> {});
    }

    /**
     * The same, for a run that has come so far and ends where it is interrupted.
     *
     * @throws BackfillException if it is; the thread stays interrupted
     */
    void await(long nanosOfLastChunk, String backfill, long rowsDone) {
        try {
            await(nanosOfLastChunk);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new BackfillException(
                    "Backfill '" + backfill + "' was interrupted after " + rowsDone
                            + " rows. Run it again: it continues there.",
                    e);
        }
    }

    /** Waits as the first, and reports before it does, perhaps more than once, that it is about to wait for an outside change. */
    void await(long nanosOfLastChunk, Runnable beforeStandstill) throws InterruptedException {
        double share = control.share();
        control.await((long) (nanosOfLastChunk * (1 / share - 1)), beforeStandstill);
        pacing.run();
        for (Optional<String> reason = reason(); reason.isPresent(); reason = reason()) {
            beforeStandstill.run();
            if (!reason.get().equals(lastReason)) {
                lastReason = reason.get(); // of two threads both may log it
                log.info("The backfill waits: {}.", reason.get());
            }
            control.await(throttle.checkEvery.toNanos());
        }
        if (!lastReason.isEmpty()) {
            lastReason = "";
            log.info("The backfill continues.");
        }
    }

    private Optional<String> reason() {
        if (!throttle.windows.isEmpty()
                && throttle.windows.stream()
                        .noneMatch(window -> window.contains(LocalTime.ofInstant(time.now(), window.zone())))) {
            return Optional.of("outside of its times of the day");
        }
        return throttle.signals.stream()
                .filter(this::isTooHigh)
                .map(signal -> signal.name() + " is above " + signal.limit())
                .findFirst();
    }

    private boolean isTooHigh(Throttle.Signal signal) {
        try {
            double value = signal.value().getAsDouble();
            return !(value <= signal.limit()); // not a number is no good news
        } catch (Throwable e) { // also an Error: whether it is too high is unknown
            if (!lastReason.startsWith(signal.name())) {
                log.warn("{} cannot be read, so the backfill waits.", signal.name(), e);
            }
            return true;
        }
    }
}

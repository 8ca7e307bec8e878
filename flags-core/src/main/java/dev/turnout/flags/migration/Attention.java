package dev.turnout.flags.migration;

import dev.turnout.flags.store.TimeSource;
import java.time.Duration;

/**
 * Whether nodes look out for the next change of a migration. Where writes wait until every node has read it, that is
 * worth a change more: stores that are polled look often for some seconds after each one, and a gate may have held keys
 * for hours. Used by one thread.
 */
final class Attention {
    private static final Duration LASTS = Duration.ofSeconds(3); // and stores look often for longer

    private final TimeSource time;
    private long revision = -1;
    private long sinceNanos;
    private boolean asked; // for the crossing that is about to begin

    Attention(TimeSource time) {
        this.time = time;
    }

    /** The last change is of this revision. */
    void see(long lastChange) {
        if (lastChange != revision) {
            revision = lastChange;
            sinceNanos = time.nanoTime();
        }
    }

    /**
     * Whether it is to be asked for now. Not twice for one crossing, as nodes that learn of it late may never all look
     * out at once.
     */
    boolean mustBeAsked() {
        return !asked && time.nanoTime() - sinceNanos > LASTS.toNanos();
    }

    void asked() {
        asked = true;
    }

    /** No keys are about to switch sides. */
    void rest() {
        asked = false;
    }
}

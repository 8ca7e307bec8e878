package dev.turnout.flags.jdbc.verify;

import java.time.Instant;
import java.util.Optional;

/** The ranges of a sweep of which nothing is kept. */
final class LocalRanges implements SweepRanges {
    private KeyRange last = new KeyRange(null, null);
    private long planned;
    private DifferenceCounts found = DifferenceCounts.NOTHING;

    @Override
    public Optional<Claim> next(Runnable pause, Boundary boundary) {
        if (planned > 0 && last.upTo() == null) {
            return Optional.empty();
        }
        pause.run();
        last = new KeyRange(last.upTo(), boundary.after(last.upTo()).orElse(null));
        return Optional.of(new Claim(++planned, last, 0, Instant.EPOCH));
    }

    @Override
    public void keep() {
        // no other run waits
    }

    @Override
    public long done(Claim claim, DifferenceCounts more) {
        found = found.plus(more);
        return found.rows();
    }

    @Override
    public long rowsBefore() {
        return 0;
    }

    @Override
    public boolean isDone() {
        return true; // no other run has any
    }

    @Override
    public DifferenceCounts finish() {
        return found;
    }

    @Override
    public void close() {
        // there are no others
    }
}

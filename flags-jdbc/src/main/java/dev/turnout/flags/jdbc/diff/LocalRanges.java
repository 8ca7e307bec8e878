package dev.turnout.flags.jdbc.diff;

import java.time.Instant;
import java.util.Optional;

/** The ranges of a sweep of which nothing is kept. */
final class LocalRanges implements SweepRanges {
    private Range last = new Range(null, null);
    private long planned;
    private Tally found = Tally.NOTHING;

    @Override
    public Optional<Claim> next(Runnable pause, Boundary boundary) {
        if (planned > 0 && last.upTo() == null) {
            return Optional.empty();
        }
        pause.run();
        last = new Range(last.upTo(), boundary.after(last.upTo()).orElse(null));
        return Optional.of(new Claim(++planned, last, 0, Instant.EPOCH));
    }

    @Override
    public void keep() {
        // nobody waits
    }

    @Override
    public long done(Claim claim, Tally more) {
        found = found.plus(more);
        return found.rows();
    }

    @Override
    public long rowsBefore() {
        return 0;
    }

    @Override
    public boolean isDone() {
        return true; // nobody else has any
    }

    @Override
    public Tally finish() {
        return found;
    }

    @Override
    public void close() {
        // there are no others
    }
}

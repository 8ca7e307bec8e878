package dev.turnout.flags.jdbc.backfill;

/** Another run has taken the range that this one was working at; nothing of its chunk was written. */
final class RangeTakenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RangeTakenException(int range, long epoch) {
        super("Range " + range + " was taken after epoch " + epoch + ".");
    }
}

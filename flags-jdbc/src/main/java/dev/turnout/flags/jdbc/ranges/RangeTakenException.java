package dev.turnout.flags.jdbc.ranges;

/** Another run has taken the range that this one was working at; nothing of its chunk was written. */
public final class RangeTakenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    RangeTakenException(int range, long epoch) {
        super("Range " + range + " was taken after epoch " + epoch + ".");
    }
}

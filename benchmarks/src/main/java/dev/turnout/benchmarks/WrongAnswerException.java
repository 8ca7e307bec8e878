package dev.turnout.benchmarks;

/** What was to be measured does not give the right answers, so measuring it is worth nothing. */
public final class WrongAnswerException extends RuntimeException {
    /** @param message what is wrong, and what would be right */
    public WrongAnswerException(String message) {
        super(message);
    }
}

package dev.turnout.benchmarks.evaluation;

/** What was to be measured does not give the right answers, so measuring it is worth nothing. */
final class WrongAnswerException extends RuntimeException {
    WrongAnswerException(String message) {
        super(message);
    }
}

package dev.turnout.benchmarks.evaluation;

/**
 * A flag engine with the flags of one scenario, and with its own kind of context made for each user. A question costs an engine what it
 * would cost a service that has the flag's key and the context at hand.
 */
interface Engine extends AutoCloseable {
    /** Whether the flag of that number is on for the user of that number. */
    boolean isOn(int flag, int user);

    @Override
    void close();
}

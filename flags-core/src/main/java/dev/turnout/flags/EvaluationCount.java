package dev.turnout.flags;

/**
 * How often a flag was answered in one way since this node began. What is asked in the very moment in which the flag changes may be missed.
 *
 * @param flagKey which flag
 * @param variant the name of the variant; empty for the caller's default
 * @param reason why
 * @param count how often
 */
public record EvaluationCount(String flagKey, String variant, Reason reason, long count) {}

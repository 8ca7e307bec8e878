package dev.turnout.flags;

/**
 * What a {@link Hook} gets to know of an evaluation.
 *
 * @param flagKey what was asked for
 * @param defaultValue the caller's
 * @param context as the hooks before have left it
 */
public record HookContext(String flagKey, Object defaultValue, EvaluationContext context) {}

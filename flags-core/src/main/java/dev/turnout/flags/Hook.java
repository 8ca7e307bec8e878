package dev.turnout.flags;

/**
 * Is called for evaluations, in OpenFeature's four stages; give it to {@link Flags.Builder#hook}. Called on the thread
 * that asks, so it must be thread-safe and must not block. What it throws, Errors included, is logged, and the
 * evaluation continues as if it had not.
 *
 * <p>A hook may ask flags; it is not called for the evaluations that it makes itself.
 *
 * <p>A flag that a hook wants is no longer decided without allocating; others are.
 */
public interface Hook {
    /**
     * Whether it is to be called for this flag; asked once each time the flag changes, and each time an unknown flag is
     * asked for. If it throws, the hook is not called.
     */
    default boolean wants(String flagKey) {
        return true;
    }

    /**
     * Before the flag is decided.
     *
     * @return the context to continue with; {@code null} counts as the one that was given
     */
    default EvaluationContext before(HookContext evaluation) {
        return evaluation.context();
    }

    /** After it was decided without an error. */
    default void after(HookContext evaluation, EvaluationDetails<?> details) {}

    /** Instead of {@link #after}, if the details have an error code. */
    default void error(HookContext evaluation, EvaluationDetails<?> details) {}

    /** At last, in either case. */
    default void finallyAfter(HookContext evaluation, EvaluationDetails<?> details) {}
}

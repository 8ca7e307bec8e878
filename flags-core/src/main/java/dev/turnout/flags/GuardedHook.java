package dev.turnout.flags;

import dev.turnout.flags.store.LogThrottle;
import dev.turnout.flags.store.TimeSource;

/** A hook that throws nothing, Errors included: an evaluation goes on without it, and deciding never throws. */
final class GuardedHook implements Hook {
    private final Hook hook;
    private final LogThrottle failures;

    GuardedHook(Hook hook, TimeSource time) {
        this.hook = hook;
        failures = new LogThrottle(Hook.class, time);
    }

    /** If it can't say so, it is not told. */
    @Override
    public boolean wants(String flagKey) {
        try {
            return hook.wants(flagKey);
        } catch (Throwable e) {
            failed(flagKey, e);
            return false;
        }
    }

    @Override
    public EvaluationContext before(HookContext evaluation) {
        try {
            return hook.before(evaluation);
        } catch (Throwable e) {
            failed(evaluation.flagKey(), e);
            return evaluation.context();
        }
    }

    @Override
    public void after(HookContext evaluation, EvaluationDetails<?> details) {
        try {
            hook.after(evaluation, details);
        } catch (Throwable e) {
            failed(evaluation.flagKey(), e);
        }
    }

    @Override
    public void error(HookContext evaluation, EvaluationDetails<?> details) {
        try {
            hook.error(evaluation, details);
        } catch (Throwable e) {
            failed(evaluation.flagKey(), e);
        }
    }

    @Override
    public void finallyAfter(HookContext evaluation, EvaluationDetails<?> details) {
        try {
            hook.finallyAfter(evaluation, details);
        } catch (Throwable e) {
            failed(evaluation.flagKey(), e);
        }
    }

    private void failed(String flagKey, Throwable failure) {
        failures.error(failure, "A hook failed on flag '{}'; the evaluation goes on.", flagKey);
    }
}

package dev.turnout.flags;

import dev.turnout.flags.store.ForeignCode;
import dev.turnout.flags.store.TimeSource;

/**
 * A hook that throws nothing, Errors included: an evaluation continues without it, and deciding never throws. It is not
 * called for the evaluations that it makes itself: they would not end.
 */
final class GuardedHook implements Hook {
    private final Hook hook;
    private final ForeignCode guard;
    private final ThreadLocal<Boolean> inside = ThreadLocal.withInitial(() -> false);

    GuardedHook(Hook hook, TimeSource time) {
        this.hook = hook;
        guard = new ForeignCode(Hook.class, time, "A hook failed on flag '{}'; the evaluation continues.");
    }

    /** If it cannot answer, it is not called. */
    @Override
    public boolean wants(String flagKey) {
        return guard.call(flagKey, () -> hook.wants(flagKey), false);
    }

    @Override
    @SuppressWarnings("ConstantValue") // a hook may not look after null
    public EvaluationContext before(HookContext evaluation) {
        EvaluationContext[] context = {evaluation.context()};
        tell(evaluation, () -> {
            EvaluationContext changed = hook.before(evaluation);
            if (changed != null) {
                context[0] = changed;
            }
        });
        return context[0];
    }

    @Override
    public void after(HookContext evaluation, EvaluationDetails<?> details) {
        tell(evaluation, () -> hook.after(evaluation, details));
    }

    @Override
    public void error(HookContext evaluation, EvaluationDetails<?> details) {
        tell(evaluation, () -> hook.error(evaluation, details));
    }

    @Override
    public void finallyAfter(HookContext evaluation, EvaluationDetails<?> details) {
        tell(evaluation, () -> hook.finallyAfter(evaluation, details));
    }

    private void tell(HookContext evaluation, Runnable told) {
        if (inside.get()) {
            return;
        }
        inside.set(true);
        try {
            guard.run(evaluation.flagKey(), told);
        } finally {
            inside.set(false);
        }
    }
}

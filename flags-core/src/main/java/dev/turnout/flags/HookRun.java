package dev.turnout.flags;

import java.util.function.Function;

/** Takes one evaluation through the stages of its hooks: in order before it, and in reverse order after it. */
final class HookRun {
    private final Hook[] hooks;
    private HookContext evaluation;

    /** @param hooks which throw nothing */
    HookRun(Hook[] hooks, HookContext evaluation) {
        this.hooks = hooks;
        this.evaluation = evaluation;
    }

    <T> EvaluationDetails<T> around(Function<EvaluationContext, EvaluationDetails<T>> evaluate) {
        for (Hook hook : hooks) {
            EvaluationContext context = hook.before(evaluation);
            evaluation = new HookContext(evaluation.flagKey(), evaluation.defaultValue(), context);
        }
        EvaluationDetails<T> details = evaluate.apply(evaluation.context());
        for (int i = hooks.length - 1; i >= 0; i--) {
            if (details.errorCode().isPresent()) {
                hooks[i].error(evaluation, details);
            } else {
                hooks[i].after(evaluation, details);
            }
        }
        for (int i = hooks.length - 1; i >= 0; i--) {
            hooks[i].finallyAfter(evaluation, details);
        }
        return details;
    }
}

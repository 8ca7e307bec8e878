package dev.turnout.flags;

import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes one evaluation through the stages of its hooks: in order before it, and in reverse order after it. */
final class HookRun {
    private static final Logger log = LoggerFactory.getLogger(Hook.class);

    private final Hook[] hooks;
    private HookContext evaluation;

    HookRun(Hook[] hooks, HookContext evaluation) {
        this.hooks = hooks;
        this.evaluation = evaluation;
    }

    <T> EvaluationDetails<T> around(Function<EvaluationContext, EvaluationDetails<T>> evaluate) {
        for (Hook hook : hooks) {
            safely(hook, told -> {
                EvaluationContext context = told.before(evaluation);
                evaluation = new HookContext(evaluation.flagKey(), evaluation.defaultValue(), context);
            });
        }
        EvaluationDetails<T> details = evaluate.apply(evaluation.context());
        for (int i = hooks.length - 1; i >= 0; i--) {
            safely(hooks[i], hook -> {
                if (details.errorCode().isPresent()) {
                    hook.error(evaluation, details);
                } else {
                    hook.after(evaluation, details);
                }
            });
        }
        for (int i = hooks.length - 1; i >= 0; i--) {
            safely(hooks[i], hook -> hook.finallyAfter(evaluation, details));
        }
        return details;
    }

    private void safely(Hook hook, Consumer<Hook> stage) {
        try {
            stage.accept(hook);
        } catch (RuntimeException e) {
            log.error("A hook failed on flag '{}'; the evaluation goes on.", evaluation.flagKey(), e);
        }
    }
}

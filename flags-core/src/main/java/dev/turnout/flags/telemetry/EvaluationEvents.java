package dev.turnout.flags.telemetry;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.EvaluationDetails;
import dev.turnout.flags.Hook;
import dev.turnout.flags.HookContext;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.logs.LogRecordBuilder;
import io.opentelemetry.api.logs.Logger;
import java.util.Locale;
import java.util.Set;

/**
 * Emits an event {@code feature_flag.evaluation} for each evaluation of the flags that it is made for, in OpenTelemetry's semantic conventions
 * for feature flags. Where the application has an API of OpenTelemetry before 1.50, which has no names of events, the name is the attribute {@code
 * event.name}; the oldest API that is supported is 1.31. An event costs far more than a decision: use it for flags that are asked seldom, and {@link FlagMetrics} for all.
 *
 * <pre>{@code
 * Flags.builder(store).hook(EvaluationEvents.of(openTelemetry, "new-checkout")).build();
 * }</pre>
 */
public final class EvaluationEvents implements Hook {
    static final String EVENT = "feature_flag.evaluation";
    static final AttributeKey<String> KEY = AttributeKey.stringKey("feature_flag.key");
    static final AttributeKey<String> VARIANT = AttributeKey.stringKey("feature_flag.result.variant");
    static final AttributeKey<String> REASON = AttributeKey.stringKey("feature_flag.result.reason");
    static final AttributeKey<String> PROVIDER = AttributeKey.stringKey("feature_flag.provider.name");
    static final AttributeKey<String> VERSION = AttributeKey.stringKey("feature_flag.version");
    static final AttributeKey<String> CONTEXT = AttributeKey.stringKey("feature_flag.context.id");
    static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

    private final Logger logger;
    private final Set<String> flagKeys;
    private final boolean contextIds;

    private EvaluationEvents(Logger logger, Set<String> flagKeys, boolean contextIds) {
        this.logger = logger;
        this.flagKeys = flagKeys;
        this.contextIds = contextIds;
    }

    /** Of these flags; without the targeting key, which may be a person's. */
    public static EvaluationEvents of(OpenTelemetry openTelemetry, String... flagKeys) {
        Logger logger = requireNonNull(openTelemetry, "openTelemetry")
                .getLogsBridge()
                .loggerBuilder("dev.turnout.flags")
                .build();
        return new EvaluationEvents(logger, Set.of(flagKeys), false);
    }

    /** The same with the targeting key as {@code feature_flag.context.id}. */
    public EvaluationEvents withContextIds() {
        return new EvaluationEvents(logger, flagKeys, true);
    }

    @Override
    public boolean wants(String flagKey) {
        return flagKeys.contains(flagKey);
    }

    @Override
    public void finallyAfter(HookContext evaluation, EvaluationDetails<?> details) {
        LogRecordBuilder event = EventName.set(logger.logRecordBuilder(), EVENT)
                .setAttribute(KEY, details.flagKey())
                .setAttribute(PROVIDER, "turnout")
                .setAttribute(REASON, word(details.reason()))
                .setAttribute(VERSION, String.valueOf(details.revision()));
        details.variant().ifPresent(variant -> event.setAttribute(VARIANT, variant));
        details.errorCode().ifPresent(error -> event.setAttribute(ERROR, word(error)));
        if (contextIds && !evaluation.context().targetingKey().isBlank()) {
            event.setAttribute(CONTEXT, evaluation.context().targetingKey());
        }
        event.emit();
    }

    /** As the conventions write reasons and errors. */
    static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }
}

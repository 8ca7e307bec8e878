package dev.turnout.flags.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.logs.LogRecordBuilder;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/** Names an event with whatever API of OpenTelemetry the application has: a call of {@code setEventName} would end each evaluation in an error before 1.50. */
final class EventName {
    private static final AttributeKey<String> ATTRIBUTE = AttributeKey.stringKey("event.name"); // as it was until 1.49
    private static final @Nullable MethodHandle SET = find();

    private EventName() {}

    private static @Nullable MethodHandle find() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(
                            LogRecordBuilder.class,
                            "setEventName",
                            MethodType.methodType(LogRecordBuilder.class, String.class));
        } catch (NoSuchMethodException | IllegalAccessException e) {
            return null; // then it is an attribute
        }
    }

    static LogRecordBuilder set(LogRecordBuilder event, String name) {
        if (SET == null) {
            return event.setAttribute(ATTRIBUTE, name);
        }
        try {
            return (LogRecordBuilder) SET.invokeExact(event, name);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("An event has a name.", e);
        }
    }
}

package dev.turnout.flags.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class OldestApiTest {
    // All of them are in version 1.31. Before one is added, look whether it is: applications bring the API's version,
    // not we.
    private static final Set<String> IN_OLDEST = Set.of(
            "AttributeKey.stringKey(String)",
            "Attributes.of(AttributeKey,Object)",
            "Attributes.of(AttributeKey,Object,AttributeKey,Object,AttributeKey,Object)",
            "Attributes.toBuilder()",
            "AttributesBuilder.build()",
            "AttributesBuilder.put(AttributeKey,Object)",
            "DoubleGaugeBuilder.buildWithCallback(Consumer)",
            "DoubleGaugeBuilder.ofLongs()",
            "DoubleGaugeBuilder.setDescription(String)",
            "DoubleGaugeBuilder.setUnit(String)",
            "LogRecordBuilder.emit()",
            "LogRecordBuilder.setAttribute(AttributeKey,Object)",
            "Logger.logRecordBuilder()",
            "LoggerBuilder.build()",
            "LoggerProvider.loggerBuilder(String)",
            "LongCounterBuilder.buildObserver()",
            "LongCounterBuilder.buildWithCallback(Consumer)",
            "LongCounterBuilder.setDescription(String)",
            "LongCounterBuilder.setUnit(String)",
            "LongGaugeBuilder.buildWithCallback(Consumer)",
            "LongGaugeBuilder.setDescription(String)",
            "LongGaugeBuilder.setUnit(String)",
            "Meter.batchCallback(Runnable,ObservableMeasurement,ObservableMeasurement[])",
            "Meter.counterBuilder(String)",
            "Meter.gaugeBuilder(String)",
            "ObservableDoubleMeasurement.record(double)",
            "ObservableDoubleMeasurement.record(double,Attributes)",
            "ObservableLongMeasurement.record(long)",
            "ObservableLongMeasurement.record(long,Attributes)",
            "OpenTelemetry.getLogsBridge()",
            "OpenTelemetry.getMeter(String)");

    @Test
    void only_methods_of_the_oldest_supported_api_of_opentelemetry_are_called() {
        JavaClasses ours = new ClassFileImporter()
                .importUrl(EvaluationEvents.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation());

        Set<String> called = ours.stream()
                .flatMap(type -> type.getMethodCallsFromSelf().stream())
                .filter(call -> call.getTargetOwner().getPackageName().startsWith("io.opentelemetry."))
                .map(call -> call.getTargetOwner().getSimpleName() + "."
                        + call.getTarget().getName()
                        + call.getTarget().getRawParameterTypes().stream()
                                .map(type -> type.getSimpleName())
                                .collect(Collectors.joining(",", "(", ")")))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(called).isNotEmpty().isSubsetOf(IN_OLDEST);
    }
}

package dev.turnout.flags.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class OldestApiTest {
    // All of them are in version 1.31. Before one is added, look whether it is: applications bring the API's version, not we.
    private static final Set<String> IN_OLDEST = Set.of("");

    @Test
    void only_methods_of_the_oldest_supported_api_of_opentelemetry_are_called() {
        JavaClasses ours = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.turnout.flags");

        Set<String> called = ours.stream()
                .flatMap(type -> type.getMethodCallsFromSelf().stream())
                .filter(call -> call.getTargetOwner().getPackageName().startsWith("io.opentelemetry."))
                .map(call -> call.getTargetOwner().getSimpleName() + "." + call.getTarget().getName()
                        + call.getTarget().getRawParameterTypes().stream()
                                .map(type -> type.getSimpleName())
                                .collect(Collectors.joining(",", "(", ")")))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(called).isNotEmpty().isSubsetOf(IN_OLDEST);
    }
}

package dev.turnout.flags.http.server;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.turnout.flags.Flags;
import java.lang.module.ModuleDescriptor;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.turnout.flags.http.server");

    @Test
    void packages_have_no_cycles() {
        slices().matching("dev.turnout.flags.(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void only_what_the_core_exports_is_used() {
        ModuleDescriptor core = Flags.class.getModule().getDescriptor();
        Set<String> exported =
                core.exports().stream().map(ModuleDescriptor.Exports::source).collect(Collectors.toSet());
        assertThat(exported).contains("dev.turnout.flags", "dev.turnout.flags.store");

        noClasses()
                .should()
                .dependOnClassesThat(describe(
                        "are hidden in the core",
                        (JavaClass used) -> used.getPackageName().startsWith("dev.turnout.flags")
                                && !used.getPackageName().equals("dev.turnout.flags.http.server")
                                && !exported.contains(used.getPackageName())))
                .check(CLASSES);
    }

    @Test
    void few_types_are_public() {
        assertThat(CLASSES.stream()
                        .filter(type ->
                                type.getModifiers().contains(com.tngtech.archunit.core.domain.JavaModifier.PUBLIC))
                        .filter(JavaClass::isTopLevelClass)
                        .map(JavaClass::getSimpleName))
                .containsExactlyInAnyOrder("FlagServer", "FlagServerMain", "Role", "Token");
    }
}

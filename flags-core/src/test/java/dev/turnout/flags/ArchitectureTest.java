package dev.turnout.flags;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Arrows between packages go one way. */
@AnalyzeClasses(packages = "dev.turnout.flags", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule packages_have_no_cycles =
            slices().matching("dev.turnout.(flags..)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule rules_know_none_of_ours = mayKnow("rule");

    @ArchTest
    static final ArchRule stages_know_rules = mayKnow("stage", "rule");

    @ArchTest
    static final ArchRule documents_know_what_they_say = mayKnow("document", "stage", "rule");

    @ArchTest
    static final ArchRule stores_know_documents = mayKnow("store", "document", "stage", "rule");

    @ArchTest
    static final ArchRule what_stores_implement_knows_stores = mayKnow("spi", "store", "document", "stage", "rule");

    @ArchTest
    static final ArchRule migrations_know_all_below_the_way_in =
            mayKnow("migration", "spi", "store", "document", "stage", "rule");

    @ArchTest
    static final ArchRule nothing_prints =
            noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err");

    private static ArchRule mayKnow(String name, String... others) {
        String[] known = new String[others.length + 1];
        known[0] = "dev.turnout.flags." + name;
        for (int i = 0; i < others.length; i++) {
            known[i + 1] = "dev.turnout.flags." + others[i];
        }
        return classes()
                .that()
                .resideInAPackage("dev.turnout.flags." + name)
                .should()
                .onlyDependOnClassesThat(com.tngtech.archunit.base.DescribedPredicate.describe(
                        "are of packages it may know",
                        type -> !type.getPackageName().startsWith("dev.turnout.")
                                || java.util.List.of(known).contains(type.getPackageName())));
    }
}

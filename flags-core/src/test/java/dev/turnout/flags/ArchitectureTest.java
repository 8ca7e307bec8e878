package dev.turnout.flags;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.collectingAndThen;
import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

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

    private static final Pattern CLOCK = Pattern.compile(
            "System\\.(nanoTime|currentTimeMillis)|(Instant|LocalDate|LocalDateTime|OffsetDateTime)\\.now\\(|Clock\\.system");

    /** So a test can set it. In all modules of the library. */
    @ArchTest
    static void one_source_of_time_reads_clocks(JavaClasses ofThisModule) throws IOException {
        List<Path> found = new ArrayList<>();
        for (String module : List.of("flags-core", "flags-jdbc", "flags-http/client", "flags-http/server")) {
            Path sources = Path.of("..", module, "src", "main", "java");
            assertThat(sources).isDirectory();
            try (Stream<Path> files = Files.walk(sources)) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    if (CLOCK.matcher(Files.readString(file)).find()) {
                        found.add(file.getFileName());
                    }
                }
            }
        }
        assertThat(found).containsExactly(Path.of("TimeSource.java"));
    }

    /** What users can name, and so what must stay as it is: another one needs a reason. */
    private static final String PUBLIC_TYPES = """
            dev.turnout.flags
              ErrorCode EvaluationContext EvaluationCount EvaluationDetails Explanation FlagHandle
              Flags FlagsSnapshot Hook HookContext ImpactAnalysis ObsoleteFlag Reason
            dev.turnout.flags.document
              DocumentException DocumentReader DocumentWriter Entry EntryKey FlagDocument Located
            dev.turnout.flags.migration
              Controller CurrentWrite DataPath Difference FencedException FullSweep Gate Migration
              MigrationBuilder MigrationSample MigrationSampler Reconciler RefusedWriteException
              TransactionProbe UnavailableException UncertainWriteException UnrepairableException
              Verified Version Versioned VersionedDataPath WriteInTransactionException WriteOutcome
            dev.turnout.flags.rule
              Bucketing Cohort Condition Flag FlagType Hash Keys Matcher Rule Scale Schedule Share
              Subject
            dev.turnout.flags.spi
              FleetStore Journal Member Node PathFence
            dev.turnout.flags.stage
              Blocker Facts Goal IllegalMoveException MigrationState OldPathState Position Side Slice
              Stage StateId SweepScope
            dev.turnout.flags.store
              AuditEntry Change ChangeId EditableFlagStore FileFlagStore FlagStore FlagStoreException
              ForeignCode InMemoryFlagStore LastChange LastKnownGood Listeners LogThrottle
              PeriodicTask Snapshot SnapshotFormat SnapshotId StaleRevisionException TimeSource
              Watchers
            dev.turnout.flags.telemetry
              EvaluationEvents Exposures FlagMetrics MigrationMetrics
            """;

    @ArchTest
    static void these_types_are_public_and_no_others(JavaClasses classes) {
        Map<String, String> found = classes.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(JavaClass::isTopLevelClass)
                .collect(groupingBy(
                        JavaClass::getPackageName,
                        TreeMap::new,
                        mapping(
                                JavaClass::getSimpleName,
                                collectingAndThen(
                                        toList(),
                                        names -> names.stream().sorted().collect(joining(" "))))));
        Map<String, String> listed = new TreeMap<>();
        String name = "";
        for (String line : PUBLIC_TYPES.lines().toList()) {
            if (line.startsWith(" ")) {
                listed.merge(name, line.strip(), (one, more) -> one + " " + more);
            } else {
                name = line;
            }
        }
        assertThat(found).isEqualTo(listed);
    }

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

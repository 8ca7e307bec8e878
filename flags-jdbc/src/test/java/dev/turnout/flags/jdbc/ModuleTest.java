package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.Flags;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What knows what, as the JDK's own jdeps sees it. */
class ModuleTest {
    private static final String OURS = "dev.turnout.flags.jdbc";
    private static final Map<String, Set<String>> KNOWN_BY = new TreeMap<>();

    @BeforeAll
    static void analyse() throws URISyntaxException {
        Path classes = Path.of(JdbcFlagStore.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        StringWriter output = new StringWriter();
        PrintWriter out = new PrintWriter(output);
        // The folder below the module's root: with it, jdeps does not ask for all that the module requires.
        int result = ToolProvider.findFirst("jdeps")
                .orElseThrow()
                .run(out, out, "-verbose:package", classes.resolve("dev").toString());
        assertThat(result).as(output.toString()).isZero();
        output.toString().lines().filter(line -> line.startsWith(" ")).forEach(line -> {
            String[] words = line.trim().split("\\s+"); // from -> to where
            KNOWN_BY.computeIfAbsent(words[0], from -> new TreeSet<>()).add(words[2]);
        });
        assertThat(KNOWN_BY).containsKeys(OURS, OURS + ".backfill", OURS + ".verify", OURS + ".sql");
    }

    @Test
    void packages_know_each_other_one_way() {
        KNOWN_BY.keySet().stream().filter(name -> name.startsWith(OURS)).forEach(name -> {
            Set<String> reachable = new HashSet<>();
            KNOWN_BY.get(name).stream().filter(next -> !next.equals(name)).forEach(next -> reach(next, reachable));
            assertThat(reachable).as("what %s knows, at any distance", name).doesNotContain(name);
        });
    }

    /** Each of them is used without the others. */
    @Test
    void backfill_verification_and_journal_do_not_know_each_other() {
        assertThat(KNOWN_BY.get(OURS)).doesNotContain(OURS + ".backfill", OURS + ".verify");
        assertThat(KNOWN_BY.get(OURS + ".backfill")).doesNotContain(OURS, OURS + ".verify");
        assertThat(KNOWN_BY.get(OURS + ".verify")).doesNotContain(OURS, OURS + ".backfill");
    }

    private static void reach(String from, Set<String> reachable) {
        if (reachable.add(from)) {
            KNOWN_BY.getOrDefault(from, Set.of()).forEach(next -> reach(next, reachable));
        }
    }

    @Test
    void only_exported_packages_of_the_core_are_used() {
        Set<String> exported = Flags.class.getModule().getDescriptor().exports().stream()
                .filter(export -> !export.isQualified())
                .map(ModuleDescriptor.Exports::source)
                .collect(Collectors.toSet());
        Set<String> used = KNOWN_BY.values().stream()
                .flatMap(Set::stream)
                .filter(name -> name.startsWith("dev.turnout.flags") && !name.startsWith(OURS))
                .collect(Collectors.toSet());

        assertThat(used).isNotEmpty().isSubsetOf(exported);
    }

    @Test
    void what_packages_share_is_not_exported() {
        assertThat(JdbcFlagStore.class.getModule().getDescriptor().exports())
                .extracting(ModuleDescriptor.Exports::source)
                .containsExactlyInAnyOrder(
                        OURS, OURS + ".backfill", OURS + ".path", OURS + ".rows", OURS + ".table", OURS + ".verify");
    }

    /** A type is public only where a user needs it: each of these is one more that has to stay as it is. */
    @Test
    void these_types_are_public() throws IOException {
        assertThat(publicTypes(""))
                .containsExactly("Ddl", "JdbcFence", "JdbcFlagStore", "JdbcFleetStore", "JdbcJournal");
        assertThat(publicTypes("backfill"))
                .containsExactly(
                        "Backfill",
                        "BackfillBuilder",
                        "BackfillControl",
                        "BackfillException",
                        "BackfillResult",
                        "OverwriteGuard",
                        "Plan",
                        "SchemaBackfill",
                        "SchemaDrift",
                        "SchemaPlan",
                        "Throttle");
        assertThat(publicTypes("path")).containsExactly("JdbcPath");
        assertThat(publicTypes("rows"))
                .containsExactly("KeyCodec", "Progress", "Row", "RowSource", "RowTarget", "SchemaProgress");
        assertThat(publicTypes("table")).containsExactly("MappedColumn", "OwnTables", "SchemaMapping", "TableMapping");
        assertThat(publicTypes("verify"))
                .containsExactly(
                        "Repair",
                        "RowKey",
                        "SchemaVerify",
                        "SchemaVerifyResult",
                        "VerifiedRanges",
                        "Verify",
                        "VerifyException",
                        "VerifyResult");
    }

    private static List<String> publicTypes(String folder) throws IOException {
        Path inside = Path.of("src/main/java", OURS.split("\\.")).resolve(folder);
        List<String> types = new ArrayList<>();
        try (Stream<Path> files = Files.list(inside)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                if (Files.readAllLines(file).stream().anyMatch(line -> line.startsWith("public "))) {
                    types.add(file.getFileName().toString().replace(".java", ""));
                }
            }
        }
        return types;
    }

    /** What is built is a value: a builder that is changed later must not change what is running. */
    @Test
    void nothing_keeps_a_builder() throws IOException {
        Pattern field = Pattern.compile("private (final )?(@Nullable )?[\\w.]*Builder(<[^(]*>)? \\w+( =.*)?;");
        List<String> kept = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                Files.readAllLines(file).stream()
                        .filter(line -> field.matcher(line).find() && !line.contains("StringBuilder"))
                        .forEach(line -> kept.add(file.getFileName() + ": " + line.trim()));
            }
        }

        assertThat(kept).isEmpty();
    }

    /** Else a transaction stays open, or a caller's is ended. */
    @Test
    void connections_are_taken_in_one_place() throws IOException {
        List<String> taken = new ArrayList<>();
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                if (!file.endsWith("Pool.java") && !file.endsWith("OwnConnections.java")) { // one below the other
                    Files.readAllLines(file).stream()
                            .filter(line -> line.contains(".getConnection("))
                            .filter(line ->
                                    !line.contains("getStatement()") && !line.contains("statement.getConnection"))
                            .forEach(line -> taken.add(file.getFileName() + ": " + line.trim()));
                }
            }
        }

        assertThat(taken).isEmpty();
    }
}

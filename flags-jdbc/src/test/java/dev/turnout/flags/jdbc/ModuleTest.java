package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.Flags;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What knows what, as the JDK's own jdeps sees it. */
class ModuleTest {
    private static final String OURS = "dev.turnout.flags.jdbc";
    private static final Map<String, Set<String>> KNOWN_BY = new TreeMap<>();

    @BeforeAll
    static void analyse() throws URISyntaxException {
        StringWriter output = new StringWriter();
        PrintWriter out = new PrintWriter(output);
        int result = ToolProvider.findFirst("jdeps")
                .orElseThrow()
                .run(
                        out,
                        out,
                        "-verbose:package",
                        "--ignore-missing-deps",
                        classes(JdbcFlagStore.class).toString());
        assertThat(result).as(output.toString()).isZero();
        String from = "";
        for (String line : output.toString().lines().toList()) {
            String[] words = line.trim().split("\\s+");
            if (words[0].equals("->")) {
                KNOWN_BY.computeIfAbsent(from, k -> new TreeSet<>()).add(words[1]);
            } else {
                from = words[0];
            }
        }
        assertThat(KNOWN_BY).containsKeys(OURS, OURS + ".copy", OURS + ".diff", OURS + ".sql");
    }

    private static Path classes(Class<?> of) throws URISyntaxException {
        return Path.of(of.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    @Test
    void packages_know_each_other_one_way() {
        KNOWN_BY.keySet().stream().filter(name -> name.startsWith(OURS)).forEach(name -> {
            Set<String> reachable = new HashSet<>();
            KNOWN_BY.get(name).stream().filter(next -> !next.equals(name)).forEach(next -> reach(next, reachable));
            assertThat(reachable).as("what %s knows, at any distance", name).doesNotContain(name);
        });
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
                .containsExactlyInAnyOrder(OURS, OURS + ".copy", OURS + ".diff");
    }
}

package dev.turnout.flags.jdbc.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * See the package. {@code -Dsoak.seed} repeats what a seed decides, {@code -Dsoak.minutes} makes the long one longer; see {@link SoakSettings}
 * for more.
 */
class SoakTest {
    private static SoakResult run(SoakSettings settings) throws IOException, InterruptedException, SQLException {
        Path directory = Files.createDirectories(Path.of("target", "soak"));
        SoakResult result = new Soak(settings, Files.createTempDirectory(directory, "run-")).run();
        System.out.println(result.table());
        result.samples().forEach(System.out::println);
        return result;
    }

    private static long seed() {
        return Long.getLong("soak.seed", new Random().nextInt(1_000_000));
    }

    private static void assertProven(SoakResult result) {
        assertThat(result.isClean())
                .as("%s%n%s", result.table(), result.samples())
                .isTrue();
        assertThat(result.faults().keySet()).isEqualTo(result.settings().faults());
    }

    @Test
    @Tag("soak")
    void nothing_is_lost_stale_or_different_for_hours() throws IOException, InterruptedException, SQLException {
        NodeSettings.Paths paths = NodeSettings.Paths.valueOf(
                System.getProperty("soak.paths", "versioned").toUpperCase(Locale.ROOT));
        assertProven(run(SoakSettings.withMore(paths, Duration.ofMinutes(Long.getLong("soak.minutes", 60)), seed())));
    }

    private static Duration aMinute() {
        return Duration.ofSeconds(Long.getLong("soak.seconds", 60));
    }

    private static void assertProvenInShort(SoakSettings settings)
            throws IOException, InterruptedException, SQLException {
        SoakResult result = run(settings);

        assertProven(result);
        assertThat(result.goals()).isGreaterThanOrEqualTo(Soak.LEAST_GOALS);
    }

    @Test
    @Tag("long")
    void nothing_is_lost_stale_or_different_in_a_minute() throws IOException, InterruptedException, SQLException {
        assertProvenInShort(SoakSettings.of(NodeSettings.Paths.VERSIONED, aMinute(), seed()));
    }

    @Test
    @Tag("long")
    void nothing_is_lost_stale_or_different_in_a_minute_of_paths_without_versions()
            throws IOException, InterruptedException, SQLException {
        assertProvenInShort(SoakSettings.withMore(NodeSettings.Paths.PLAIN, aMinute(), seed()));
    }

    @Test
    @Tag("soak")
    void nothing_is_lost_stale_or_different_in_a_minute_of_operators_and_failovers()
            throws IOException, InterruptedException, SQLException {
        assertProvenInShort(SoakSettings.ofOperators(aMinute(), seed()));
    }

    private static void assertSeen(NodeSettings.Mode mode, Set<Fault> faults)
            throws IOException, InterruptedException, SQLException {
        assertSeen(NodeSettings.Paths.VERSIONED, mode, faults);
    }

    private static void assertSeen(NodeSettings.Paths paths, NodeSettings.Mode mode, Set<Fault> faults)
            throws IOException, InterruptedException, SQLException {
        SoakResult result = run(SoakSettings.sabotaged(
                paths, mode, faults, Duration.ofSeconds(Long.getLong("soak.seconds", 120)), seed()));

        assertThat(result.verdict().lost() + result.verdict().stale() + result.different())
                .as(result.table())
                .isPositive();
    }

    @Test
    @Tag("soak")
    void a_fleet_without_fences_is_seen() throws IOException, InterruptedException, SQLException {
        assertSeen(NodeSettings.Mode.FENCES_OFF, EnumSet.of(Fault.SLOW, Fault.UNREACHABLE, Fault.HALF_OPEN));
    }

    @Test
    @Tag("soak")
    void a_journal_that_forgets_is_seen() throws IOException, InterruptedException, SQLException {
        assertSeen(NodeSettings.Mode.JOURNAL_OFF, EnumSet.of(Fault.DOWN, Fault.UNREACHABLE));
    }

    @Test
    @Tag("soak")
    void a_journal_that_forgets_is_seen_without_versions() throws IOException, InterruptedException, SQLException {
        assertSeen(NodeSettings.Paths.PLAIN, NodeSettings.Mode.JOURNAL_OFF, EnumSet.of(Fault.DOWN, Fault.UNREACHABLE));
    }

    @Test
    @Tag("soak")
    void a_router_without_fences_journal_and_versions_is_seen() throws IOException, InterruptedException, SQLException {
        assertSeen(NodeSettings.Mode.VENDOR, EnumSet.of(Fault.DOWN, Fault.UNREACHABLE));
    }
}

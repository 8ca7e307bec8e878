package dev.turnout.flags.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.rule.Flag;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process that saves states, at random moments. */
class LastKnownGoodKillTest {
    @TempDir
    private Path directory;

    /** Saves larger and smaller states, one after the other, for ever. */
    public static final class Writer {
        public static void main(String[] args) {
            LastKnownGood saved = new LastKnownGood(Path.of(args[0]), TimeSource.SYSTEM);
            for (long revision = Long.parseLong(args[1]); ; revision++) {
                saved.save(state(revision));
                System.out.println(revision);
            }
        }
    }

    /** A state whose content contains its revision, at both ends of the file. */
    private static Snapshot state(long revision) {
        String filling = String.valueOf(revision).repeat((int) (revision * 7919 % 20_000));
        Flag first = Flag.string("first", "is", String.valueOf(revision)).build();
        Flag last = Flag.string("last", "is", revision + " " + filling).build();
        return new Snapshot(
                revision, new FlagDocument(Map.of(), Map.of("first", first, "last", last), Map.of()), Map.of());
    }

    @Test
    void whatever_the_moment_of_the_kill_the_next_start_has_a_whole_state() throws IOException {
        killed(10, new Random(42));
    }

    @Test
    @Tag("long")
    void so_it_has_after_many_kills() throws IOException {
        killed(50, new Random(43));
    }

    private void killed(int kills, Random random) throws IOException {
        Path file = directory.resolve("flags.saved");
        long next = 1;
        for (int kill = 0; kill < kills; kill++) {
            long said = writeUntilKilled(file, next, random.nextInt(30), random.nextInt(3_000_000));

            Snapshot found = new LastKnownGood(file, TimeSource.SYSTEM)
                    .read()
                    .orElseThrow()
                    .snapshot();

            assertThat(found).isEqualTo(state(found.revision()));
            assertThat(found.revision()).isBetween(said, said + 1);
            next = found.revision() + 1;
        }
    }

    /** The last revision that the process reported as saved. */
    private static long writeUntilKilled(Path file, long from, int lines, int nanos) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx64m",
                        "-cp",
                        classPath(),
                        Writer.class.getName(),
                        file.toString(),
                        String.valueOf(from))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long said = from - 1;
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (int i = 0; i <= lines; i++) {
                said = Long.parseLong(output.readLine());
            }
            long start = System.nanoTime();
            while (System.nanoTime() - start < nanos) {
                Thread.onSpinWait();
            }
            process.toHandle().destroyForcibly(); // SIGKILL; the process itself would close what is still to be read
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                said = line.matches("\\d+") && Long.parseLong(line) == said + 1 ? said + 1 : said;
            }
        } finally {
            process.destroyForcibly();
        }
        return said;
    }

    private static String classPath() {
        return String.join(
                File.pathSeparator,
                Path.of("target", "test-classes").toAbsolutePath().toString(),
                System.getProperty("jdk.module.path", ""),
                System.getProperty("java.class.path"));
    }
}

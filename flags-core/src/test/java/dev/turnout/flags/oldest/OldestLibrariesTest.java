package dev.turnout.flags.oldest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Applications bring the libraries, and a method that an older one lacks is missed when it is called. The profile copies them. */
@Tag("oldest")
@Timeout(120)
class OldestLibrariesTest {
    @Test
    void flags_their_telemetry_and_a_migration_work_with_the_oldest_libraries() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", // the level at which what a hook throws is
                        // logged
                        "-cp",
                        String.join(File.pathSeparator, "target/classes", "target/test-classes", "target/oldest/*"),
                        UsesEverything.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(output.lines()).containsExactly("all of it works");
        assertThat(process.exitValue()).isZero();
    }
}

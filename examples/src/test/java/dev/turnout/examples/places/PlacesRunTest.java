package dev.turnout.examples.places;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole run, with fewer places and shorter stages. */
class PlacesRunTest {
    private final ByteArrayOutputStream output = new ByteArrayOutputStream();

    private int run(String... more) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("demo.rows", "2000");
        properties.setProperty("demo.seconds", "0.6");
        properties.setProperty("demo.rate", "1000");
        properties.setProperty("demo.port", "0");
        for (int i = 0; i < more.length; i += 2) {
            properties.setProperty(more[i], more[i + 1]);
        }
        return PlacesDemo.run(properties, new PrintStream(output, true, StandardCharsets.UTF_8), false);
    }

    private String printed() {
        return output.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({"h2", "postgres"})
    void all_places_arrive_and_nothing_is_lost(String database) throws Exception {
        int exitCode = run("demo.db", database);

        assertThat(printed())
                .contains("DUAL_WRITE", "LIVE 50 %", "RAMP_DOWN", "COMPLETE", "rolled back to SHADOW")
                .endsWith("verdict: lost 0, stale 0, different 0" + System.lineSeparator());
        assertThat(exitCode).isZero();
    }

    /** With enough traffic that dozens of reads meet a write in flight: a run without one is out of the question. */
    @Test
    void the_proof_sees_nodes_on_both_sides_of_a_crossing() throws Exception {
        int exitCode = run("demo.sabotage", "skip-sync", "demo.rate", "2000", "demo.seconds", "1.5");

        assertThat(printed()).contains("answers were older than a write acknowledged before");
        assertThat(exitCode).isNotZero();
    }

    /** As the README invites one to. Dozens of seconds each. */
    @ParameterizedTest
    @CsvSource({
        "drop-mirror,    the verification confirmed",
        "blind-backfill, the verification confirmed",
        "skip-sync,      answers were older than a write acknowledged before",
    })
    @Tag("long")
    void at_full_size_too_the_proof_fails_and_says_so(String sabotage, String named) throws Exception {
        Properties properties = new Properties();
        properties.setProperty("demo.port", "0");
        properties.setProperty("demo.sabotage", sabotage);

        int exitCode = PlacesDemo.run(properties, new PrintStream(output, true, StandardCharsets.UTF_8), false);

        assertThat(printed()).contains(named).contains("verdict: ").doesNotContain("was not reached in time");
        assertThat(exitCode).isOne();
    }

    @Test
    void an_unknown_sabotage_is_refused_with_those_there_are() throws Exception {
        assertThat(run("demo.sabotage", "gremlins")).isEqualTo(2);

        assertThat(printed()).contains("drop-mirror, blind-backfill, skip-sync");
    }
}

package dev.turnout.benchmarks.routing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.benchmarks.WrongAnswerException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrackTest {
    @ParameterizedTest
    @EnumSource(Way.class)
    void every_way_leads_to_the_right_records(Way way) {
        for (Paths paths : Paths.values()) {
            try (Track track = new Track(paths, way)) {
                track.check();
            }
        }
    }

    @Test
    void one_wrong_record_is_found() {
        try (Track track = new Track(Paths.PLAIN, Way.OFF)) {
            track.measured().put(17L, "another");
            assertThatThrownBy(track::check)
                    .isInstanceOf(WrongAnswerException.class)
                    .hasMessageContaining("for key 17,");
        }
    }
}

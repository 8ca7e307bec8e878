package dev.turnout.flags.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PositionTest {
    /** Written as {@code LIVE 100000, SHADOW 1000000}: a stage, and where its range ends. */
    private static Position position(String text) {
        List<Position.Range> ranges = new ArrayList<>();
        for (String range : text.split(", ")) {
            String[] parts = range.split(" ");
            ranges.add(new Position.Range(Integer.parseInt(parts[1]), Slice.startingAt(Stage.valueOf(parts[0]), 1)));
        }
        return new Position(Map.of(), ranges);
    }

    @ParameterizedTest
    @CsvSource({
        "0, LIVE",
        "99999, LIVE",
        "100000, SYNC",
        "199999, SYNC",
        "200000, SHADOW",
        "999999, SHADOW",
    })
    void every_bucket_is_in_one_slice(int bucket, Stage stage) {
        assertThat(position("LIVE 100000, SYNC 200000, SHADOW 1000000")
                        .at(bucket)
                        .stage())
                .isEqualTo(stage);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "LIVE 999999",
                "LIVE 1000001",
                "LIVE 0, SHADOW 1000000",
                "LIVE -1, SHADOW 1000000",
                "LIVE 500000, SHADOW 500000",
                "LIVE 500000, SHADOW 400000, OFF 1000000",
                "LIVE 1000000, SHADOW 1000000",
                "SHADOW 500000, LIVE 1000000",
                "LIVE 1, RAMP_DOWN 1000000",
                "OFF 999999, DUAL_WRITE 1000000"
            })
    void ranges_that_do_not_cover_a_million_parts_in_order_are_refused(String ranges) {
        assertThatThrownBy(() -> position(ranges))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("The ranges of a position");
    }

    @Test
    void no_range_at_all_is_refused() {
        assertThatThrownBy(() -> new Position(Map.of(), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("end at 0");
    }

    @Test
    void a_bucket_beyond_a_million_is_nowhere() {
        assertThatThrownBy(() -> position("OFF 1000000").at(1_000_000)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "OFF 1000000                             | SHADOW 1000000                          | true",
                "OFF 1000000                             | COMPLETE 1000000                        | false",
                "SHADOW 1000000                          | LIVE 1, SHADOW 1000000                  | false",
                "SHADOW 1000000                          | SYNC 1, SHADOW 1000000                  | true",
                "SYNC 1, SHADOW 1000000                  | LIVE 1, SHADOW 1000000                  | true",
                "SYNC 1, SHADOW 1000000                  | LIVE 2, SHADOW 1000000                  | false",
                "LIVE 500000, SHADOW 1000000             | LIVE 499999, SHADOW 1000000             | false",
                "LIVE 500000, SHADOW 1000000             | LIVE 499999, SYNC 500000, OFF 1000000   | true",
                "LIVE 500000, SHADOW 1000000             | SYNC 1000000                            | true",
                "LIVE 500000, SHADOW 1000000             | SHADOW 1000000                          | false",
                "LIVE 500000, SYNC 600000, SHADOW 1000000 | COMPLETE 600000, SYNC 700000, OFF 1000000 | true",
                "LIVE 500000, SYNC 600000, SHADOW 1000000 | COMPLETE 600001, OFF 1000000           | false"
            })
    void no_bucket_changes_sides_in_one_version_but_from_the_bridge(String from, String to, boolean legal) {
        assertThat(position(from).blockers(position(to)).isEmpty()).isEqualTo(legal);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // The rest       | the cohort before, or -, and after
                "SHADOW 1000000               | -      | LIVE   | false",
                "SHADOW 1000000               | -      | SYNC   | true",
                "SHADOW 1000000               | -      | OFF    | true",
                "LIVE 1, SHADOW 1000000       | -      | LIVE   | false",
                "LIVE 1, SHADOW 1000000       | -      | OFF    | false",
                "LIVE 1, SHADOW 1000000       | -      | SYNC   | true",
                "SHADOW 1000000               | LIVE   | -      | false",
                "SHADOW 1000000               | SYNC   | -      | true",
                "LIVE 1, SHADOW 1000000       | LIVE   | -      | false",
                "LIVE 1000000                 | LIVE   | -      | true",
                "SHADOW 1000000               | SHADOW | LIVE   | false",
                "LIVE 1000000                 | SHADOW | LIVE   | false",
                "LIVE 1000000                 | SYNC   | OFF    | true"
            })
    void no_key_of_a_cohort_changes_sides_by_being_set_apart_or_joining_the_rest(
            String rest, String before, String after, boolean legal) {
        assertThat(with(rest, before).blockers(with(rest, after)).isEmpty()).isEqualTo(legal);
    }

    private static Position with(String ranges, String stage) {
        Map<String, Slice> cohorts = new LinkedHashMap<>();
        if (!stage.equals("-")) {
            cohorts.put("staff", Slice.startingAt(Stage.valueOf(stage), 1));
        }
        return new Position(cohorts, position(ranges).ranges());
    }

    @Test
    void a_position_is_said_in_one_line() {
        assertThat(position("OFF 1000000")).hasToString("OFF");
        assertThat(position("LIVE 125000, SYNC 200000, SHADOW 1000000"))
                .hasToString("LIVE 12.5 %, SYNC 7.5 %, SHADOW 80 %");
        assertThat(with("OFF 1000000", "LIVE")).hasToString("OFF, staff LIVE");
    }

    @ParameterizedTest
    @CsvSource({"0, 0 %", "1, 0.0001 %", "12500, 1.25 %", "100000, 10 %", "1000000, 100 %"})
    void a_share_is_said_in_percent(int share, String percent) {
        assertThat(Goal.percent(share)).isEqualTo(percent);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1_000_001})
    void a_goal_with_another_share_is_refused(int share) {
        assertThatThrownBy(() -> Goal.of(Stage.LIVE, share)).isInstanceOf(IllegalArgumentException.class);
    }
}

package dev.turnout.examples.places.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.examples.places.store.Place;
import java.math.BigDecimal;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlaceHistoryTest {
    private static final Place V0 = new Place(1, "v0", "DE", "PPL", "", "", 0, BigDecimal.ZERO, BigDecimal.ONE);
    private static final Place V1 = V0.withPopulation(1);
    private static final Place V2 = V0.withPopulation(2);
    private static final Place V3 = V0.withPopulation(3);

    private final PlaceHistory history = new PlaceHistory(V0);

    private static Optional<Place> nothing() {
        return Optional.empty();
    }

    @Test
    void a_read_may_see_what_was_there_when_nothing_is_written() {
        PlaceHistory.Write from = history.lastAcknowledged();

        assertThat(PlaceHistory.permits(from, Optional.of(V0))).isTrue();
        assertThat(PlaceHistory.permits(from, Optional.of(V1))).isFalse();
        assertThat(PlaceHistory.permits(from, nothing())).isFalse();
    }

    @Test
    void a_read_beside_a_write_may_see_the_place_before_or_after_it() {
        history.begin(V1);
        PlaceHistory.Write from = history.lastAcknowledged();

        assertThat(PlaceHistory.permits(from, Optional.of(V0))).isTrue();
        assertThat(PlaceHistory.permits(from, Optional.of(V1))).isTrue();
    }

    @Test
    void a_read_after_an_acknowledged_write_may_not_see_the_place_before_it() {
        history.begin(V1);
        history.acknowledge();
        PlaceHistory.Write from = history.lastAcknowledged();

        assertThat(PlaceHistory.permits(from, Optional.of(V0))).isFalse();
        assertThat(PlaceHistory.permits(from, Optional.of(V1))).isTrue();
    }

    @Test
    void a_read_that_began_before_the_acknowledgement_may_see_all_that_was_written_until_it_ended() {
        PlaceHistory.Write from = history.lastAcknowledged();
        history.begin(V1);
        history.acknowledge();
        history.begin(V2);
        history.acknowledge();
        history.begin(V3);

        assertThat(PlaceHistory.permits(from, Optional.of(V0))).isTrue();
        assertThat(PlaceHistory.permits(from, Optional.of(V1))).isTrue();
        assertThat(PlaceHistory.permits(from, Optional.of(V2))).isTrue();
        assertThat(PlaceHistory.permits(from, Optional.of(V3))).isTrue();
    }

    @Test
    void a_write_of_which_the_outcome_is_unknown_may_be_seen_or_not_until_the_next_acknowledged_one() {
        history.begin(V1); // and fails
        PlaceHistory.Write beforeV2 = history.lastAcknowledged();
        assertThat(PlaceHistory.permits(beforeV2, Optional.of(V0))).isTrue();
        assertThat(PlaceHistory.permits(beforeV2, Optional.of(V1))).isTrue();
        assertThat(history.permitsInTheEnd(Optional.of(V0))).isTrue();
        assertThat(history.permitsInTheEnd(Optional.of(V1))).isTrue();

        history.begin(V2);
        history.acknowledge();
        PlaceHistory.Write afterV2 = history.lastAcknowledged();
        assertThat(PlaceHistory.permits(afterV2, Optional.of(V0))).isFalse();
        assertThat(PlaceHistory.permits(afterV2, Optional.of(V1))).isFalse();
        assertThat(PlaceHistory.permits(afterV2, Optional.of(V2))).isTrue();
        assertThat(history.permitsInTheEnd(Optional.of(V1))).isFalse();
    }

    @Test
    void a_deleted_place_that_comes_back_is_stale() {
        history.begin(null);
        history.acknowledge();

        assertThat(history.permitsInTheEnd(nothing())).isTrue();
        assertThat(history.permitsInTheEnd(Optional.of(V0))).isFalse();
    }

    @Test
    void contents_are_compared_in_full() {
        Place renamed = new Place(1, "V0", "DE", "PPL", "", "", 0, BigDecimal.ZERO, BigDecimal.ONE);

        assertThat(history.permitsInTheEnd(Optional.of(renamed))).isFalse();
    }

    @Test
    void one_writes_at_a_time() {
        assertThat(history.take()).isTrue();
        assertThat(history.take()).isFalse();
        history.giveBack();
        assertThat(history.take()).isTrue();
    }
}

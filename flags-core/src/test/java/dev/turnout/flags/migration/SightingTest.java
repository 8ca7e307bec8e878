package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.mock;

import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Side;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Something happens after each single look, and nothing wrong is concluded from all of them. */
class SightingTest {
    private static final String NAME = "m";

    private final FleetStore fleet = FleetStore.inMemory();
    private final Journal<Integer> entries = Journal.inMemory();
    private final Journal<Integer> journal = mock(delegatesTo(entries));
    private int looks;

    private FleetStore.Membership join(String list, String process) {
        return fleet.join(list, new Member.Registration("n", process, entries.id(), "", Duration.ofSeconds(30)));
    }

    /** A node starts, and begins an operation, just before this look. */
    private FleetSighting startingBefore(int look) {
        FleetStore looked = mock(FleetStore.class, call -> {
            startIfDue(look);
            return delegatesTo(fleet).answer(call);
        });
        doAnswer(call -> {
                    startIfDue(look);
                    return entries.owners();
                })
                .when(journal)
                .owners();
        return FleetSighting.of(looked, NAME, journal);
    }

    private void startIfDue(int look) {
        if (looks++ == look) {
            var unused = join(FleetStore.EVERYBODY, "late");
            entries.record(1, new Journal.Origin(join(NAME, "late").id(), Side.OLD, true));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void a_node_that_starts_meanwhile_has_not_left_and_is_not_unaware(int look) {
        FleetSighting seen = startingBefore(look);

        assertThat(looks).as("owners, presences, members").isEqualTo(3);
        assertThat(seen.ownersThatLeft()).isEmpty();
        assertThat(seen.strangers()).isEmpty();
    }

    @Test
    void a_member_that_is_evicted_meanwhile_is_missed_in_the_fleet_or_in_the_journal() {
        var unused = join(NAME, "stays");
        FleetStore.Membership dies = join(NAME, "dies");
        FleetStore evicting = mock(FleetStore.class, call -> {
            evict(dies.id()); // just before the members are read
            return delegatesTo(fleet).answer(call);
        });
        Sighting seen = Sighting.of(FleetSighting.of(evicting, NAME, journal), journal);

        assertThat(seen.fleet().members()).hasSize(1);
        assertThat(seen.journal()).as("not what slices remember").endsWith("#1");
    }

    private void evict(String id) {
        doReturn(1L).when(journal).generation();
        fleet.members(NAME).stream()
                .filter(member -> member.id().equals(id))
                .forEach(member -> fleet.evict(NAME, member));
    }

    @Test
    void quarantined_keys_are_blockers() {
        doReturn(List.of(new Journal.Quarantined<>(7, "no such column")))
                .when(journal)
                .quarantined(anyInt());

        assertThat(Sighting.of(FleetSighting.of(fleet, NAME, journal), journal).quarantined())
                .containsExactly(new Blocker.KeyQuarantined("7", "no such column"));
    }
}

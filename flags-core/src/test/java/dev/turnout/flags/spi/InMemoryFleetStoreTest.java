package dev.turnout.flags.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class InMemoryFleetStoreTest {
    private final InMemoryFleetStore fleet = new InMemoryFleetStore();
    private final FleetStore.Membership one =
            fleet.join("m", new Member.Registration("one", "p", "j", "", Duration.ofSeconds(30)));

    private Member seen() {
        List<Member> members = fleet.members("m");
        assertThat(members).hasSize(1);
        return members.get(0);
    }

    @Test
    void a_member_that_has_reported_since_it_was_seen_is_not_evicted() {
        Member before = seen();
        assertThat(one.report(Member.Report.NONE)).isTrue();
        assertThat(seen().heartbeat()).isGreaterThan(before.heartbeat());

        assertThat(fleet.evict("m", before)).isFalse();
        assertThat(one.report(Member.Report.NONE)).isTrue();

        assertThat(fleet.evict("m", seen())).isTrue();
        assertThat(one.report(Member.Report.NONE)).isFalse();
        assertThat(fleet.members("m")).isEmpty();
    }
}

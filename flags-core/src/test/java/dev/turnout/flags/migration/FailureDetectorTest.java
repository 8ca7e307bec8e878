package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.Mockito.doAnswer;
import static org.mockito.Mockito.mock;

import dev.turnout.flags.Flags;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.testing.SettableTime;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who is evicted, and when, by a clock that the test sets. */
class FailureDetectorTest {
    private static final Duration LEASE = Duration.ofSeconds(30);
    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(7);
    private static final Duration LONGEST_TRACE = Duration.ofMillis(30_500);
    private static final Duration MILLISECOND = Duration.ofMillis(1);

    private final SettableTime time = new SettableTime("2026-01-01T00:00:00Z");
    private final Rig rig = new Rig(Stage.SHADOW);
    private FailureDetector failureDetector = failureDetector(new MapPath("old"), new MapPath("new"));

    private FailureDetector failureDetector(DataPath<Integer, String> oldPath, DataPath<Integer, String> newPath) {
        Flags flags = rig.opened(Flags.builder(rig.store)
                .node("watches")
                .fleet(rig.fleet)
                .time(time)
                .build());
        MigrationBuilder<Integer, String> builder =
                rig.builder(oldPath, newPath).callTimeout(CALL_TIMEOUT).lease(Duration.ZERO);
        builder.workers = new ManualWorkers();
        return new FailureDetector(rig.opened(builder.build(flags)));
    }

    @AfterEach
    void close() throws Exception {
        rig.close();
    }

    private FleetStore.Membership join(String list, String node, String process, Duration lease) {
        return rig.fleet.join(list, new Member.Registration(node, process, rig.journal.id(), "", lease));
    }

    private boolean isThere(String list, FleetStore.Membership who) {
        return rig.fleet.members(list).stream().anyMatch(member -> member.id().equals(who.id()));
    }

    private void looksAfter(Duration passed) {
        time.pass(passed);
        failureDetector.look();
    }

    @ParameterizedTest
    @CsvSource({"0, 200, 7200", "100, 301, 7301", "10000, 10300, 17300", "30000, 30500, 37500"})
    void a_trace_is_the_lease_a_hundredth_of_it_200_ms_and_without_versions_a_call(
            long lease, long versioned, long plain) {
        Member member = new Member(
                "id", new Member.Registration("n", "p", "", "", Duration.ofMillis(lease)), 1, Member.Report.NONE);

        assertThat(new EvictionRule(Duration.ZERO).longestTrace(member)).hasMillis(versioned);
        assertThat(new EvictionRule(CALL_TIMEOUT).longestTrace(member)).hasMillis(plain);
    }

    @Test
    void a_member_is_evicted_when_nothing_that_it_did_can_take_effect_any_more_and_not_sooner() {
        FleetStore.Membership dead = join(Rig.NAME, "dead", "dead", LEASE);
        failureDetector.look();

        looksAfter(LONGEST_TRACE.minus(MILLISECOND));
        assertThat(isThere(Rig.NAME, dead)).as("1 ms too soon").isTrue();
        looksAfter(MILLISECOND);
        assertThat(isThere(Rig.NAME, dead)).as("at the last moment").isTrue();
        looksAfter(MILLISECOND);
        assertThat(isThere(Rig.NAME, dead)).isFalse();
    }

    @Test
    void without_versions_its_last_call_may_take_effect_later() {
        failureDetector = failureDetector(new PlainMapPath(), new PlainMapPath());
        FleetStore.Membership dead = join(Rig.NAME, "dead", "dead", LEASE);
        failureDetector.look();

        looksAfter(LONGEST_TRACE.plus(CALL_TIMEOUT));
        assertThat(isThere(Rig.NAME, dead)).isTrue();
        looksAfter(MILLISECOND);
        assertThat(isThere(Rig.NAME, dead)).isFalse();
    }

    @Test
    void silence_begins_anew_with_each_report() {
        FleetStore.Membership slow = join(Rig.NAME, "slow", "slow", LEASE);
        failureDetector.look();
        looksAfter(LONGEST_TRACE);
        slow.report(rig.report(1, 1));
        looksAfter(LONGEST_TRACE);
        looksAfter(LONGEST_TRACE);
        assertThat(isThere(Rig.NAME, slow)).isTrue();

        looksAfter(MILLISECOND);
        assertThat(isThere(Rig.NAME, slow)).isFalse();
    }

    @Test
    void a_member_that_is_overridden_is_evicted_by_an_operator_alone() {
        FleetStore.Membership overridden = join(Rig.NAME, "overridden", "p", LEASE);
        overridden.report(new Member.Report(1, rig.state().id(), 0, Stage.SHADOW));
        failureDetector.look();
        looksAfter(LONGEST_TRACE);
        assertThat(failureDetector.lostContact()).isEmpty();

        looksAfter(MILLISECOND);
        assertThat(isThere(Rig.NAME, overridden)).isTrue();
        assertThat(failureDetector.lostContact()).containsExactly(overridden.id());

        FleetSighting seen = failureDetector.sighting();
        Member member = seen.members().stream()
                .filter(one -> one.id().equals(overridden.id()))
                .findFirst()
                .orElseThrow();
        assertThat(failureDetector.evictDead(member, seen)).isTrue();
        assertThat(isThere(Rig.NAME, overridden)).isFalse();
    }

    @Test
    void with_a_member_goes_the_presence_of_its_process_and_not_of_another_with_its_name() {
        FleetStore.Membership dead = join(Rig.NAME, "b", "dead", LEASE);
        FleetStore.Membership ofDead = join(FleetStore.EVERYBODY, "b", "dead", Duration.ofDays(1));
        FleetStore.Membership oldBuild = join(FleetStore.EVERYBODY, "b", "old build", Duration.ofDays(1));
        failureDetector.look();

        looksAfter(LONGEST_TRACE.plus(MILLISECOND));

        assertThat(isThere(Rig.NAME, dead)).isFalse();
        assertThat(isThere(FleetStore.EVERYBODY, ofDead)).isFalse();
        assertThat(isThere(FleetStore.EVERYBODY, oldBuild)).isTrue();
    }

    @Test
    void the_presence_of_a_process_stays_if_it_is_heard_of_or_has_joined_again() {
        FleetStore.Membership lost = join(Rig.NAME, "alive", "alive", LEASE);
        FleetStore.Membership ofAlive = join(FleetStore.EVERYBODY, "alive", "alive", Duration.ofDays(1));
        FleetStore.Membership before = join(Rig.NAME, "again", "again", LEASE);
        FleetStore.Membership ofAgain = join(FleetStore.EVERYBODY, "again", "again", Duration.ofDays(1));
        failureDetector.look();
        time.pass(LONGEST_TRACE);
        ofAlive.report(new Member.Report(1, StateId.NONE, 0, null));
        FleetStore.Membership after = join(Rig.NAME, "again", "again", LEASE);
        failureDetector.look();

        looksAfter(MILLISECOND);

        assertThat(isThere(Rig.NAME, lost)).isFalse();
        assertThat(isThere(FleetStore.EVERYBODY, ofAlive)).isTrue();
        assertThat(isThere(Rig.NAME, before)).isFalse();
        assertThat(isThere(Rig.NAME, after)).isTrue();
        assertThat(isThere(FleetStore.EVERYBODY, ofAgain)).isTrue();
    }

    @Test
    @SuppressWarnings("unchecked")
    void the_journal_is_told_before_a_member_is_out() {
        Journal<Integer> journal = mock(Journal.class, delegatesTo(rig.journal));
        Flags flags = rig.opened(
                Flags.builder(rig.store).node("two").fleet(rig.fleet).time(time).build());
        MigrationBuilder<Integer, String> builder = rig.builder(new MapPath("old"), new MapPath("new"))
                .journal(journal)
                .lease(Duration.ZERO);
        builder.workers = new ManualWorkers();
        failureDetector = new FailureDetector(rig.opened(builder.build(flags)));
        FleetStore.Membership dead = join(Rig.NAME, "dead", "dead", LEASE);
        boolean[] told = {false};
        doAnswer(call -> {
                    told[0] = isThere(Rig.NAME, dead);
                    return null;
                })
                .when(journal)
                .evicting(dead.id());
        failureDetector.look();

        looksAfter(LONGEST_TRACE.plus(MILLISECOND));

        assertThat(isThere(Rig.NAME, dead)).isFalse();
        assertThat(told[0]).isTrue();
    }

    /** When the process of a member has last reported, after the member, and 30 s are its lease. */
    @ParameterizedTest
    @CsvSource({"15000, false", "15001, true"})
    void a_process_has_outlived_its_member_if_it_was_heard_of_more_than_half_a_lease_later(
            long later, boolean outlived) {
        time.pass(Duration.ofHours(1));
        FleetStore.Membership lost = join(Rig.NAME, "one", "one", LEASE);
        FleetStore.Membership presence = join(FleetStore.EVERYBODY, "one", "one", Duration.ofDays(1));
        failureDetector.look();
        time.pass(Duration.ofMillis(later));
        presence.report(new Member.Report(1, StateId.NONE, 0, null));
        failureDetector.look();

        looksAfter(LONGEST_TRACE);

        assertThat(isThere(Rig.NAME, lost)).isFalse();
        assertThat(isThere(FleetStore.EVERYBODY, presence)).isEqualTo(outlived);
    }

    @Test
    void a_member_that_has_reported_since_it_was_seen_stays_and_so_does_the_presence_of_its_process() {
        FleetStore.Membership lives = join(Rig.NAME, "lives", "lives", LEASE);
        FleetStore.Membership presence = join(FleetStore.EVERYBODY, "lives", "lives", Duration.ofDays(1));
        failureDetector.look();
        time.pass(LONGEST_TRACE.plus(MILLISECOND));
        FleetSighting seen = failureDetector.sighting();
        lives.report(rig.report(1, 1));
        Member member = seen.members().stream()
                .filter(one -> one.id().equals(lives.id()))
                .findFirst()
                .orElseThrow();

        try (LogLines log = new LogLines(FailureDetector.class)) {
            failureDetector.look(seen);
            assertThat(isThere(Rig.NAME, lives)).isTrue();
            assertThat(isThere(FleetStore.EVERYBODY, presence)).isTrue();

            assertThat(failureDetector.evictDead(member, seen))
                    .as("by an operator")
                    .isFalse();
            assertThat(isThere(Rig.NAME, lives)).isTrue();
            assertThat(isThere(FleetStore.EVERYBODY, presence)).isTrue();
            assertThat(log.all()).isEmpty();

            looksAfter(Duration.ZERO);
            looksAfter(LONGEST_TRACE.plus(MILLISECOND));
            assertThat(isThere(Rig.NAME, lives)).isFalse();
            assertThat(log.all()).singleElement().asString().startsWith("WARN Node 'lives' is evicted");
        }
    }

    /** As if the node had died that evicted it. */
    @Test
    void what_a_member_left_in_the_journal_is_handed_over_by_whoever_sees_that_it_is_in_the_fleet_no_more() {
        FleetStore.Membership lives = join(Rig.NAME, "lives", "lives", LEASE);
        FleetStore.Membership dead = join(Rig.NAME, "dead", "dead", LEASE);
        rig.journal.record(1, new Journal.Origin(lives.id(), Side.OLD, true));
        rig.journal.record(2, new Journal.Origin(dead.id(), Side.OLD, true));
        failureDetector.look();
        assertThat(rig.journal.depth()).as("all are in the fleet").isZero();
        rig.evict("dead");

        failureDetector.look();

        assertThat(rig.journal.depth()).isEqualTo(1);
        assertThat(rig.journal.claim()).map(Journal.Claim::key).contains(2);
    }
}

package dev.turnout.flags.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Side;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every journal has to do, as two nodes see it that share one. In a package of its own, and public, as other modules test their journals by it.
 */
public abstract class JournalContract {
    private static final String MEMBER = "member";

    /** Two nodes. */
    protected Journal<String> journal;

    protected Journal<String> onAnotherNode;

    /** The view that one more node has of the journal. */
    protected abstract Journal<String> open();

    /**
     * Makes the calls of this node fail, until it is connected again.
     *
     * @return false if this journal cannot fail
     */
    protected abstract boolean isCutOff(Journal<String> node);

    /** Ends that. */
    protected abstract void connect(Journal<String> node);

    /** Lets so much time pass, if tests can; otherwise it passes by itself. */
    protected abstract void pass(Duration time);

    @BeforeEach
    void openTwo() {
        journal = open();
        onAnotherNode = open();
    }

    private static Journal.Origin plain(String owner, Side source) {
        return new Journal.Origin(owner, source, false);
    }

    private static Journal.Origin versioned(String owner) {
        return new Journal.Origin(owner, Side.OLD, true);
    }

    private void cutOff(Journal<String> node) {
        assumeTrue(isCutOff(node), "this journal cannot fail");
    }

    private void evict(String owner) {
        onAnotherNode.evicting(owner);
        onAnotherNode.handOverAll(owner);
    }

    private int repairAll() {
        Set<String> repaired = new HashSet<>();
        for (Optional<Journal.Claim<String>> next = onAnotherNode.claim();
                next.isPresent();
                next = onAnotherNode.claim()) {
            repaired.add(next.get().key());
            next.get().repaired();
        }
        return repaired.size();
    }

    protected final void eventually(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            pass(Duration.ofMillis(1));
            Thread.onSpinWait();
        }
    }

    private void assertNothingIsLeft() {
        assertThat(journal.keys()).isEmpty();
        assertThat(onAnotherNode.keys()).isEmpty();
        assertThat(onAnotherNode.depth()).isZero();
        assertThat(onAnotherNode.claim()).isEmpty();
        assertThat(journal.isUpToDate()).isTrue();
    }

    @Test
    void an_operation_that_clears_leaves_nothing() {
        Journal.Entry<String> entry = journal.record("k", versioned(MEMBER));
        assertThat(entry.key()).isEqualTo("k");
        assertThat(entry.origin()).isEqualTo(versioned(MEMBER));
        journal.clear(entry);

        assertNothingIsLeft();
        assertThat(onAnotherNode.owners()).isEmpty();
    }

    @Test
    void an_operation_in_flight_is_known_but_not_handed_to_repair() {
        journal.record("k", versioned(MEMBER));

        assertThat(journal.keys()).containsExactly("k");
        assertThat(journal.depth()).isZero();
        assertThat(journal.claim()).isEmpty();
        assertThat(journal.age()).isZero();
        assertThat(journal.isUpToDate()).isTrue();
        assertThat(onAnotherNode.claim()).isEmpty();
    }

    @Test
    void all_nodes_know_the_operations_in_flight_of_all_if_it_says_so() {
        assumeTrue(journal.knowsOperationsInFlight(), "this journal does not");
        journal.record("k", versioned(MEMBER));

        assertThat(onAnotherNode.keys()).containsExactly("k");
        assertThat(onAnotherNode.owners()).containsExactly(MEMBER);
        assertThat(onAnotherNode.pending(List.of("k"))).containsExactly("k");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void what_is_handed_over_is_repaired_by_any_node(boolean versioned) {
        Journal.Entry<String> entry = journal.record("k", new Journal.Origin(MEMBER, Side.NEW, versioned));
        journal.handOver(entry);
        assertThat(onAnotherNode.depth()).isEqualTo(1);
        assertThat(onAnotherNode.depth(10)).isEqualTo(1);
        assertThat(onAnotherNode.keys()).containsExactly("k");

        Journal.Claim<String> claim = onAnotherNode.claim().orElseThrow();
        assertThat(claim.key()).isEqualTo("k");
        assertThat(claim.source()).contains(Side.NEW);
        claim.repaired();

        assertNothingIsLeft();
    }

    @Test
    void what_is_said_after_the_hand_over_has_no_effect() {
        Journal.Entry<String> entry = journal.record("k", plain(MEMBER, Side.OLD));
        journal.handOver(entry);
        journal.handOver(entry);
        journal.clear(entry);
        assertThat(onAnotherNode.depth()).isEqualTo(1);
        assertThat(repairAll()).isEqualTo(1);
        journal.handOver(entry);
        journal.clear(entry);

        assertNothingIsLeft();
    }

    @Test
    void what_an_evicted_member_left_in_flight_is_handed_over_if_it_is_known() {
        assumeTrue(journal.knowsOperationsInFlight(), "this journal does not");
        Journal.Entry<String> entry = journal.record("k", plain("evicted", Side.OLD));
        journal.record("l", plain("alive", Side.OLD));
        evict("evicted");
        evict("evicted");
        journal.clear(entry); // too late

        assertThat(onAnotherNode.depth()).isEqualTo(1);
        Journal.Claim<String> claim = onAnotherNode.claim().orElseThrow();
        assertThat(claim.key()).isEqualTo("k");
        assertThat(onAnotherNode.claim()).isEmpty();
        assertThat(onAnotherNode.owners()).containsExactly("alive");
    }

    /** Repair would copy from the side that the key may have left by then. */
    @Test
    void without_versions_a_hand_over_after_the_eviction_and_the_repair_has_no_effect() {
        Journal.Entry<String> entry = journal.record("k", plain("evicted", Side.OLD));
        evict("evicted");
        repairAll();

        journal.handOver(entry);

        assertNothingIsLeft();
    }

    @Test
    void without_versions_a_hand_over_that_is_tried_again_after_the_eviction_and_the_repair_has_no_effect() {
        Journal.Entry<String> entry = journal.record("k", plain("evicted", Side.OLD));
        cutOff(journal);
        journal.handOver(entry);
        assertThat(journal.isUpToDate()).isFalse();
        evict("evicted");
        repairAll();
        connect(journal);
        eventually(journal::isUpToDate);

        assertNothingIsLeft();
    }

    @Test
    void without_versions_a_process_that_has_learnt_of_its_eviction_stores_nothing_more() {
        Journal.Entry<String> waits = journal.record("k", plain("evicted", Side.OLD));
        Journal.Entry<String> cleared = journal.record("l", plain("evicted", Side.OLD));
        Journal.Entry<String> ofAnother = journal.record("m", plain("mine again", Side.OLD));
        Journal.Entry<String> inFlight = journal.record("n", plain("evicted", Side.OLD));
        cutOff(journal);
        journal.handOver(waits);
        journal.clear(cleared);
        journal.handOver(ofAnother);
        journal.evicted("evicted");
        journal.evicted("evicted");
        connect(journal);
        eventually(journal::isUpToDate);
        assertThat(onAnotherNode.depth()).as("the other membership's alone").isEqualTo(1);
        if (!journal.knowsOperationsInFlight()) {
            assertThat(journal.keys()).containsExactlyInAnyOrder("m", "n");
            journal.handOver(inFlight);
        }
        evict("evicted");
        assertThat(repairAll()).isEqualTo(journal.knowsOperationsInFlight() ? 4 : 1);
        journal.handOver(inFlight);

        assertNothingIsLeft();
    }

    @Test
    void with_versions_a_hand_over_after_the_eviction_and_the_repair_is_recorded_again() {
        Journal.Entry<String> entry = journal.record("k", versioned("evicted"));
        evict("evicted");
        repairAll();
        journal.evicted("evicted");

        journal.handOver(entry);

        assertThat(onAnotherNode.keys()).containsExactly("k");
        assertThat(repairAll()).isEqualTo(1);
        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_member_that_is_alive_after_all_goes_on_as_before(boolean versioned) {
        Journal.Origin origin = new Journal.Origin(MEMBER, Side.OLD, versioned);
        Journal.Entry<String> before = journal.record("k", origin);
        onAnotherNode.evicting(MEMBER);
        onAnotherNode.evicting(MEMBER);
        journal.handOver(before);
        Journal.Entry<String> after = journal.record("l", origin);
        journal.handOver(after);
        journal.clear(journal.record("m", origin));

        assertThat(onAnotherNode.depth()).isEqualTo(2);
        assertThat(repairAll()).isEqualTo(2);
        assertNothingIsLeft();
    }

    @Test
    void whoever_may_still_hand_over_is_named_until_its_eviction_is_known() {
        journal.handOver(journal.record("k", plain(MEMBER, Side.OLD)));
        Journal.Entry<String> inFlight = journal.record("l", plain(MEMBER, Side.OLD));
        assertThat(onAnotherNode.owners()).containsExactly(MEMBER);
        onAnotherNode.handOverAll(MEMBER);
        assertThat(onAnotherNode.owners()).isEmpty();
        repairAll();
        journal.handOver(inFlight);

        assertNothingIsLeft();
    }

    @Test
    void an_eviction_of_a_member_that_has_recorded_nothing_leaves_nothing() {
        evict("nobody");

        assertNothingIsLeft();
        assertThat(onAnotherNode.owners()).isEmpty();
    }

    @Test
    void the_generation_grows_with_an_eviction_if_operations_in_flight_are_not_known() {
        long before = onAnotherNode.generation();
        journal.handOver(journal.record("k", plain(MEMBER, Side.OLD)));
        assertThat(onAnotherNode.generation()).isEqualTo(before);
        onAnotherNode.evicting(MEMBER);

        assertThat(journal.generation() > before).isEqualTo(!journal.knowsOperationsInFlight());
    }

    @Test
    void a_clear_that_cannot_be_stored_holds_the_node_back_until_it_is() {
        Journal.Entry<String> entry = journal.record("k", plain(MEMBER, Side.OLD));
        cutOff(journal);
        journal.clear(entry);
        assertThat(journal.isUpToDate()).isEqualTo(!journal.knowsOperationsInFlight());
        connect(journal);
        eventually(journal::isUpToDate);

        assertNothingIsLeft();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_hand_over_that_cannot_be_stored_holds_the_node_back_until_it_is(boolean versioned) {
        Journal.Entry<String> entry = journal.record("k", new Journal.Origin(MEMBER, Side.OLD, versioned));
        cutOff(journal);
        journal.handOver(entry);
        journal.clear(entry); // no effect after the hand-over
        assertThat(journal.isUpToDate()).isFalse();
        connect(journal);
        assertThat(journal.keys()).as("at each moment").containsExactly("k");
        assertThat(journal.pending(List.of("k", "l"))).containsExactly("k");
        eventually(journal::isUpToDate);

        assertThat(onAnotherNode.keys()).containsExactly("k");
        assertThat(repairAll()).isEqualTo(1);
        assertNothingIsLeft();
    }

    @Test
    void a_key_is_claimed_by_one_worker_at_a_time() {
        journal.record("k", Side.OLD);

        Journal.Claim<String> claim = onAnotherNode.claim().orElseThrow();
        assertThat(claim.key()).isEqualTo("k");
        assertThat(claim.source()).contains(Side.OLD);
        assertThat(journal.keys()).as("claimed").containsExactly("k");
        assertThat(journal.claim()).isEmpty();
        assertThat(journal.claim("k")).isEmpty();
        assertThat(onAnotherNode.claim("k")).isEmpty();
        claim.repaired();

        assertNothingIsLeft();
        assertThat(journal.claim("k"))
                .as("that has no entry")
                .hasValueSatisfying(free -> assertThat(free.source()).isEmpty());
    }

    @Test
    void a_claim_has_no_say_after_its_end() {
        journal.record("k", Side.OLD);
        Journal.Claim<String> claim = journal.claim().orElseThrow();
        claim.repaired();
        journal.record("k", Side.OLD);
        claim.failed();
        claim.quarantine("nothing is wrong");
        claim.repaired();

        assertThat(journal.quarantined(10)).isEmpty();
        assertThat(repairAll()).isEqualTo(1);
        assertNothingIsLeft();
    }

    @Test
    void repair_clears_only_what_it_saw_before_it_read_and_nothing_in_flight() {
        journal.record("k", Side.OLD);
        Journal.Entry<String> inFlight = journal.record("k", plain(MEMBER, Side.OLD));
        Journal.Claim<String> claim = journal.claim().orElseThrow();
        onAnotherNode.record("k", Side.OLD);
        claim.repaired();

        assertThat(journal.depth()).isEqualTo(1);
        journal.claim().orElseThrow().repaired();
        assertThat(journal.depth()).isZero();
        assertThat(journal.keys()).containsExactly("k");
        journal.handOver(inFlight);
        assertThat(onAnotherNode.claim()).isPresent();
    }

    @Test
    void entries_of_two_sources_are_repaired_one_source_after_the_other() {
        journal.record("k", Side.OLD);
        journal.record("k", Side.NEW);
        Journal.Claim<String> first = journal.claim().orElseThrow();
        first.repaired();
        Journal.Claim<String> second = journal.claim().orElseThrow();
        second.repaired();

        assertThat(first.source()).isNotEqualTo(second.source());
        assertNothingIsLeft();
    }

    @Test
    void a_failed_repair_is_due_again_after_a_while() {
        journal.record("k", Side.OLD);
        journal.claim().orElseThrow().failed();
        assertThat(journal.depth()).isEqualTo(1);

        eventually(() -> onAnotherNode.claim().isPresent());
        assertThat(journal.age()).isPositive();
    }

    @Test
    void what_repair_has_given_up_is_parked_until_an_operator_or_another_write_comes() {
        journal.record("k", Side.OLD);
        journal.claim().orElseThrow().quarantine("a unique value is taken");
        assertThat(journal.quarantined(10)).containsExactly(new Journal.Quarantined<>("k", "a unique value is taken"));
        assertThat(journal.quarantined(0)).isEmpty();
        assertThat(journal.claim()).isEmpty();
        assertThat(journal.depth()).isEqualTo(1);

        onAnotherNode.retryQuarantined();
        journal.claim().orElseThrow().quarantine("it is still");
        onAnotherNode.handOver(onAnotherNode.record("k", plain(MEMBER, Side.OLD)));

        assertThat(journal.quarantined(10)).isEmpty();
        journal.claim().orElseThrow().repaired();
        assertNothingIsLeft();
    }

    @Test
    void a_key_is_pending_until_it_is_cleared_repaired_or_given_up() {
        Journal.Entry<String> inFlight = journal.record("in flight", versioned(MEMBER));
        journal.record("waits", Side.OLD);
        List<String> asked = List.of("in flight", "waits", "other");

        assertThat(journal.pending(asked)).containsExactlyInAnyOrder("in flight", "waits");
        assertThat(journal.pending(List.of())).isEmpty();
        Journal.Claim<String> claim = onAnotherNode.claim("waits").orElseThrow();
        assertThat(journal.pending(asked)).as("claimed").contains("waits");
        claim.quarantine("the mapping is wrong");
        assertThat(journal.pending(asked)).containsExactly("in flight");
        Journal.Entry<String> again = journal.record("waits", versioned(MEMBER));
        assertThat(journal.pending(asked)).as("written again").contains("waits");
        journal.clear(again);
        journal.clear(inFlight);
        assertThat(journal.pending(asked)).isEmpty();
    }
}

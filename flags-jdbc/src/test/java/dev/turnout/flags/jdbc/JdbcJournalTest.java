package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.JdbcJournal.Mode;
import dev.turnout.flags.jdbc.copy.KeyCodec;
import dev.turnout.flags.repair.Journal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.PeriodicTask;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@OnEachDatabase
@Timeout(120)
class JdbcJournalTest {
    private final AtomicBoolean down = new AtomicBoolean();
    private final AtomicBoolean brokenDriver = new AtomicBoolean();
    private final DataSource database;
    private final List<JdbcJournal<String>> opened = new ArrayList<>();
    private final JdbcJournal<String> journal;
    private final JdbcJournal<String> onAnotherNode;

    JdbcJournalTest(Database database) {
        DataSource reached = database.create();
        this.database = Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            if (down.get()) {
                throw new SQLException("down", "08001");
            }
            if (brokenDriver.get()) {
                throw new NoClassDefFoundError("of the driver");
            }
            return Faults.call(reached, method, arguments);
        });
        journal = open(Mode.ALWAYS);
        onAnotherNode = open(Mode.ALWAYS);
    }

    private JdbcJournal<String> open(Mode mode) {
        JdbcJournal<String> one = JdbcJournal.builder(database, "m", KeyCodec.strings())
                .mode(mode)
                .claimTimeout(Duration.ofSeconds(1))
                .build();
        opened.add(one);
        return one;
    }

    @AfterEach
    void close() {
        down.set(false);
        opened.forEach(JdbcJournal::close);
    }

    private static void eventually(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void a_key_is_pending_until_it_is_cleared_repaired_or_given_up() {
        Journal.Entry<String> inFlight = journal.record("in flight", new Journal.Origin("member", Side.OLD, true));
        journal.markDirty("waits", Side.OLD);
        List<String> asked = new ArrayList<>(List.of("waits", "other", "WAITS"));
        for (int i = 0; i < 1_200; i++) {
            asked.add("one of many " + i);
        }
        asked.add("in flight"); // more than one statement asks for

        assertThat(onAnotherNode.pending(asked)).containsExactlyInAnyOrder("in flight", "waits");
        assertThat(onAnotherNode.pending(List.of())).isEmpty();
        Journal.Claim<String> claim = onAnotherNode.claim("waits").orElseThrow();
        assertThat(journal.pending(asked)).as("claimed").contains("waits");
        claim.park("the mapping is wrong");
        assertThat(journal.pending(asked)).containsExactly("in flight");
        Journal.Entry<String> again = onAnotherNode.record("waits", new Journal.Origin("member", Side.OLD, true));
        assertThat(journal.pending(asked)).as("written again").contains("waits");
        onAnotherNode.clear(again);
        journal.clear(inFlight);
        assertThat(onAnotherNode.pending(asked)).isEmpty();
    }

    @Test
    void what_a_node_has_in_its_memory_alone_is_pending_there() {
        JdbcJournal<String> onFailure = open(Mode.ON_FAILURE);
        Journal.Entry<String> inFlight = onFailure.record("k", new Journal.Origin("member", Side.OLD, true));
        assertThat(onFailure.pending(List.of("k", "other"))).containsExactly("k");
        down.set(true);
        onFailure.handOver(inFlight);
        down.set(false);

        eventually(() -> journal.pending(List.of("k")).equals(Set.of("k")));
        assertThat(onFailure.pending(List.of("k", "other"))).containsExactly("k");
    }

    @Test
    void an_error_of_the_driver_loses_no_entry() {
        JdbcJournal<String> onFailure = open(Mode.ON_FAILURE);
        Journal.Entry<String> toHandOver = onFailure.record("failed", Side.OLD, "member");
        Journal.Entry<String> toClear = journal.record("done", Side.OLD, "member");
        try (LogLines log = new LogLines(PeriodicTask.class)) {
            brokenDriver.set(true);
            onFailure.handOver(toHandOver);
            journal.clear(toClear);
            assertThatThrownBy(() -> journal.record("not begun", Side.OLD, "member"))
                    .isInstanceOf(JdbcJournal.JournalException.class);
            assertThat(onFailure.isUpToDate()).isFalse();
            brokenDriver.set(false);

            eventually(() -> onAnotherNode.keys().equals(List.of("failed")) && onFailure.isUpToDate());
        }
    }

    @Test
    void an_operation_that_clears_leaves_nothing() {
        Journal.Entry<String> entry = journal.record("k", new Journal.Origin("member", Side.OLD, true));
        assertThat(onAnotherNode.keys()).as("in flight, and seen by all").containsExactly("k");
        assertThat(onAnotherNode.owners()).containsExactly("member");
        assertThat(onAnotherNode.claim()).isEmpty();
        journal.clear(entry);

        assertThat(onAnotherNode.keys()).isEmpty();
        assertThat(onAnotherNode.owners()).isEmpty();
    }

    @Test
    void an_intent_whose_answer_is_cut_does_not_stay() {
        Faults faults = new Faults(database);
        try (JdbcJournal<String> cut = JdbcJournal.in(faults.dataSource(), "m", KeyCodec.strings())) {
            cut.clear(cut.record("k", new Journal.Origin("member", Side.OLD, true)));
            faults.failAt(2, true); // the statement, after the connection

            assertThatThrownBy(() -> cut.record("k", new Journal.Origin("member", Side.OLD, true)))
                    .isInstanceOf(JdbcJournal.JournalException.class);

            eventually(() -> onAnotherNode.keys().isEmpty());
        }
    }

    @Test
    void who_asks_often_has_only_some_entries_counted() {
        for (int i = 0; i < 30; i++) {
            journal.markDirty("k" + (i / 2), Side.OLD);
        }

        assertThat(journal.depth()).isEqualTo(15);
        assertThat(journal.depth(100)).isEqualTo(15);
        assertThat(journal.depth(10)).isBetween(5L, 10L);
    }

    @Test
    void each_of_many_keys_comes_up_for_repair() {
        for (int i = 0; i < 700; i++) {
            journal.markDirty("k" + (i % 350), Side.OLD);
        }
        Set<String> repaired = new HashSet<>();
        for (Optional<Journal.Claim<String>> next = journal.claim(); next.isPresent(); next = journal.claim()) {
            assertThat(repaired.add(next.get().key())).isTrue();
            next.get().repaired();
        }

        assertThat(repaired).hasSize(350);
        assertThat(journal.keys()).isEmpty();
    }

    @Test
    void a_key_is_claimed_by_one_node_at_a_time() {
        journal.handOver(journal.record("k", new Journal.Origin("member", Side.NEW, true)));
        assertThat(onAnotherNode.depth()).isEqualTo(1);

        Journal.Claim<String> claim = onAnotherNode.claim().orElseThrow();
        assertThat(claim.key()).isEqualTo("k");
        assertThat(claim.source()).contains(Side.NEW);
        assertThat(journal.claim()).isEmpty();
        assertThat(journal.claim("k")).isEmpty();
        claim.repaired();

        assertThat(journal.keys()).isEmpty();
        assertThat(journal.depth()).isZero();
        assertThat(journal.claim("k")).isPresent();
    }

    @Test
    void repair_clears_only_what_it_saw_before_it_read_and_nothing_in_flight() {
        journal.markDirty("k", Side.OLD);
        Journal.Entry<String> inFlight = journal.record("k", new Journal.Origin("member", Side.OLD, true));
        Journal.Claim<String> claim = journal.claim().orElseThrow();
        onAnotherNode.markDirty("k", Side.OLD);
        claim.repaired();

        assertThat(journal.depth()).isEqualTo(1);
        journal.claim().orElseThrow().repaired();
        assertThat(journal.keys()).containsExactly("k");
        journal.handOver(inFlight);
        assertThat(onAnotherNode.claim()).isPresent();
    }

    @Test
    void entries_of_two_sources_are_repaired_one_source_after_the_other() {
        journal.markDirty("k", Side.OLD);
        journal.markDirty("k", Side.NEW);
        Journal.Claim<String> first = journal.claim().orElseThrow();
        first.repaired();
        Journal.Claim<String> second = journal.claim().orElseThrow();
        second.repaired();

        assertThat(first.source()).isNotEqualTo(second.source());
        assertThat(journal.keys()).isEmpty();
    }

    @Test
    void a_failed_repair_is_due_again_after_a_while() {
        journal.markDirty("k", Side.OLD);
        journal.claim().orElseThrow().failed();
        assertThat(journal.depth()).isEqualTo(1);

        eventually(() -> onAnotherNode.claim().isPresent());
        assertThat(journal.age()).isPositive();
    }

    @Test
    void a_claim_whose_node_died_passes_to_another() {
        journal.markDirty("k", Side.OLD);
        Journal.Claim<String> lost = journal.claim().orElseThrow();
        List<Journal.Claim<String>> taken = new ArrayList<>();

        eventually(() -> onAnotherNode.claim().map(taken::add).orElse(false));
        lost.failed();
        assertThat(journal.claim()).as("the late one has no say").isEmpty();
        taken.get(0).repaired();

        assertThat(journal.keys()).isEmpty();
    }

    @Test
    void what_repair_has_given_up_is_parked_until_people_or_another_write_come() {
        journal.markDirty("k", Side.OLD);
        journal.claim().orElseThrow().park("a unique value is taken");
        assertThat(journal.parked(10)).containsExactly(new Journal.Parked<>("k", "a unique value is taken"));
        assertThat(journal.claim()).isEmpty();
        assertThat(journal.depth()).isEqualTo(1);

        onAnotherNode.unpark();
        journal.claim().orElseThrow().park("it is still");
        onAnotherNode.markDirty("k", Side.OLD);

        assertThat(journal.parked(10)).isEmpty();
        journal.claim().orElseThrow().repaired();
        assertThat(journal.keys()).isEmpty();
    }

    @Test
    void what_a_dead_node_left_in_flight_is_handed_over() {
        journal.record("k", new Journal.Origin("dead", Side.OLD, true));
        journal.record("l", new Journal.Origin("alive", Side.OLD, true));
        onAnotherNode.countingOut("dead");
        onAnotherNode.countedOut("dead");
        onAnotherNode.countedOut("dead");

        assertThat(journal.claim().orElseThrow().key()).isEqualTo("k");
        assertThat(journal.claim()).isEmpty();
        assertThat(journal.generation()).as("nothing is lost").isZero();
    }

    @Test
    void a_write_can_not_begin_without_its_entry_and_what_is_over_is_stored_later() {
        Journal.Entry<String> cleared = journal.record("cleared", new Journal.Origin("member", Side.OLD, true));
        Journal.Entry<String> dirty = journal.record("dirty", new Journal.Origin("member", Side.OLD, true));
        down.set(true);
        assertThatThrownBy(() -> journal.record("k", new Journal.Origin("member", Side.OLD, true)))
                .isInstanceOf(JdbcJournal.JournalException.class)
                .hasMessageContaining("down");
        journal.clear(cleared);
        journal.handOver(dirty);
        assertThat(journal.isUpToDate()).isFalse();
        down.set(false);

        eventually(journal::isUpToDate);
        eventually(() -> onAnotherNode.keys().equals(List.of("dirty")));
        assertThat(onAnotherNode.claim()).isPresent();
    }

    @Test
    void in_the_cheap_mode_a_key_is_written_down_when_a_write_has_failed() {
        JdbcJournal<String> cheap = open(Mode.ON_FAILURE);
        JdbcJournal<String> cheapToo = open(Mode.ON_FAILURE);
        assertThat(cheap.id()).isEqualTo(cheapToo.id()).isNotEqualTo(journal.id());
        assertThat(cheap.knowsOperationsInFlight()).isFalse();
        Journal.Entry<String> fine = cheap.record("fine", new Journal.Origin("member", Side.OLD, true));
        Journal.Entry<String> failed = cheap.record("failed", new Journal.Origin("member", Side.NEW, true));
        assertThat(cheapToo.keys()).isEmpty();
        cheap.clear(fine);
        cheap.handOver(failed);
        cheap.handOver(failed);

        Journal.Claim<String> claim = cheapToo.claim().orElseThrow();
        assertThat(claim.key()).isEqualTo("failed");
        assertThat(claim.source()).contains(Side.NEW);
        claim.repaired();
        assertThat(cheap.keys()).isEmpty();
    }

    @Test
    void in_the_cheap_mode_the_death_of_a_node_begins_another_generation() {
        JdbcJournal<String> cheap = open(Mode.ON_FAILURE);
        cheap.countingOut("dead");

        assertThat(open(Mode.ON_FAILURE).generation()).isEqualTo(1);
    }

    @Test
    void in_the_cheap_mode_a_key_that_could_not_be_stored_holds_the_node_back() {
        JdbcJournal<String> cheap = open(Mode.ON_FAILURE);
        Journal.Entry<String> failed = cheap.record("failed", new Journal.Origin("member", Side.OLD, true));
        cheap.id();
        down.set(true);
        cheap.handOver(failed);
        assertThat(cheap.isUpToDate()).isFalse();
        down.set(false);

        eventually(cheap::isUpToDate);
        assertThat(cheap.claim().orElseThrow().key()).isEqualTo("failed");
    }

    @Test
    void two_nodes_share_the_repair_of_many_keys_and_no_key_is_repaired_by_both() throws Exception {
        for (int i = 0; i < 300; i++) {
            journal.markDirty("key-" + i, Side.OLD);
        }
        Set<String> repaired = ConcurrentHashMap.newKeySet();
        CompletableFuture<Integer> one = CompletableFuture.supplyAsync(() -> repairAll(journal, repaired));
        CompletableFuture<Integer> other = CompletableFuture.supplyAsync(() -> repairAll(onAnotherNode, repaired));

        assertThat(one.get(60, TimeUnit.SECONDS) + other.get(60, TimeUnit.SECONDS))
                .isEqualTo(300);
        assertThat(repaired).hasSize(300);
        assertThat(journal.keys()).isEmpty();
    }

    private static int repairAll(Journal<String> journal, Set<String> repaired) {
        int done = 0;
        while (journal.depth() > 0) {
            Optional<Journal.Claim<String>> claim = journal.claim();
            if (claim.isPresent() && repaired.add(claim.get().key())) {
                claim.get().repaired();
                done++;
            }
        }
        return done;
    }

    @Test
    void keys_of_many_kinds_come_back_as_they_were() {
        List<String> keys = List.of("a", "A", "a ", "ä", "\uD83D\uDE82", "it's", "x".repeat(500));
        keys.forEach(key -> journal.markDirty(key, Side.OLD));

        assertThat(onAnotherNode.keys()).containsExactlyInAnyOrderElementsOf(keys);
        assertThat(onAnotherNode.depth()).isEqualTo(keys.size());
    }
}

package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.JdbcJournal.Mode;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.store.TimeSource;
import dev.turnout.flags.threads.OwnThread;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the {@link JdbcJournalContractTest} does not ask for: orders of accesses, limits, and many keys. */
@OnEachDatabase
@Timeout(120)
class JdbcJournalTest {
    private static final String STORES = "INSERT INTO turnout_journal (";

    private final LogLines log = new LogLines(JdbcJournal.class);
    private final DataSource database;
    private final Between between;
    private final List<JdbcJournal<String>> opened = new ArrayList<>();
    private final JdbcJournal<String> journal;
    private final JdbcJournal<String> onAnotherNode;
    private long nanos;

    JdbcJournalTest(Database database) {
        this.database = database.create();
        between = new Between(this.database);
        journal = open(Mode.ALWAYS);
        onAnotherNode = opened(atRest(JdbcJournal.builder(this.database, "m", KeyCodec.strings()))
                .build());
    }

    /** With a database in which things happen in between. */
    private JdbcJournal<String> open(Mode mode) {
        return opened(builder(mode).build());
    }

    private JdbcJournal.Builder<String> builder(Mode mode) {
        return atRest(JdbcJournal.builder(between.dataSource(), "m", KeyCodec.strings())
                .mode(mode));
    }

    /** However long a claim takes on a busy machine, it is taken in time. */
    private JdbcJournal.Builder<String> atRest(JdbcJournal.Builder<String> builder) {
        builder.time = new TimeSource() {
            @Override
            public Instant now() {
                return Instant.EPOCH;
            }

            @Override
            public long nanoTime() {
                return nanos;
            }
        };
        return builder;
    }

    private JdbcJournal<String> opened(JdbcJournal<String> one) {
        opened.add(one);
        return one;
    }

    @AfterEach
    void close() {
        between.heal();
        opened.forEach(JdbcJournal::close);
        log.close();
    }

    private static Journal.Origin plain(String owner) {
        return new Journal.Origin(owner, Side.OLD, false);
    }

    private static Journal.Origin versioned() {
        return new Journal.Origin("member", Side.OLD, true);
    }

    private static void eventually(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    private long rows(String table) {
        try {
            return Statements.query(database, row -> row.getLong(1), "SELECT count(*) FROM " + table)
                    .get(0);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void entries_are_noted_when_the_key_is_claimed_and_not_before() {
        journal.record("k", Side.OLD);
        between.before(
                "UPDATE turnout_repair SET claim",
                () -> onAnotherNode.claim("k").orElseThrow().repaired());

        assertThat(journal.claim()).as("of what is repaired already").isEmpty();
        assertThat(onAnotherNode.claim("k")).as("that no node has").isPresent();
    }

    /** A pool that makes the second one wait could use up the claim's time. */
    @Test
    void a_claim_and_its_entries_are_read_by_one_connection() {
        AtomicInteger connections = new AtomicInteger();
        JdbcJournal<String> counted = opened(JdbcJournal.in(
                Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
                    connections.incrementAndGet();
                    return Faults.call(database, method, arguments);
                }),
                "m",
                KeyCodec.strings()));
        counted.record("k", Side.OLD);
        connections.set(0);

        Journal.Claim<String> claim = counted.claim("k").orElseThrow();
        assertThat(claim.source()).contains(Side.OLD);
        assertThat(connections).hasValue(1);
        claim.repaired();
        assertThat(connections).hasValue(2);
    }

    @Test
    void a_claim_that_took_too_long_to_take_is_given_back() {
        journal.record("k", Side.OLD);
        assertThat(journal.claimTimeout()).contains(Duration.ofSeconds(30));
        between.after(
                "SELECT r.record_key, j.id",
                () -> nanos += Duration.ofSeconds(3).toNanos() + 1);

        assertThat(journal.claim("k")).isEmpty();
        assertThat(journal.claim("k")).as("free again, and fast enough").isPresent();
    }

    @Test
    void an_entry_whose_source_only_a_newer_build_knows_is_left_to_that_and_keeps_no_other_waiting() {
        for (String key : List.of("known", "unknown")) {
            journal.record(key, Side.OLD);
        }
        Database.execute(database, "UPDATE turnout_journal SET source = 'BESIDE' WHERE record_key = 'unknown'");

        assertThatThrownBy(() -> journal.claim("unknown"))
                .isInstanceOf(JdbcJournal.JournalException.class)
                .hasMessageContaining("BESIDE")
                .hasMessageContaining("newer build");
        assertThat(keysOf(journal.claimSome(10))).containsExactly("known");
        assertThat(journal.claimSome(10)).isEmpty();
        assertThat(log.all())
                .anySatisfy(line -> assertThat(line)
                        .contains("Key 'unknown' is not repaired by this node", "'BESIDE'", "newer build"));
        assertThat(journal.keys()).contains("unknown");
        assertThat(journal.pending(List.of("unknown"))).containsExactly("unknown");
    }

    @Test
    void a_claim_that_is_over_passes_to_another_node_and_its_end_counts_for_nothing() {
        journal.record("k", Side.OLD);
        Journal.Claim<String> lost = journal.claim().orElseThrow();
        Database.execute(database, "UPDATE turnout_repair SET until = 0");
        Journal.Claim<String> taken = onAnotherNode.claim().orElseThrow();
        lost.repaired();
        lost.failed();
        lost.quarantine("it is over");

        assertThat(journal.depth()).isEqualTo(1);
        assertThat(journal.quarantined(10)).isEmpty();
        assertThat(journal.claim("k")).isEmpty();
        taken.repaired();
        assertThat(journal.keys()).isEmpty();
        assertThat(rows("turnout_repair")).isZero();
    }

    @Test
    void what_a_node_has_in_its_memory_alone_stays_there_until_others_can_see_it() {
        JdbcJournal<String> onFailure = open(Mode.ON_FAILURE);
        for (Journal.Origin origin : List.of(plain("member"), versioned())) {
            Journal.Entry<String> entry = onFailure.record("k", origin);
            List<String> seen = new ArrayList<>();
            between.before(STORES, () -> seen.addAll(onFailure.keys()));
            between.after(STORES, () -> seen.addAll(onFailure.pending(List.of("k"))));
            onFailure.handOver(entry);
            assertThat(seen).containsExactly("k", "k");
            onAnotherNode.claim("k").orElseThrow().repaired();
        }
    }

    @Test
    void an_entry_that_comes_into_the_table_while_keys_are_read_is_among_them() {
        JdbcJournal<String> onFailure = open(Mode.ON_FAILURE);
        Journal.Entry<String> first = onFailure.record("k", plain("member"));
        Journal.Entry<String> second = onFailure.record("l", plain("member"));
        between.after("SELECT DISTINCT record_key", () -> onFailure.handOver(first));
        assertThat(onFailure.keys()).contains("k");
        between.after("SELECT DISTINCT j.record_key", () -> onFailure.handOver(second));
        assertThat(onFailure.pending(List.of("l"))).containsExactly("l");

        assertThat(onAnotherNode.depth()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void an_entry_that_is_stored_late_while_keys_are_read_is_among_them(Mode mode) {
        JdbcJournal<String> late = open(mode);
        Journal.Entry<String> entry = late.record("k", versioned());
        late.handOverAll("member");
        onAnotherNode.claim().ifPresent(Journal.Claim::repaired);
        between.fail(STORES);
        late.handOver(entry);
        assertThat(onAnotherNode.keys()).isEmpty();
        between.after("SELECT DISTINCT record_key", () -> {
            between.heal();
            eventually(late::isUpToDate);
        });

        assertThat(late.keys()).containsExactly("k");
        assertThat(onAnotherNode.keys()).containsExactly("k");
    }

    /** Hazard 25: its moment is that of its statement, and it commits when later ones are done. */
    @Test
    void an_entry_that_commits_after_a_later_one_was_repaired_comes_up_all_the_same() {
        List<String> repairedBefore = new ArrayList<>();
        between.after(STORES, () -> {
            onAnotherNode.record("later", Side.OLD);
            List<Journal.Claim<String>> claims = new ArrayList<>(onAnotherNode.claimSome(10));
            repairedBefore.addAll(keysOf(claims));
            onAnotherNode.repaired(claims);
        });

        journal.record("earlier", Side.OLD);

        assertThat(repairedBefore).containsExactly("later");
        assertThat(onAnotherNode.keys()).containsExactly("earlier");
        assertThat(keysOf(onAnotherNode.claimSome(10))).containsExactly("earlier");
    }

    /** Hazard 26: of two connections, the one with the higher id and the later moment commits first, and is repaired. */
    @Test
    void entries_come_up_in_whatever_order_of_their_ids_they_commit() throws SQLException {
        String insert =
                "INSERT INTO turnout_journal (id, migration, record_key, source, owner, waits_since) VALUES (?, 'm', ?, 'OLD', 'o', ?)";
        assertThat(journal.keys()).isEmpty(); // the tables are there
        try (Connection first = database.getConnection();
                Connection second = database.getConnection()) {
            first.setAutoCommit(false);
            second.setAutoCommit(false);
            Statements.update(first, insert, 101L, "101", 1L);
            Statements.update(second, insert, 102L, "102", 2L);
            second.commit();
            List<Journal.Claim<String>> claims = new ArrayList<>(journal.claimSome(10));
            assertThat(keysOf(claims)).containsExactly("102");
            journal.repaired(claims);
            assertThat(onAnotherNode.keys()).isEmpty();
            first.commit();
            first.setAutoCommit(true);
            second.setAutoCommit(true);
        }

        assertThat(onAnotherNode.pending(List.of("101", "102"))).containsExactly("101");
        assertThat(keysOf(journal.claimSome(10))).containsExactly("101");
    }

    @Test
    void a_hand_over_comes_either_before_the_eviction_is_stored_or_not_at_all() throws Exception {
        JdbcJournal<String> onFailure = open(Mode.ON_FAILURE);
        AtomicLong depthAtTheEviction = new AtomicLong(-1);
        CompletableFuture<?> evicting = new CompletableFuture<>();
        between.after("SELECT evicted_at", () -> {
            var unused = OwnThread.run(() -> {
                        onFailure.handOverAll("member");
                        depthAtTheEviction.set(onAnotherNode.depth());
                    })
                    .whenComplete((nothing, problem) -> evicting.complete(null));
            try {
                evicting.get(300, TimeUnit.MILLISECONDS); // it cannot, but if nothing keeps it from that
            } catch (TimeoutException e) {
                return;
            } catch (InterruptedException | ExecutionException e) {
                throw new IllegalStateException(e);
            }
        });
        onFailure.handOver(onFailure.record("k", plain("member")));
        evicting.get(20, TimeUnit.SECONDS);

        assertThat(depthAtTheEviction).hasValue(1);
        onFailure.handOver(onFailure.record("l", plain("member")));
        assertThat(onAnotherNode.keys()).containsExactly("k");
        assertThat(onFailure.keys()).containsExactly("k");
    }

    /** Who evicts may die in between; others find the owner, and look before they sweep. */
    @Test
    void a_member_whose_eviction_has_begun_is_named_until_it_is_stored() {
        JdbcJournal<String> onFailure = open(Mode.ON_FAILURE);
        Journal.Entry<String> inMemory = onFailure.record("k", plain("member"));
        onFailure.evicting("member");
        assertThat(onFailure.owners()).containsExactly("member");
        onFailure.handOverAll("member");
        assertThat(onFailure.owners()).isEmpty();
        onFailure.handOver(inMemory);

        assertThat(onAnotherNode.keys()).isEmpty();
    }

    @Test
    void evicted_members_are_remembered_for_thirty_days() {
        JdbcJournal<String> onFailure = open(Mode.ON_FAILURE);
        for (String owner : List.of("long ago", "lately")) {
            onFailure.handOverAll(owner);
        }
        Database.execute(
                database,
                "UPDATE turnout_journal_owner SET evicted_at = evicted_at - "
                        + Duration.ofDays(30).toMillis() + " WHERE owner = 'long ago'",
                "UPDATE turnout_journal_owner SET evicted_at = evicted_at - "
                        + Duration.ofDays(29).toMillis() + " WHERE owner = 'lately'");
        eventually(() -> {
            onFailure.handOverAll("now"); // a millisecond later at least
            return rows("turnout_journal_owner") == 2;
        });

        onFailure.handOver(onFailure.record("k", plain("lately")));
        assertThat(onAnotherNode.keys()).isEmpty();
    }

    @Test
    void a_write_cannot_begin_without_its_entry_and_one_whose_answer_is_cut_does_not_stay() {
        Faults faults = new Faults(database);
        JdbcJournal<String> cut = opened(JdbcJournal.in(faults.dataSource(), "m", KeyCodec.strings()));
        cut.clear(cut.record("k", versioned()));
        faults.failAt(2, true); // the statement, after the connection

        assertThatThrownBy(() -> cut.record("k", versioned()))
                .isInstanceOf(JdbcJournal.JournalException.class)
                .hasMessageContaining("Cut at step 2");
        eventually(cut::isUpToDate);
        assertThat(onAnotherNode.keys()).isEmpty();
    }

    @Test
    void a_key_that_does_not_fit_is_refused_before_anything_happens() {
        for (Mode mode : Mode.values()) {
            JdbcJournal<String> one = open(mode);
            assertThatThrownBy(() -> one.record("x".repeat(501), versioned()))
                    .isInstanceOf(JdbcJournal.JournalException.class)
                    .hasMessageContaining("501 characters");
            assertThat(one.isUpToDate()).isTrue();
        }
    }

    @Test
    void when_no_more_can_wait_no_more_operations_begin_and_nothing_is_forgotten() {
        JdbcJournal.Builder<String> small = builder(Mode.ALWAYS);
        small.mostUnsent = 2;
        JdbcJournal<String> one = opened(small.build());
        List<Journal.Entry<String>> inFlight = Stream.of("k", "l", "m")
                .map(key -> one.record(key, versioned()))
                .toList();
        between.fail("turnout_journal SET waits_since");
        inFlight.forEach(one::handOver);

        assertThatThrownBy(() -> one.record("n", versioned()))
                .isInstanceOf(JdbcJournal.JournalException.class)
                .hasMessageContaining("2 operations that are over wait until the journal can be written");
        between.heal();
        eventually(one::isUpToDate);
        assertThat(onAnotherNode.depth()).isEqualTo(3);
        one.clear(one.record("n", versioned()));
    }

    @Test
    void when_no_more_can_wait_the_cheap_mode_forgets_and_asks_for_another_sweep() {
        JdbcJournal.Builder<String> small = builder(Mode.ON_FAILURE);
        small.mostUnsent = 1;
        JdbcJournal<String> one = opened(small.build());
        List<Journal.Entry<String>> inFlight = Stream.of("k", "l", "m")
                .map(key -> one.record(key, versioned()))
                .toList();
        between.fail("turnout_journal");
        inFlight.forEach(one::handOver);
        assertThat(one.isUpToDate()).isFalse();
        assertThat(onAnotherNode.generation()).isZero();
        between.fail("turnout_journal_head SET");
        eventually(() -> onAnotherNode.depth() == 1);
        assertThat(one.isUpToDate()).isFalse();
        between.heal();
        eventually(one::isUpToDate);

        assertThat(onAnotherNode.generation()).isEqualTo(1);
        assertThat(one.keys()).containsExactly("k");
    }

    @Test
    void what_is_lost_when_it_is_closed_is_logged() {
        JdbcJournal<String> onFailure = open(Mode.ON_FAILURE);
        Journal.Entry<String> entry = onFailure.record("k", versioned());
        between.fail("turnout_journal");
        onFailure.handOver(entry);
        onFailure.close();

        assertThat(log.all())
                .hasSize(2)
                .last()
                .asString()
                .startsWith("WARN The journal is closed while it cannot be written, migration=m.");
    }

    @Test
    void the_modes_are_different_journals() {
        JdbcJournal<String> onFailure = open(Mode.ON_FAILURE);

        assertThat(onFailure.id()).isEqualTo(open(Mode.ON_FAILURE).id()).isNotEqualTo(journal.id());
        assertThat(journal.id()).isEqualTo(onAnotherNode.id());
        assertThat(journal.knowsOperationsInFlight()).isTrue();
        assertThat(onFailure.knowsOperationsInFlight()).isFalse();
    }

    @Test
    void of_many_keys_all_that_are_pending_are_found() {
        journal.record("in flight", versioned());
        journal.record("waits", Side.OLD);
        List<String> asked = new ArrayList<>(List.of("waits", "other", "WAITS"));
        for (int i = 0; i < 1_200; i++) {
            asked.add("one of many " + i);
        }
        asked.add("in flight"); // more than one statement asks for

        assertThat(onAnotherNode.pending(asked)).containsExactlyInAnyOrder("in flight", "waits");
    }

    @Test
    void a_key_with_many_entries_is_repaired_at_once() {
        for (int i = 0; i < 1_001; i++) { // more than one statement deletes
            onAnotherNode.record("k", Side.OLD);
        }
        onAnotherNode.claim().orElseThrow().repaired();

        assertThat(rows("turnout_journal")).isZero();
    }

    @Test
    void who_asks_often_has_only_some_entries_counted() {
        for (int i = 0; i < 30; i++) {
            journal.record("k" + (i / 2), Side.OLD);
        }

        assertThat(journal.depth()).isEqualTo(15);
        assertThat(journal.depth(100)).isEqualTo(15);
        assertThat(journal.depth(10)).isBetween(5L, 10L);
    }

    @Test
    void each_of_many_keys_comes_up_for_repair() {
        for (int i = 0; i < 700; i++) {
            journal.record("k" + (i % 350), Side.OLD);
        }
        Set<String> repaired = new HashSet<>();
        for (Optional<Journal.Claim<String>> next = journal.claim(); next.isPresent(); next = journal.claim()) {
            assertThat(repaired.add(next.get().key())).isTrue();
            next.get().repaired();
        }

        assertThat(repaired).hasSize(350);
        assertThat(journal.keys()).isEmpty();
    }

    private static Set<String> keysOf(List<Journal.Claim<String>> claims) {
        return claims.stream().map(Journal.Claim::key).collect(Collectors.toSet());
    }

    @Test
    void many_keys_are_claimed_and_ended_by_as_few_statements_as_one() {
        List<String> statements = new ArrayList<>();
        assertThat(journal.claimSome(1)).isEmpty(); // the tables are there
        for (int keys : new int[] {1, 150}) {
            for (int i = 0; i < 3 * keys; i++) {
                onAnotherNode.record("k" + (i % keys), Side.OLD);
            }
            List<Journal.Claim<String>> claims = new ArrayList<>();
            int toClaim = between.count(() -> claims.addAll(journal.claimSome(200)));
            int toEnd = between.count(() -> journal.repaired(claims));

            assertThat(keysOf(claims)).hasSize(keys);
            assertThat(onAnotherNode.claimSome(200)).isEmpty();
            assertThat(rows("turnout_journal")).isZero();
            assertThat(rows("turnout_repair")).isZero();
            statements.add(toClaim + " and " + toEnd);
        }
        assertThat(statements).containsExactly("4 and 3", "4 and 3");
    }

    @Test
    void of_keys_that_were_claimed_together_each_is_given_to_one_and_ends_alone() {
        for (String key : List.of("repaired", "failed", "released", "quarantined", "lost", "taken")) {
            onAnotherNode.record(key, Side.OLD);
        }
        Journal.Claim<String> others = onAnotherNode.claim("taken").orElseThrow();
        Map<String, Journal.Claim<String>> claims = new HashMap<>();
        journal.claimSome(10).forEach(claim -> claims.put(claim.key(), claim));
        assertThat(claims).containsOnlyKeys("repaired", "failed", "released", "quarantined", "lost");
        assertThat(onAnotherNode.claimSome(10)).isEmpty();

        Database.execute(database, "UPDATE turnout_repair SET until = 0 WHERE record_key = 'lost'");
        Journal.Claim<String> again = onAnotherNode.claim("lost").orElseThrow();
        onAnotherNode.record("repaired", Side.OLD); // after it was claimed
        claims.get("failed").failed();
        // It is tried again after a moment, by the clock of the database: not while this continues, however long that
        // takes.
        Database.execute(
                database,
                "UPDATE turnout_repair SET until = until + 3600000 WHERE record_key = 'failed' AND failures = 1 AND claim = 0");
        claims.get("quarantined").quarantine("fix it");
        journal.release(List.of(claims.get("released")));
        journal.repaired(List.of(claims.get("repaired"), claims.get("lost")));

        assertThat(keysOf(onAnotherNode.claimSome(10))).containsExactlyInAnyOrder("repaired", "released");
        assertThat(onAnotherNode.quarantined(10))
                .extracting(Journal.Quarantined::key)
                .containsExactly("quarantined");
        again.repaired();
        others.repaired();
        assertThat(journal.keys()).containsExactlyInAnyOrder("repaired", "failed", "released", "quarantined");
    }

    @Test
    void entries_that_are_handed_over_while_many_keys_are_claimed_are_noted_or_stay() {
        journal.record("a", Side.OLD);
        journal.record("b", Side.OLD);
        // Only that row: a database that locks rows which it looks at makes the rest of a hand-over wait for the claim.
        between.before(
                "SELECT r.record_key, j.id",
                () -> Database.execute(
                        database,
                        "INSERT INTO turnout_journal (id, migration, record_key, source, owner, waits_since) VALUES (1, 'm', 'a', 'OLD', 'o', 1)"));
        List<Journal.Claim<String>> claims = new ArrayList<>(journal.claimSome(10));
        onAnotherNode.record("b", Side.OLD);

        journal.repaired(claims);

        assertThat(journal.keys()).containsExactly("b");
    }

    @Test
    void a_key_that_another_node_has_repaired_just_before_it_is_claimed_has_no_entries_left() {
        journal.record("a", Side.OLD);
        between.before(
                "UPDATE turnout_repair SET claim",
                () -> onAnotherNode.claimSome(1).forEach(Journal.Claim::repaired));

        Optional<Journal.Claim<String>> claim = journal.claim("a");

        assertThat(claim).isPresent();
        assertThat(claim.get().source()).isEmpty();
    }

    @Test
    void two_nodes_that_claim_the_same_keys_at_the_same_moment_share_them() {
        for (int i = 0; i < 10; i++) {
            journal.record("k" + i, Side.OLD);
        }
        List<Journal.Claim<String>> others = new ArrayList<>();
        between.before(
                "UPDATE turnout_repair SET claim",
                () -> others.addAll(onAnotherNode.claimSome(4))); // both have read what is due

        List<Journal.Claim<String>> ours = journal.claimSome(10);

        assertThat(others).hasSize(4);
        assertThat(ours).hasSize(6);
        assertThat(keysOf(ours)).doesNotContainAnyElementsOf(keysOf(others));
    }

    @Test
    void quarantined_keys_come_up_when_they_are_written_or_unquarantined_and_their_other_entries_with_them() {
        for (String key : List.of("written", "retried")) {
            journal.record(key, Side.OLD);
            journal.record(key, Side.NEW);
        }
        journal.claimSome(10).forEach(claim -> claim.quarantine("fix it"));
        assertThat(onAnotherNode.claimSome(10)).isEmpty();
        assertThat(journal.quarantined(10)).hasSize(2);

        journal.record("written", Side.OLD);
        assertThat(keysOf(onAnotherNode.claimSome(10))).containsExactly("written");
        Database.execute(database, "UPDATE turnout_repair SET until = 0 WHERE record_key = 'written'");
        journal.retryQuarantined();
        for (int source = 0; source < 2; source++) {
            List<Journal.Claim<String>> claims = new ArrayList<>(onAnotherNode.claimSome(10));
            assertThat(keysOf(claims)).containsExactlyInAnyOrder("written", "retried");
            onAnotherNode.repaired(claims);
        }
        assertThat(journal.keys()).isEmpty();
    }

    /** Without an index, and a way along it, that takes half a second, and again and again. */
    @Test
    void looking_for_what_is_due_reads_no_quarantined_key_and_no_more_where_there_are_many() throws SQLException {
        assumeTrue(isPostgres(), "other databases report it otherwise");
        assertThat(onAnotherNode.claimSome(1)).isEmpty(); // the tables are there
        int quarantined = 20_000;
        Database.execute(
                database,
                "INSERT INTO turnout_journal (id, migration, record_key, source, owner, waits_since, is_parked)"
                        + " SELECT n, 'm', 'quarantined ' || n, 'OLD', 'o', n, 1 FROM generate_series(1, " + quarantined
                        + ") n",
                "INSERT INTO turnout_repair (migration, record_key, claim, until, failures, problem)"
                        + " SELECT 'm', 'quarantined ' || n, 0, " + Long.MAX_VALUE
                        + ", 1, 'fix it' FROM generate_series(1, "
                        + quarantined + ") n");
        onAnotherNode.record("due", Side.OLD);

        for (String statistics : List.of("SELECT 1", "ANALYZE")) {
            Database.execute(database, statistics);
            String plan = String.join(
                            "\n",
                            Statements.query(
                                    database,
                                    row -> row.getString(1),
                                    "EXPLAIN (ANALYZE, BUFFERS) " + JournalClaims.dueSql(Dialect.POSTGRES.nowMillis()),
                                    "m",
                                    "m"))
                    .replaceFirst("(?s)Planning:.*", "");
            int pages = Pattern.compile("Buffers: shared hit=(\\d+)(?: read=(\\d+))?")
                    .matcher(plan)
                    .results()
                    .mapToInt(found -> Integer.parseInt(found.group(1))
                            + (found.group(2) == null ? 0 : Integer.parseInt(found.group(2))))
                    .max()
                    .orElseThrow();
            assertThat(pages).as(plan).isLessThan(50);
            assertThat(plan).doesNotContain("temp").doesNotContain("Hash");
        }
        assertThat(keysOf(onAnotherNode.claimSome(10))).containsExactly("due");
    }

    private boolean isPostgres() throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Dialect.of(connection) == Dialect.POSTGRES;
        }
    }

    @Test
    void two_nodes_share_the_repair_of_many_keys_and_no_key_is_repaired_by_both() throws Exception {
        for (int i = 0; i < 300; i++) {
            journal.record("key-" + i, Side.OLD);
        }
        Set<String> repaired = ConcurrentHashMap.newKeySet();
        CompletableFuture<Integer> one = OwnThread.supply(() -> repairAll(journal, repaired));
        CompletableFuture<Integer> other = OwnThread.supply(() -> repairAll(onAnotherNode, repaired));

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
        keys.forEach(key -> journal.record(key, Side.OLD));

        assertThat(onAnotherNode.keys()).containsExactlyInAnyOrderElementsOf(keys);
        assertThat(onAnotherNode.depth()).isEqualTo(keys.size());
    }
}

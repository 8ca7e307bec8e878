package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.ChangeId;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.LastChange;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.StaleRevisionException;
import dev.turnout.flags.store.TimeSource;
import dev.turnout.flags.store.Watchers;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@OnEachDatabase
@Timeout(300) // a loop without end fails by it
class JdbcFlagStoreTest {
    private static final EntryKey CHECKOUT = EntryKey.flag("checkout");
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.123456789Z");
    private static final Duration SOON = Duration.ofMillis(5);
    private static final Duration NEVER = Duration.ofDays(1);

    private final DataSource database;
    private final Faults faults;
    private final List<JdbcFlagStore> opened = new ArrayList<>();

    JdbcFlagStoreTest(Database kind) {
        database = kind.create();
        faults = new Faults(database);
    }

    @AfterEach
    void close() {
        opened.forEach(JdbcFlagStore::close);
    }

    private JdbcFlagStore open(Duration pollInterval) {
        TimeSource time = new TimeSource() {
            @Override
            public Instant now() {
                return NOW;
            }

            @Override
            public long nanoTime() {
                return System.nanoTime();
            }
        };
        JdbcFlagStore store = JdbcFlagStore.builder(faults.dataSource())
                .pollInterval(pollInterval)
                .time(time)
                .build();
        opened.add(store);
        return store;
    }

    private static Flag checkout(int sharePpm) {
        return Flag.bool("checkout").share(sharePpm, "on").build();
    }

    private static int share(Snapshot snapshot) {
        return snapshot.document()
                .flags()
                .get("checkout")
                .rules()
                .get(0)
                .share()
                .ppm();
    }

    private static Change change(int sharePpm, ChangeId expected) {
        return Change.by("ana", "share " + sharePpm).put(checkout(sharePpm), expected);
    }

    /** The same, of what the store has. */
    private static Change change(int sharePpm, JdbcFlagStore store) {
        return change(sharePpm, store.read().idOf(CHECKOUT));
    }

    private static <T> List<T> atOnce(int threads, Callable<T> task) throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try {
            CyclicBarrier start = new CyclicBarrier(threads);
            List<Future<T>> running = IntStream.range(0, threads)
                    .mapToObj(i -> executor.submit(() -> {
                        start.await();
                        return task.call();
                    }))
                    .toList();
            List<T> results = new ArrayList<>();
            for (Future<T> each : running) {
                results.add(each.get(60, TimeUnit.SECONDS));
            }
            return results;
        } finally {
            executor.shutdownNow();
        }
    }

    private static Snapshot next(BlockingQueue<Snapshot> told) throws InterruptedException {
        Snapshot snapshot = told.poll(10, TimeUnit.SECONDS);
        assertThat(snapshot).as("notified within 10 s").isNotNull();
        return snapshot;
    }

    @Test
    void a_new_store_is_empty() {
        JdbcFlagStore store = open(NEVER);

        assertThat(store.read()).isEqualTo(Snapshot.EMPTY);
        assertThat(store.history(10)).isEmpty();
    }

    @Test
    void what_one_store_applies_another_reads() {
        Snapshot applied = open(NEVER)
                .apply(Change.by("ana", "first flags")
                        .put(Cohort.of("friends", "u1", "u2"), Change.ABSENT)
                        .put(
                                Flag.bool("checkout")
                                        .rule(new Rule(List.of("friends"), List.of(), 1_000_000, "on"))
                                        .build(),
                                Change.ABSENT)
                        .put(MigrationState.startingAt("places", Stage.DUAL_WRITE), Change.ABSENT));

        assertThat(applied.revision()).isEqualTo(1);
        assertThat(open(NEVER).read()).isEqualTo(applied);
        assertThat(applied.lastChange(CHECKOUT))
                .contains(new LastChange(
                        new ChangeId(1, applied.id().nonce()),
                        Instant.parse("2026-03-01T12:00:00.123456Z"),
                        "ana",
                        "first flags"));
    }

    @Test
    void a_migration_keeps_its_incarnation_and_is_removed_only_when_it_is_over() {
        JdbcFlagStore store = open(NEVER);
        EntryKey key = EntryKey.migration("places");
        MigrationState state = MigrationState.startingAt("places", "one", Stage.SHADOW);
        ChangeId first =
                store.apply(Change.by("ana", "begin").put(state, Change.ABSENT)).idOf(key);

        assertThat(open(NEVER).read().document().migrations()).containsEntry("places", state);
        assertThatThrownBy(() -> store.apply(Change.by("ana", "clean up").remove(key, first)))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("cannot be removed");
        assertThatThrownBy(() -> store.apply(
                        Change.by("ana", "again").put(MigrationState.startingAt("places", "two", Stage.SHADOW), first)))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("the incarnation of an entry cannot change");

        Facts facts = new Facts(true, "", slice -> List.of());
        MigrationState off = state.moved(Goal.of(Stage.OFF), facts);
        ChangeId second = store.apply(Change.by("ana", "back").put(off, first)).idOf(key);
        store.apply(Change.by("ana", "clean up").remove(key, second));
        assertThat(open(NEVER).read().document().migrations()).isEmpty();
    }

    @Test
    void keys_that_differ_in_case_are_different_flags() {
        JdbcFlagStore store = open(NEVER);
        store.apply(Change.by("ana", "two")
                .put(Flag.bool("checkout").build(), Change.ABSENT)
                .put(Flag.bool("Checkout").build(), Change.ABSENT));

        Snapshot state = store.apply(Change.by("ana", "one")
                .remove(EntryKey.flag("Checkout"), store.read().idOf(EntryKey.flag("Checkout"))));

        assertThat(store.read()).isEqualTo(state);
        assertThat(state.document().flags()).containsOnlyKeys("checkout");
    }

    @Test
    void all_of_unicode_and_entries_of_a_megabyte_are_kept() {
        JdbcFlagStore store = open(NEVER);
        String[] members = IntStream.range(0, 100_000)
                .mapToObj(i -> "\u017c\ud83d\ude82 '\\" + i)
                .toArray(String[]::new);
        store.apply(Change.by("\u017beby \ud83d\ude82", "it's a \\ \"test\"")
                .put(Cohort.of("friends", members), Change.ABSENT));

        Snapshot state = store.apply(Change.by("ana", "more")
                .put(Cohort.of("friends", "one"), store.read().idOf(EntryKey.cohort("friends"))));

        assertThat(store.read()).isEqualTo(state);
        AuditEntry first = store.history(2).get(1);
        assertThat(first.change().by()).isEqualTo("\u017beby \ud83d\ude82");
        assertThat(first.change().reason()).isEqualTo("it's a \\ \"test\"");
        assertThat(first.edits().get(0).after())
                .hasSizeGreaterThan(1_000_000)
                .isEqualTo(store.history(1).get(0).edits().get(0).before());
    }

    @Test
    void each_entry_keeps_the_revision_of_its_own_last_change() {
        JdbcFlagStore store = open(NEVER);
        store.apply(change(1, Change.ABSENT));
        store.apply(Change.by("ben", "friends").put(Cohort.of("friends", "u1"), Change.ABSENT));

        Snapshot state = store.apply(change(2, store)); // the cohort's change in between does not matter

        assertThat(state.revisionOf(CHECKOUT)).isEqualTo(3);
        assertThat(state.revisionOf(EntryKey.cohort("friends"))).isEqualTo(2);
        assertThat(store.read()).isEqualTo(state);
    }

    @Test
    void an_entry_can_be_removed_and_put_again() {
        JdbcFlagStore store = open(NEVER);
        store.apply(change(1, Change.ABSENT));

        Snapshot removed = store.apply(
                Change.by("ana", "not needed").remove(CHECKOUT, store.read().idOf(CHECKOUT)));
        Snapshot again = store.apply(change(7, Change.ABSENT));

        assertThat(removed.document().flags()).isEmpty();
        assertThat(again.revisionOf(CHECKOUT)).isEqualTo(3);
        assertThat(share(store.read())).isEqualTo(7);
    }

    @Test
    void an_edit_from_a_stale_revision_is_refused_as_a_whole_and_says_who_was_faster() {
        JdbcFlagStore ana = open(NEVER);
        JdbcFlagStore ben = open(NEVER);
        ChangeId first = ana.apply(change(1, Change.ABSENT)).idOf(CHECKOUT);
        ben.apply(Change.by("ben", "two is better").put(checkout(2), first));

        StaleRevisionException refused = catchThrowableOfType(
                StaleRevisionException.class,
                () -> ana.apply(Change.by("ana", "three")
                        .put(Cohort.of("friends"), Change.ABSENT)
                        .put(checkout(3), first)));

        assertThat(refused).hasMessageContaining("ben").hasMessageContaining("two is better");
        assertThat(refused.current()).map(LastChange::revision).contains(2L);
        assertThat(ana.read().revision()).isEqualTo(2);
        assertThat(ana.read().document().cohorts()).isEmpty();
        assertThat(ana.history(10)).hasSize(2);
    }

    @Test
    void a_change_whose_result_is_not_valid_leaves_no_trace() {
        JdbcFlagStore store = open(NEVER);
        Flag forStrangers = Flag.bool("checkout")
                .rule(new Rule(List.of("strangers"), List.of(), 1_000_000, "on"))
                .build();

        assertThatThrownBy(() -> store.apply(Change.by("ana", "oops").put(forStrangers, Change.ABSENT)))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("strangers");

        assertThat(store.read()).isEqualTo(Snapshot.EMPTY);
        assertThat(store.history(10)).isEmpty();
    }

    @Test
    void concurrent_changes_lose_no_update_and_take_revisions_without_gaps() throws Exception {
        JdbcFlagStore first = open(NEVER);
        JdbcFlagStore second = open(NEVER);
        first.apply(change(0, Change.ABSENT));

        List<List<Long>> revisions = atOnce(8, () -> {
            JdbcFlagStore store = Thread.currentThread().getId() % 2 == 0 ? first : second;
            List<Long> mine = new ArrayList<>();
            while (mine.size() < 8) {
                Snapshot now = store.read();
                try {
                    mine.add(store.apply(change(share(now) + 1, now.idOf(CHECKOUT)))
                            .revision());
                } catch (StaleRevisionException e) {
                    // another change was faster: again, from what there is now
                }
            }
            return mine;
        });

        assertThat(share(first.read())).isEqualTo(8 * 8);
        assertThat(revisions).allSatisfy(mine -> assertThat(mine).isSorted());
        assertThat(revisions.stream().flatMap(List::stream))
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.rangeClosed(2, 8 * 8 + 1).boxed().toList());
        assertThat(first.history(1_000).stream().map(entry -> entry.change().revision()))
                .hasSize(8 * 8 + 1)
                .isSortedAccordingTo(java.util.Comparator.reverseOrder());
    }

    @Test
    void history_tells_each_change_newest_first_with_before_and_after() {
        JdbcFlagStore store = open(NEVER);
        store.apply(change(1, Change.ABSENT));
        store.apply(Change.by("ben", "swap")
                .remove(CHECKOUT, store.read().idOf(CHECKOUT))
                .put(Cohort.of("friends", "u1"), Change.ABSENT));

        List<AuditEntry> history = store.history(10);

        assertThat(history).extracting(entry -> entry.change().by()).containsExactly("ben", "ana");
        List<AuditEntry.Edit> swap = history.get(0).edits();
        assertThat(swap).extracting(AuditEntry.Edit::key).containsExactly(CHECKOUT, EntryKey.cohort("friends"));
        assertThat(swap.get(0).before()).isEqualTo(history.get(1).edits().get(0).after());
        assertThat(swap.get(0).after()).isEmpty();
        assertThat(swap.get(1).before()).isEmpty();
        assertThat(swap.get(1).after()).contains("u1");
        assertThat(store.history(1)).isEqualTo(history.subList(0, 1));
        assertThat(store.history(0)).isEmpty();
        assertThatThrownBy(() -> store.history(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void where_any_of_its_statements_fails_a_change_has_neither_effect_nor_audit() {
        JdbcFlagStore store = open(NEVER);
        Snapshot before = store.apply(change(1, Change.ABSENT));

        Change second = change(2, store);
        int step = 1;
        for (; step < 100; step++) {
            faults.failAt(step, false);
            try {
                store.apply(second);
                break;
            } catch (FlagStoreException e) {
                assertThat(e).hasMessageContaining("ana").hasMessageContaining("Cut at step " + step);
            }
            assertThat(store.read()).isEqualTo(before);
            assertThat(store.history(10)).hasSize(1);
        }

        faults.stop();
        assertThat(step).as("steps of a change").isBetween(6, 20);
        assertThat(share(store.read())).isEqualTo(2);
        assertThat(store.history(10)).hasSize(2);
    }

    @Test
    void where_the_database_refuses_the_audit_it_refuses_the_change() {
        JdbcFlagStore store = open(NEVER);
        Database.execute(database, "ALTER TABLE turnout_audit_edit ADD CONSTRAINT full_disk CHECK (kind <> 'flag')");

        assertThatThrownBy(() -> store.apply(change(1, Change.ABSENT)))
                .isInstanceOf(FlagStoreException.class)
                .hasMessageContaining("cannot be stored")
                .hasMessageContainingAll("ana", "share 1");

        assertThat(store.read()).isEqualTo(Snapshot.EMPTY);
        assertThat(store.history(10)).isEmpty();
    }

    @Test
    void a_change_whose_commit_was_lost_on_the_way_back_is_there_when_read() {
        JdbcFlagStore store = open(NEVER);
        store.apply(change(1, Change.ABSENT));
        Change second = change(2, store);
        FlagStoreException lost = null;
        for (int step = 1; step < 100 && store.read().revision() == 1; step++) { // the last step is the commit
            faults.failAt(step, true);
            lost = catchThrowableOfType(FlagStoreException.class, () -> store.apply(second));
            faults.stop();
        }

        assertThat(store.read().revision()).isEqualTo(2);
        assertThat(lost).isNotNull().hasMessageContaining("Read the flags to find out");
        assertThat(store.history(10)).hasSize(2);
    }

    @Test
    void stores_that_are_opened_at_once_on_an_empty_database_all_work() throws Exception {
        List<JdbcFlagStore> stores = atOnce(8, () -> JdbcFlagStore.in(database));
        opened.addAll(stores);

        stores.get(0).apply(change(1, Change.ABSENT));

        assertThat(stores)
                .allSatisfy(store -> assertThat(store.read().revision()).isEqualTo(1));
    }

    @Test
    void a_store_that_is_opened_again_has_what_it_had() {
        JdbcFlagStore before = open(NEVER);
        Snapshot state = before.apply(change(1, Change.ABSENT));
        before.close();

        assertThat(open(NEVER).read()).isEqualTo(state);
    }

    @Test
    void two_nodes_see_each_others_changes_in_order() throws Exception {
        JdbcFlagStore one = open(SOON);
        JdbcFlagStore other = open(SOON);
        BlockingQueue<Snapshot> toldOne = new LinkedBlockingQueue<>();
        BlockingQueue<Snapshot> toldOther = new LinkedBlockingQueue<>();
        one.watch(toldOne::add);
        other.watch(toldOther::add);

        ChangeId seen = Change.ABSENT;
        for (int i = 1; i <= 20; i++) {
            seen = (i % 2 == 0 ? one : other).apply(change(i, seen)).idOf(CHECKOUT);
        }

        for (BlockingQueue<Snapshot> told : List.of(toldOne, toldOther)) {
            long last = 0;
            while (last < 20) {
                Snapshot snapshot = next(told);
                assertThat(snapshot.revision()).isGreaterThan(last);
                assertThat(share(snapshot)).isEqualTo((int) snapshot.revision());
                last = snapshot.revision();
            }
        }
    }

    @Test
    void what_follows_a_change_is_looked_for_often_and_not_for_long() throws Exception {
        AtomicLong nanos = new AtomicLong();
        TimeSource time = new TimeSource() {
            @Override
            public Instant now() {
                return NOW;
            }

            @Override
            public long nanoTime() {
                return nanos.get();
            }
        };
        try (JdbcFlagStore store =
                JdbcFlagStore.builder(database).pollInterval(NEVER).time(time).build()) {
            BlockingQueue<Snapshot> told = new LinkedBlockingQueue<>();
            store.watch(told::add);
            assertThat(store.pause()).isEqualTo(NEVER);

            store.apply(change(1, Change.ABSENT));
            next(told);

            assertThat(store.pause()).isEqualTo(Duration.ofMillis(25));
            nanos.addAndGet(Duration.ofSeconds(4).toNanos());
            assertThat(store.pause()).isEqualTo(Duration.ofMillis(25));
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            assertThat(store.pause()).isEqualTo(NEVER);
        }
    }

    /** A server that had not received the last commit takes over; then another change gets the number of the one that is lost. */
    @Test
    void a_database_that_has_lost_its_last_commit_is_news_also_where_another_change_has_the_same_revision()
            throws Exception {
        JdbcFlagStore node = open(SOON);
        JdbcFlagStore editor = open(NEVER);
        Snapshot first = editor.apply(change(10, Change.ABSENT));
        BlockingQueue<Snapshot> told = new LinkedBlockingQueue<>();
        node.watch(told::add);
        Database.execute(
                database,
                "CREATE TABLE backup_head AS SELECT * FROM turnout_head",
                "CREATE TABLE backup_entry AS SELECT * FROM turnout_entry");
        Snapshot lost = editor.apply(change(20, editor));
        while (!next(told).equals(lost)) {
            // It may have been notified of the first one too.
        }

        Database.execute(
                database,
                "DELETE FROM turnout_audit WHERE revision = 2",
                "DELETE FROM turnout_entry",
                "INSERT INTO turnout_entry SELECT * FROM backup_entry",
                "UPDATE turnout_head SET revision = (SELECT revision FROM backup_head), nonce = (SELECT nonce FROM backup_head)");
        assertThat(next(told)).isEqualTo(first);
        Snapshot another = editor.apply(change(30, editor));

        assertThat(next(told)).isEqualTo(another);
        assertThat(another.revision()).isEqualTo(lost.revision());
        assertThat(another.id()).isNotEqualTo(lost.id());
        assertThat(another.id().incarnation())
                .isEqualTo(first.id().incarnation())
                .isNotEmpty();
        assertThat(open(NEVER).read().id()).isEqualTo(another.id());

        // Who has seen the change that is lost has not seen the other one of its revision.
        assertThat(another.revisionOf(CHECKOUT)).isEqualTo(lost.revisionOf(CHECKOUT));
        assertThatThrownBy(() -> editor.apply(change(40, lost.idOf(CHECKOUT))))
                .isInstanceOf(StaleRevisionException.class)
                .hasMessageContaining(
                        "it was set back, or is another one; there, ana changed it at revision 2 (share 30)");
        assertThat(editor.read()).isEqualTo(another);
    }

    /** An older build, which may still run beside this one, writes no nonce. */
    @Test
    void an_entry_that_an_older_build_has_written_has_a_name_too() {
        JdbcFlagStore store = open(NEVER);
        store.apply(change(10, Change.ABSENT));
        Database.execute(database, "UPDATE turnout_entry SET nonce = DEFAULT");
        ChangeId older = store.read().idOf(CHECKOUT);
        assertThat(older.nonce()).isNotEmpty();
        assertThat(open(NEVER).read().idOf(CHECKOUT)).isEqualTo(older);

        Database.execute(database, "UPDATE turnout_entry SET body = REPLACE(body, '10', '30')"); // of another history
        assertThat(share(store.read())).isEqualTo(30);
        assertThat(store.read().revisionOf(CHECKOUT)).isEqualTo(older.revision());
        assertThatThrownBy(() -> store.apply(change(40, older))).isInstanceOf(StaleRevisionException.class);

        assertThat(share(store.apply(change(40, store)))).isEqualTo(40);
    }

    @Test
    void a_database_that_was_made_anew_is_another_incarnation() {
        JdbcFlagStore node = open(NEVER);
        Snapshot before = node.apply(change(10, Change.ABSENT));
        Database.execute(
                database,
                "DELETE FROM turnout_audit",
                "DELETE FROM turnout_entry",
                "UPDATE turnout_head SET incarnation = '', revision = 0, nonce = ''");

        Snapshot after = node.apply(change(10, Change.ABSENT));

        assertThat(after.revision()).isEqualTo(before.revision());
        assertThat(after.id().follows(before.id())).isFalse();
    }

    @Test
    void watchers_hear_of_changes_of_their_own_store_at_once_on_its_thread() throws Exception {
        JdbcFlagStore store = open(NEVER);
        BlockingQueue<String> told = new LinkedBlockingQueue<>();
        store.watch(snapshot ->
                told.add(snapshot.revision() + " on " + Thread.currentThread().getName()));

        store.apply(change(1, Change.ABSENT));

        assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo("1 on turnout-jdbc-flags");
    }

    @Test
    void watchers_do_not_hear_of_the_state_that_was_there_when_the_store_was_opened() throws Exception {
        open(NEVER).apply(change(1, Change.ABSENT));
        JdbcFlagStore store = open(SOON);
        BlockingQueue<Snapshot> told = new LinkedBlockingQueue<>();
        store.watch(told::add);

        store.apply(change(2, store));

        assertThat(next(told).revision()).isEqualTo(2);
    }

    @Test
    void a_watcher_that_fails_is_logged_once_and_keeps_nobody_from_hearing() throws Exception {
        JdbcFlagStore store = open(SOON);
        BlockingQueue<Snapshot> told = new LinkedBlockingQueue<>();
        try (LogLines log = new LogLines(Watchers.class)) {
            store.watch(snapshot -> {
                throw new NoClassDefFoundError("a watcher's");
            });
            store.watch(told::add);

            store.apply(change(1, Change.ABSENT));
            next(told);
            store.apply(change(2, store));
            next(told);

            assertThat(log.all())
                    .containsExactly(
                            "ERROR A listener failed on revision 1; the other listeners are notified all the same.");
        }
    }

    @Test
    void a_watch_that_was_ended_hears_no_more() throws Exception {
        JdbcFlagStore store = open(NEVER);
        BlockingQueue<Snapshot> ended = new LinkedBlockingQueue<>();
        BlockingQueue<Snapshot> told = new LinkedBlockingQueue<>();
        store.watch(ended::add).close();
        store.watch(told::add);

        store.apply(change(1, Change.ABSENT));

        next(told);
        assertThat(ended).isEmpty();
    }

    @Test
    void a_row_that_is_corrupt_is_named_and_a_running_store_goes_on_from_the_state_before() throws Exception {
        JdbcFlagStore other = open(NEVER);
        other.apply(change(1, Change.ABSENT));
        Change second = change(2, other);
        JdbcFlagStore store = open(SOON);
        BlockingQueue<Snapshot> told = new LinkedBlockingQueue<>();
        store.watch(told::add);
        try (LogLines log = new LogLines(JdbcFlagStore.class)) {
            Database.execute(
                    database,
                    "UPDATE turnout_entry SET body = '{\"type' WHERE name = 'checkout'",
                    "UPDATE turnout_head SET revision = 2");

            assertThat(log.next()).startsWith("WARN").contains("Revision 1 stays in use");
            assertThatThrownBy(store::read)
                    .isInstanceOf(FlagStoreException.class)
                    .hasMessageContainingAll("turnout_entry", "'flag'", "'checkout'");
            assertThatThrownBy(() -> store.apply(second))
                    .isInstanceOf(FlagStoreException.class)
                    .isNotInstanceOf(StaleRevisionException.class);
            assertThat(told).isEmpty();

            Database.execute(database, "DELETE FROM turnout_entry");
            assertThat(next(told).revision()).isEqualTo(2);
            assertThat(log.next()).startsWith("INFO").contains("revision 2");
            assertThat(log.all()).as("one line per outage").isEmpty();
        }
    }

    @Test
    void an_entry_of_an_unknown_kind_is_named() {
        JdbcFlagStore store = open(NEVER);
        store.apply(change(1, Change.ABSENT));
        Database.execute(database, "UPDATE turnout_entry SET kind = 'gizmo'");

        assertThatThrownBy(store::read)
                .isInstanceOf(FlagStoreException.class)
                .hasMessageContainingAll("turnout_entry", "'gizmo'", "'checkout'", "newer build");
    }

    @Test
    void rows_that_do_not_fit_together_are_refused() {
        JdbcFlagStore store = open(NEVER);
        store.apply(Change.by("ana", "friends")
                .put(Cohort.of("friends"), Change.ABSENT)
                .put(
                        Flag.bool("checkout")
                                .rule(new Rule(List.of("friends"), List.of(), 1_000_000, "on"))
                                .build(),
                        Change.ABSENT));
        Database.execute(database, "DELETE FROM turnout_entry WHERE kind = 'cohort'");

        assertThatThrownBy(store::read)
                .isInstanceOf(FlagStoreException.class)
                .hasMessageContainingAll("turnout_entry", "friends");
    }

    @Test
    void without_the_row_of_the_revision_nothing_is_read_or_applied() {
        JdbcFlagStore store = open(NEVER);
        Database.execute(database, "DELETE FROM turnout_head");

        assertThatThrownBy(store::read).isInstanceOf(FlagStoreException.class).hasMessageContaining("turnout_head");
        assertThatThrownBy(() -> store.apply(change(1, Change.ABSENT)))
                .isInstanceOf(FlagStoreException.class)
                .hasMessageContaining("turnout_head");
    }

    @Test
    void an_outage_is_logged_once_and_what_happened_meanwhile_is_told_after_it() throws Exception {
        JdbcFlagStore store = open(SOON);
        BlockingQueue<Snapshot> told = new LinkedBlockingQueue<>();
        store.watch(told::add);
        try (LogLines log = new LogLines(JdbcFlagStore.class)) {
            faults.setDown(true);
            assertThat(log.next()).startsWith("WARN").contains("Revision 0 stays in use");
            assertThatThrownBy(store::read)
                    .isInstanceOf(FlagStoreException.class)
                    .hasMessage("The flags cannot be read from the database: Connection refused");
            JdbcFlagStore elsewhere = JdbcFlagStore.in(database);
            opened.add(elsewhere);
            elsewhere.apply(change(1, Change.ABSENT));

            faults.setDown(false);

            assertThat(next(told).revision()).isEqualTo(1);
            assertThat(log.next()).startsWith("INFO");
            assertThat(log.all()).as("one line per outage").isEmpty();
        }
    }

    @Test
    void a_store_that_is_opened_without_a_database_says_so_when_it_is_read_and_goes_on_when_there_is_one()
            throws Exception {
        faults.setDown(true);
        JdbcFlagStore store = open(SOON);
        BlockingQueue<Snapshot> heard = new LinkedBlockingQueue<>();
        store.watch(heard::add);

        assertThatThrownBy(store::read)
                .isInstanceOf(FlagStoreException.class)
                .hasMessageContaining("Connection refused");

        faults.setDown(false);
        store.apply(change(1, Change.ABSENT));
        assertThat(store.read().revision()).isEqualTo(1);
        assertThat(heard.poll(10, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void a_store_that_was_closed_answers_no_more_and_its_thread_ends() throws Exception {
        JdbcFlagStore store = open(SOON);
        BlockingQueue<Thread> threads = new LinkedBlockingQueue<>();
        store.watch(snapshot -> threads.add(Thread.currentThread()));
        store.apply(change(1, Change.ABSENT));
        Thread thread = threads.poll(10, TimeUnit.SECONDS);

        store.close();
        store.close();

        thread.join(10_000);
        assertThat(thread.isAlive()).isFalse();
        assertThat(thread.isDaemon()).isTrue();
        assertThatThrownBy(store::read).isInstanceOf(FlagStoreException.class).hasMessageContaining("closed");
    }

    @Test
    void a_poll_interval_of_nothing_is_refused() {
        assertThatThrownBy(() -> JdbcFlagStore.builder(database).pollInterval(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1 ms");
    }

    @Test
    void the_audit_is_kept_for_its_time_and_the_last_changes_whatever_their_age() throws SQLException {
        try (JdbcFlagStore store = JdbcFlagStore.builder(database)
                .pollInterval(NEVER)
                .keepAudit(Duration.ofDays(10))
                .build()) {
            store.read();
            Database.execute(database, "UPDATE turnout_head SET revision = 1003");
            for (int revision = 1; revision <= 5; revision++) {
                String at = revision == 2 ? "CURRENT_TIMESTAMP" : "DATE '2020-01-01'";
                Database.execute(
                        database,
                        "INSERT INTO turnout_audit (revision, changed_at, changed_by, reason) VALUES (" + revision
                                + ", " + at + ", 'a', 'b')",
                        "INSERT INTO turnout_audit_edit (revision, ordinal, kind, name, body_before, body_after) VALUES ("
                                + revision + ", 0, 'flag', 'f', '', 'x')");
            }

            store.apply(change(1, Change.ABSENT));

            assertThat(Statements.query(
                            database,
                            row -> row.getLong(1),
                            "SELECT revision FROM turnout_audit_edit ORDER BY revision"))
                    .as("2 is young, and 5 is one of the last 1,000")
                    .containsExactly(2L, 5L, 1004L);
            assertThat(store.history(10)).hasSize(3);
        }
        assertThatThrownBy(() -> JdbcFlagStore.builder(database).keepAudit(Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class);
    }
}

package dev.turnout.flags.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.Entry;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Position;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.threads.OwnThread;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every store that can be edited has to do. */
abstract class FlagStoreContract {
    private static final EntryKey THEME = EntryKey.flag("theme");

    EditableFlagStore store;

    /** A store without entries. */
    abstract EditableFlagStore open() throws Exception;

    @BeforeEach
    void openStore() throws Exception {
        store = open();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    private static Flag theme(String value) {
        return Flag.string("theme", "now", value).build();
    }

    private Snapshot put(Flag flag) {
        return put(new Entry.OfFlag(flag));
    }

    private Snapshot put(Cohort cohort) {
        return put(new Entry.OfCohort(cohort));
    }

    private Snapshot put(MigrationState state) {
        return put(new Entry.OfMigration(state));
    }

    private Snapshot put(Entry entry) {
        ChangeId expected = store.read().idOf(entry.key());
        return store.apply(Change.by("ana", "because").put(entry, expected));
    }

    @Test
    void what_is_applied_is_read_with_who_and_why() {
        Snapshot applied = put(theme("light"));

        Snapshot read = store.read();
        assertThat(read).isEqualTo(applied);
        assertThat(read.document().flags()).containsEntry("theme", theme("light"));
        assertThat(read.lastChange(THEME)).hasValueSatisfying(change -> {
            assertThat(change.by()).isEqualTo("ana");
            assertThat(change.reason()).isEqualTo("because");
            assertThat(change.revision()).isEqualTo(read.revision());
        });
        assertThat(store.history(10))
                .singleElement()
                .satisfies(audit -> assertThat(audit.edits()).singleElement().satisfies(edit -> {
                    assertThat(edit.key()).isEqualTo(THEME);
                    assertThat(edit.before()).isEmpty();
                    assertThat(edit.after()).contains("light");
                }));
    }

    @Test
    void a_stale_edit_is_refused_and_says_who_was_faster() {
        Snapshot first = put(theme("light"));
        put(theme("dark"));

        assertThatThrownBy(() -> store.apply(Change.by("bob", "mine").put(theme("pink"), first.idOf(THEME))))
                .isInstanceOfSatisfying(StaleRevisionException.class, e -> {
                    assertThat(e.key()).isEqualTo(THEME);
                    assertThat(e.current().orElseThrow().by()).isEqualTo("ana");
                })
                .hasMessageContaining("ana changed it at revision");
        assertThatThrownBy(() -> store.apply(Change.by("bob", "mine").put(theme("pink"), Change.ABSENT)))
                .isInstanceOf(StaleRevisionException.class);
        assertThat(store.read().document().flags()).containsEntry("theme", theme("dark"));
    }

    /** A store that was set back gives a revision again. */
    @Test
    void an_edit_of_what_another_history_has_at_the_same_revision_is_refused() {
        Snapshot now = put(theme("light"));
        long revision = now.revisionOf(THEME);

        for (String nonce : List.of("", "1c2f")) {
            ChangeId lost = new ChangeId(revision, nonce);
            assertThatThrownBy(() -> store.apply(Change.by("bob", "mine").put(theme("pink"), lost)))
                    .isInstanceOfSatisfying(StaleRevisionException.class, e -> {
                        assertThat(e.expected()).isEqualTo(lost);
                        assertThat(e.current()).isEqualTo(now.lastChange(THEME));
                    })
                    .hasMessageContaining("it was set back, or is another one; there, ana changed it at revision");
            assertThatThrownBy(() -> store.apply(Change.by("bob", "mine").remove(THEME, lost)))
                    .isInstanceOf(StaleRevisionException.class);
        }
        assertThat(store.read()).isEqualTo(now);
        assertThat(store.history(1))
                .singleElement()
                .satisfies(audit -> assertThat(audit.change())
                        .isEqualTo(now.lastChange(THEME).orElseThrow()));
    }

    @Test
    void a_change_of_another_entry_makes_no_edit_stale() {
        Snapshot first = put(theme("light"));
        put(Flag.bool("other").build());

        store.apply(Change.by("bob", "mine").put(theme("dark"), first.idOf(THEME)));

        assertThat(store.read().document().flags()).containsEntry("theme", theme("dark"));
    }

    @Test
    void a_change_is_applied_as_a_whole_or_not_at_all() {
        Change change = Change.by("ana", "both")
                .put(Flag.bool("one").build(), Change.ABSENT)
                .put(theme("light"), new ChangeId(12_345, "x"));

        assertThatThrownBy(() -> store.apply(change)).isInstanceOf(StaleRevisionException.class);

        assertThat(store.read().document().flags()).isEmpty();
        assertThat(store.history(10)).isEmpty();
    }

    @Test
    void an_entry_is_removed() {
        Snapshot put = put(theme("light"));

        store.apply(Change.by("ana", "no longer").remove(THEME, put.idOf(THEME)));

        assertThat(store.read().document().entry(THEME)).isEmpty();
        assertThat(store.read().idOf(THEME)).isEqualTo(Change.ABSENT);
    }

    @Test
    void what_would_not_be_valid_is_refused_and_changes_nothing() {
        Flag flag = theme("light").withRules(List.of(new Rule(List.of("nobody"), List.of(), 1, "now")));

        assertThatThrownBy(() -> put(flag))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("cohort 'nobody' is not defined");

        assertThat(store.read().document().flags()).isEmpty();
    }

    private static MigrationState live(long version) {
        return new MigrationState(
                "m",
                version,
                new dev.turnout.flags.rule.Bucketing("m"),
                Position.all(Slice.startingAt(Stage.LIVE, version)),
                Goal.of(Stage.LIVE));
    }

    @Test
    void a_position_that_jumps_over_the_bridge_is_refused() {
        put(MigrationState.startingAt("m", Stage.SHADOW));

        assertThatThrownBy(() -> put(live(2)))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("the way across is SYNC");
        put(MigrationState.startingAt("m", Stage.SHADOW).withGoal(Goal.of(Stage.LIVE)));
    }

    @Test
    void a_later_position_that_was_lost_is_restored_whatever_was_between() {
        EntryKey key = EntryKey.migration("m");
        ChangeId first = put(MigrationState.startingAt("m", Stage.SHADOW)).idOf(key);

        store.apply(Change.by("ana", "x").restore(live(5), first));

        assertThat(store.read().document().migrations()).containsEntry("m", live(5));
        assertThatThrownBy(() -> store.apply(Change.by("ana", "x").restore(live(6), first)))
                .isInstanceOf(StaleRevisionException.class);
        assertThatThrownBy(() -> store.apply(
                        Change.by("ana", "x").restore(live(5), store.read().idOf(key))))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("version 5 does not come after version 5");
    }

    @Test
    void what_a_controller_does_by_itself_is_told_apart_from_what_people_say() {
        store.apply(Change.by("ana", "because [controller: to LIVE]").put(theme("light"), Change.ABSENT));
        store.apply(Change.by("ana", "because")
                .step("to LIVE " + "x".repeat(2_000))
                .put(theme("dark"), store.read().idOf(THEME)));

        assertThat(store.read().lastChange(THEME)).hasValueSatisfying(change -> {
            assertThat(change.reason()).isEqualTo("because");
            assertThat(change.step()).startsWith("to LIVE x").hasSize(1_000);
        });
        assertThat(store.history(10))
                .extracting(audit -> audit.change().step().isEmpty())
                .containsExactly(false, true);
    }

    @Test
    void the_history_of_one_entry_has_its_own_edits_alone() {
        long first = put(theme("light")).revision();
        store.apply(Change.by("bo", "two at once")
                .put(Flag.bool("other").byDefault("on").build(), Change.ABSENT)
                .put(MigrationState.startingAt("m", "one", Stage.SHADOW), Change.ABSENT));
        long last = put(theme("dark")).revision();

        assertThat(store.history(THEME, 10))
                .extracting(audit -> audit.change().revision())
                .containsExactly(last, first);
        assertThat(store.history(THEME, 1)).hasSize(1);
        assertThat(store.history(EntryKey.migration("m"), 10))
                .singleElement()
                .satisfies(audit -> assertThat(audit.edits())
                        .extracting(AuditEntry.Edit::key)
                        .containsExactly(EntryKey.migration("m")));
        assertThat(store.history(EntryKey.flag("nobody-knows-it"), 10)).isEmpty();
    }

    @Test
    void a_migration_is_kept_with_its_incarnation_and_follows_itself_alone() {
        MigrationState state = MigrationState.startingAt("m", "one", Stage.SHADOW);
        put(state);

        assertThat(store.read().document().migrations()).containsEntry("m", state);
        assertThat(store.read().document().migrations().get("m").id()).isEqualTo(state.id());
        assertThat(store.history(1))
                .singleElement()
                .satisfies(audit -> assertThat(audit.edits().get(0).after()).contains("\"incarnation\":\"one\""));
        assertThatThrownBy(() -> put(MigrationState.startingAt("m", "two", Stage.SHADOW)))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("the incarnation of an entry cannot change");
        put(state.withGoal(Goal.of(Stage.LIVE)));
        assertThat(store.read().document().migrations().get("m").incarnation()).isEqualTo("one");
    }

    @Test
    void a_migration_is_not_removed_on_its_way() {
        Snapshot before = put(MigrationState.startingAt("m", "one", Stage.SHADOW));
        EntryKey key = EntryKey.migration("m");
        Change removal = Change.by("ana", "clean up").remove(key, before.idOf(key));

        assertThatThrownBy(() -> store.apply(removal))
                .isInstanceOfSatisfying(
                        DocumentException.class, e -> assertThat(e.pointer()).isEqualTo("/migrations/m"))
                .hasMessageContaining("migration 'm' is at SHADOW and cannot be removed")
                .hasMessageContaining("Bring all keys to OFF");
        assertThatThrownBy(() -> removal.put(MigrationState.startingAt("m", "two", Stage.OFF), Change.ABSENT))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(store.read()).isEqualTo(before);
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"OFF", "COMPLETE"})
    void a_migration_that_is_over_is_removed_and_may_begin_anew(Stage stage) {
        EntryKey key = EntryKey.migration("m");
        Snapshot before = put(MigrationState.startingAt("m", "one", stage));

        store.apply(Change.by("ana", "clean up").remove(key, before.idOf(key)));
        assertThat(store.read().document().migrations()).isEmpty();

        MigrationState again = MigrationState.startingAt("m", "two", Stage.OFF);
        put(again);
        assertThat(store.read().document().migrations()).containsEntry("m", again);
    }

    @Test
    void the_keys_of_a_cohort_that_is_set_apart_stay_the_same() {
        Slice shadow = Slice.startingAt(Stage.SHADOW, 1);
        Position apart = new Position(
                java.util.Map.of("vip", shadow),
                List.of(new Position.Range(1_000_000, Slice.startingAt(Stage.OFF, 1))));
        put(Cohort.of("vip", "1"));
        put(new MigrationState(
                "m",
                1,
                new dev.turnout.flags.rule.Bucketing("m"),
                apart,
                Goal.of(Stage.OFF).with("vip", Stage.SHADOW)));

        assertThatThrownBy(() -> put(Cohort.of("vip", "1", "2")))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("its members cannot change");
    }

    @Test
    void watchers_hear_of_newer_states_in_order() {
        List<Long> heard = Collections.synchronizedList(new ArrayList<>());
        FlagStore.Subscription subscription = store.watch(snapshot -> heard.add(snapshot.revision()));
        store.watch(snapshot -> {
            throw new IllegalStateException("from a watcher");
        });

        try (LogLines log = new LogLines(Watchers.class)) {
            long first = put(theme("light")).revision();
            long second = put(theme("dark")).revision();
            subscription.close();
            put(theme("pink"));

            assertThat(heard).containsExactly(first, second).isSorted();
            assertThat(log.all()).allMatch(line -> line.contains("A listener failed on revision"));
        }
    }

    @Test
    void of_edits_at_once_from_one_revision_one_is_applied() {
        put(theme("0"));

        List<CompletableFuture<Void>> writers = IntStream.range(0, 8)
                .mapToObj(writer -> OwnThread.run(() -> {
                    for (int i = 0; i < 10; i++) {
                        countUp();
                    }
                }))
                .toList();
        writers.forEach(CompletableFuture::join);

        assertThat(store.read().document().flags().get("theme").variants()).containsEntry("now", "80");
        List<Long> revisions = store.history(1_000).stream()
                .map(audit -> audit.change().revision())
                .toList();
        assertThat(revisions).hasSize(81).doesNotHaveDuplicates().isSortedAccordingTo(Collections.reverseOrder());
    }

    private void countUp() {
        while (true) {
            Snapshot now = store.read();
            Object count = now.document().flags().get("theme").variants().get("now");
            Flag next = theme(String.valueOf(Integer.parseInt(String.valueOf(count)) + 1));
            try {
                store.apply(Change.by("counter", "one more").put(next, now.idOf(THEME)));
                return;
            } catch (StaleRevisionException e) {
                // another writer was faster
            }
        }
    }
}

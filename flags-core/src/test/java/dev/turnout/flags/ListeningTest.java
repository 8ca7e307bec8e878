package dev.turnout.flags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.document.Entry;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.rule.Schedule;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.store.TimeSource;
import dev.turnout.flags.testing.SettableTime;
import dev.turnout.flags.threads.OwnThread;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which listener and which hook is called for what. */
class ListeningTest {
    private final SettableTime time = new SettableTime("2026-11-22T12:00:00Z");
    private final InMemoryFlagStore store = new InMemoryFlagStore();
    private final List<String> heard = new ArrayList<>();
    private final Flags flags = Flags.builder(store)
            .time(time)
            .hook(new Hook() {
                @Override
                public boolean wants(String flagKey) {
                    return flagKey.startsWith("hooked");
                }

                @Override
                public EvaluationContext before(HookContext evaluation) {
                    heard.add("1 before " + evaluation.flagKey());
                    return evaluation.context().with("country", "DE");
                }

                @Override
                public void after(HookContext evaluation, EvaluationDetails<?> details) {
                    heard.add("1 after " + details.value());
                }

                @Override
                public void error(HookContext evaluation, EvaluationDetails<?> details) {
                    heard.add("1 error " + details.errorCode().orElseThrow());
                }

                @Override
                public void finallyAfter(HookContext evaluation, EvaluationDetails<?> details) {
                    heard.add("1 finally " + evaluation.defaultValue());
                }
            })
            .hook(new Hook() {
                @Override
                public EvaluationContext before(HookContext evaluation) {
                    throw new IllegalStateException("from a hook");
                }

                @Override
                public boolean wants(String flagKey) {
                    return flagKey.equals("hooked");
                }

                @Override
                public void after(HookContext evaluation, EvaluationDetails<?> details) {
                    heard.add("2 after " + evaluation.context().attribute("country"));
                }
            })
            .build();
    private final EvaluationContext ana = EvaluationContext.of("ana");

    @AfterEach
    void close() {
        flags.close();
    }

    private void put(Flag flag) {
        put(new Entry.OfFlag(flag));
    }

    private void put(Cohort cohort) {
        put(new Entry.OfCohort(cohort));
    }

    private void put(Entry entry) {
        store.apply(Change.by("test", "changes it").put(entry, store.read().idOf(entry.key())));
    }

    @Test
    void hooks_are_told_in_order_and_back_and_one_that_throws_hinders_nobody() {
        put(Flag.bool("hooked")
                .rule(new Rule(List.of(), List.of(new Condition.Equals("country", "DE")), 1_000_000, "on"))
                .build());

        assertThat(flags.isOn("hooked", ana)).isTrue();

        assertThat(heard).containsExactly("1 before hooked", "2 after DE", "1 after true", "1 finally false");
    }

    @Test
    void an_error_of_a_hook_comes_out_of_no_answer_and_is_one_line() {
        Error[] thrown = {new NoClassDefFoundError("a hook's"), new StackOverflowError(), new AssertionError("a bug")};
        for (Error error : thrown) {
            Hook broken = new Hook() {
                @Override
                public EvaluationContext before(HookContext evaluation) {
                    throw error;
                }

                @Override
                public void after(HookContext evaluation, EvaluationDetails<?> details) {
                    throw error;
                }

                @Override
                public void error(HookContext evaluation, EvaluationDetails<?> details) {
                    throw error;
                }

                @Override
                public void finallyAfter(HookContext evaluation, EvaluationDetails<?> details) {
                    throw error;
                }
            };
            put(Flag.bool("new").byDefault("on").build());
            try (LogLines log = new LogLines(Hook.class);
                    Flags hooked = Flags.builder(store).time(time).hook(broken).build()) {
                for (int i = 0; i < 5; i++) {
                    assertThat(hooked.isOn("new", ana)).isTrue();
                    assertThat(hooked.value("new", false, ana)).isTrue();
                    assertThat(hooked.details("unknown", 5, ana).value()).isEqualTo(5);
                    assertThat(hooked.flag("new", false).value(ana)).isTrue();
                }

                assertThat(log.all()).containsExactly("ERROR A hook failed on flag 'new'; the evaluation continues.");
            }
        }
    }

    @Test
    void a_hook_that_can_not_say_what_it_wants_is_not_told_and_no_revision_is_missed() {
        Hook broken = new Hook() {
            @Override
            public boolean wants(String flagKey) {
                throw new NoClassDefFoundError("a hook's");
            }

            @Override
            public void after(HookContext evaluation, EvaluationDetails<?> details) {
                heard.add("called for " + evaluation.flagKey());
            }
        };
        try (LogLines log = new LogLines(Hook.class);
                Flags hooked = Flags.builder(store).time(time).hook(broken).build()) {
            put(Flag.bool("new").byDefault("on").build());

            assertThat(hooked.isOn("new", ana)).isTrue();
            assertThat(hooked.value("unknown", 5, ana)).isEqualTo(5);

            assertThat(heard).isEmpty();
            assertThat(log.all()).containsExactly("ERROR A hook failed on flag 'new'; the evaluation continues.");
        }
    }

    @Test
    void an_error_of_a_listener_hides_no_revision_from_those_after_it() {
        List<Long> revisions = new ArrayList<>();
        try (LogLines log = new LogLines(Flags.class)) {
            flags.onSnapshot(snapshot -> {
                throw new NoClassDefFoundError("a listener's");
            });
            flags.onChange("new", () -> {
                throw new StackOverflowError();
            });
            flags.onSnapshot(snapshot -> revisions.add(snapshot.revision()));

            put(Flag.bool("new").build());
            put(Flag.bool("new").byDefault("on").build());

            assertThat(revisions).containsExactly(1L, 2L);
            assertThat(flags.isOn("new", ana)).isTrue();
            assertThat(log.all())
                    .as("one line of each listener")
                    .containsExactly(
                            "ERROR A listener failed on revision 1; the other listeners are notified all the same.",
                            "ERROR A listener failed on revision 1; the other listeners are notified all the same.");
        }
    }

    @Test
    void an_error_of_a_listener_to_whom_a_schedule_matters_hides_no_change_from_those_after_it() throws Exception {
        put(Flag.bool("seasonal")
                .schedule(new Schedule(Instant.parse("2026-12-01T00:00:00Z"), Instant.parse("2026-12-25T00:00:00Z")))
                .share(1_000_000, "on")
                .build());
        BlockingQueue<Boolean> told = new LinkedBlockingQueue<>();
        try (LogLines log = new LogLines(Flags.class)) {
            flags.onChange("seasonal", false, ana, details -> {
                throw new NoClassDefFoundError("a listener's");
            });
            flags.onChange("seasonal", false, ana, details -> told.add(details.value()));

            time.set("2026-12-01T00:00:00Z");
            assertThat(told.poll(1, TimeUnit.MINUTES)).isTrue();
            time.set("2026-12-25T00:00:00Z");
            assertThat(told.poll(1, TimeUnit.MINUTES)).isFalse();

            assertThat(log.next())
                    .isEqualTo(
                            "ERROR A listener failed on a change of the time; the other listeners are notified all the same.");
        }
    }

    @Test
    void hooks_hear_of_errors_and_not_of_flags_that_they_do_not_want() {
        put(Flag.bool("quiet").byDefault("on").build());
        flags.isOn("quiet", ana);
        flags.value("hooked-unknown", 5, ana);

        assertThat(heard).containsExactly("1 before hooked-unknown", "1 error FLAG_NOT_FOUND", "1 finally 5");
    }

    @Test
    void a_context_is_told_only_when_its_own_value_changes() {
        put(Flag.bool("new").share(0, "on").build());
        FlagStore.Subscription subscription =
                flags.onChange("new", false, ana, details -> heard.add(details.toString()));

        put(Flag.bool("new").share(1, "on").build());
        assertThat(heard).isEmpty();
        put(Flag.bool("new").share(1_000_000, "on").build());
        assertThat(heard).containsExactly("new = true (TARGETING_MATCH, variant on, rule 0, revision 3)");
        subscription.close();
        put(Flag.bool("new").share(0, "on").build());
        assertThat(heard).hasSize(1);
    }

    @Test
    void a_context_is_told_when_a_schedule_changes_its_value() throws InterruptedException {
        Instant from = Instant.parse("2026-12-01T00:00:00Z");
        put(Flag.bool("seasonal")
                .schedule(new Schedule(from, null))
                .share(1_000_000, "on")
                .build());
        CountDownLatch told = new CountDownLatch(1);
        flags.onChange("seasonal", false, ana, details -> told.countDown());

        time.set("2026-12-01T00:00:00Z");

        assertThat(told.await(1, TimeUnit.MINUTES)).isTrue();
    }

    /** Changes a flag as soon as it has been evaluated. */
    private Flags changingInBetween(String flagKey) {
        return Flags.builder(store)
                .hook(new Hook() {
                    private boolean changed;

                    @Override
                    public boolean wants(String wanted) {
                        return wanted.equals(flagKey);
                    }

                    @Override
                    public void finallyAfter(HookContext evaluation, EvaluationDetails<?> details) {
                        if (!changed) {
                            changed = true;
                            put(Flag.bool(flagKey).byDefault("on").build());
                        }
                    }
                })
                .build();
    }

    @Test
    void a_change_while_a_listener_of_a_value_is_added_is_told() {
        put(Flag.bool("racy").build());
        try (Flags racing = changingInBetween("racy")) {
            racing.onChange("racy", false, ana, details -> heard.add("now " + details.value()));

            assertThat(heard).containsExactly("now true");
        }
    }

    @Test
    void listeners_are_told_which_flags_may_answer_differently() {
        List<Set<String>> told = new ArrayList<>();
        put(Flag.bool("base").build());
        put(Flag.bool("kept").build());
        put(Flag.bool("dependent").requires("base", "on").build());
        FlagStore.Subscription subscription = flags.onChange(told::add);

        put(Flag.bool("added").build());
        put(Flag.bool("base").byDefault("on").build());
        store.apply(Change.by("test", "removes it")
                .remove(EntryKey.flag("added"), store.read().idOf(EntryKey.flag("added"))));
        put(Cohort.of("nobody", "x"));
        subscription.close();
        put(Flag.bool("late").build());

        assertThat(told).containsExactly(Set.of("added"), Set.of("base", "dependent"), Set.of("added"));
    }

    @Test
    void a_listener_that_ends_another_is_the_last_to_hear() {
        List<FlagStore.Subscription> others = new ArrayList<>();
        flags.onSnapshot(snapshot -> others.forEach(FlagStore.Subscription::close));
        others.add(flags.onSnapshot(snapshot -> heard.add("other")));

        put(Flag.bool("new").build());

        assertThat(heard).isEmpty();
    }

    @Test
    void a_listener_that_changes_flags_disorders_nothing_for_those_after_it() {
        flags.onChange("first", () -> put(Flag.bool("second").build()));
        flags.onSnapshot(snapshot -> heard.add("revision " + snapshot.revision()));
        store.watch(snapshot -> {
            if (snapshot.revision() == 1) {
                put(Flag.bool("third").build());
            }
        });
        store.watch(snapshot -> heard.add("store " + snapshot.revision()));

        put(Flag.bool("first").build());

        assertThat(heard.stream().filter(line -> line.startsWith("revision")))
                .isSorted()
                .contains("revision 3");
        assertThat(heard.stream().filter(line -> line.startsWith("store")))
                .isSorted()
                .contains("store 3");
    }

    @Test
    void a_listener_may_wait_for_a_thread_that_reads_a_newer_state() {
        List<Long> revisions = new ArrayList<>();
        try (FlagStore.Subscription subscription = flags.onSnapshot(snapshot -> {
            if (revisions.isEmpty()) {
                OwnThread.run(() -> {
                            put(Flag.bool("other").build());
                            flags.refresh();
                        })
                        .orTimeout(10, TimeUnit.SECONDS)
                        .join();
            }
            revisions.add(snapshot.revision());
        })) {
            put(Flag.bool("new").build());

            assertThat(revisions).as("in order, each once").containsExactly(1L, 2L);
        }
    }

    @Test
    void while_a_listener_hangs_the_last_states_are_kept_and_no_other_thread_hangs_with_it() throws Exception {
        CountDownLatch hangs = new CountDownLatch(1);
        CountDownLatch goesOn = new CountDownLatch(1);
        BlockingQueue<Long> revisions = new LinkedBlockingQueue<>();
        try (FlagStore.Subscription subscription = flags.onSnapshot(snapshot -> {
            revisions.add(snapshot.revision());
            hangs.countDown();
            await(goesOn);
        })) {
            CompletableFuture<Void> first =
                    OwnThread.run(() -> put(Flag.bool("new").build()));
            await(hangs);
            for (int i = 0; i < 500; i++) {
                put(Flag.bool("new" + i).build());
            }
            assertThat(flags.state().revision()).as("of decisions").isEqualTo(1);
            flags.refresh();
            assertThat(flags.state().revision())
                    .as("of decisions, as another thread asks")
                    .isEqualTo(501);

            goesOn.countDown();
            first.get(10, TimeUnit.SECONDS);

            assertThat(List.copyOf(revisions))
                    .hasSizeLessThanOrEqualTo(102)
                    .startsWith(1L)
                    .endsWith(501L)
                    .isSorted();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).as("in time").isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void a_listener_may_close_the_flags_that_tell_it() {
        flags.onChange("new", () -> {
            flags.close();
            heard.add("closed");
        });

        put(Flag.bool("new").byDefault("on").build());
        put(Flag.bool("new").byDefault("off").build());

        assertThat(heard).containsExactly("closed");
        assertThat(flags.isOn("new", ana)).isTrue();
    }

    @Test
    void a_hook_that_asks_flags_is_not_told_of_its_own_questions() {
        List<String> seen = new ArrayList<>();
        Flags[] asked = new Flags[1];
        Hook asking = new Hook() {
            @Override
            public EvaluationContext before(HookContext evaluation) {
                seen.add("before " + asked[0].isOn("new", ana));
                return null;
            }

            @Override
            public void finallyAfter(HookContext evaluation, EvaluationDetails<?> details) {
                seen.add("after " + asked[0].isOn("new", ana));
            }
        };
        put(Flag.bool("new").byDefault("on").build());
        try (Flags others = Flags.builder(store).hook(asking).build()) {
            asked[0] = others;

            assertThat(others.isOn("new", ana)).isTrue();

            assertThat(seen).containsExactly("before true", "after true");
        }
    }

    @Test
    void a_clock_that_throws_keeps_nobody_from_an_answer() {
        TimeSource broken = new TimeSource() {
            @Override
            public Instant now() {
                throw new StackOverflowError("a clock's");
            }

            @Override
            public long nanoTime() {
                return 0;
            }
        };
        put(Flag.bool("seasonal")
                .schedule(new Schedule(Instant.parse("2020-12-01T00:00:00Z"), null))
                .share(1_000_000, "on")
                .build());
        try (Flags others = Flags.builder(store).time(broken).build();
                LogLines log = new LogLines(TimeSource.class)) {
            assertThat(others.isOn("seasonal", ana)).isTrue();
            assertThat(others.isOn("seasonal", ana)).isTrue();

            assertThat(log.all()).singleElement().asString().startsWith("ERROR The clock failed");
        }
    }
}

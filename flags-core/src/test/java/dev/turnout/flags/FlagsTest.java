package dev.turnout.flags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.Entry;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.store.Snapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlagsTest {
    private static final String DOCUMENT = """
            version: 1
            cohorts:
              staff:
                members: [ana]
                when:
                  - {attribute: plan, equals: pro}
                  - {attribute: level, in: [3, 4]}
            flags:
              plain:
                type: boolean
                default: "on"
              for-staff:
                type: boolean
                default: "off"
                rules:
                  - {cohorts: [staff], variant: "on"}
              nobody:
                type: boolean
                default: "off"
                rules:
                  - {share: 0, variant: "on"}
              everyone:
                type: boolean
                default: "off"
                rules:
                  - {share: 1000000, variant: "on"}
              half:
                type: boolean
                default: "off"
                rules:
                  - {share: 999999, variant: "on"}
              off:
                type: boolean
                enabled: false
                default: "on"
              theme:
                type: string
                variants: {light: light!, dark: dark!}
                default: light
                rules:
                  - {when: [{attribute: country, equals: DE}], variant: dark}
                  - {when: [{attribute: country, equals: DE}], variant: light}
            """;

    private final InMemoryFlagStore store = new InMemoryFlagStore(DocumentReader.read("test", DOCUMENT));
    private final Flags flags = Flags.from(store);
    private final EvaluationContext bob = EvaluationContext.of("bob");

    @AfterEach
    void close() {
        flags.close();
    }

    @ParameterizedTest
    @CsvSource({
        "plain,     bob, true,  STATIC,          on,  -1, ",
        "for-staff, ana, true,  TARGETING_MATCH, on,   0, ",
        "for-staff, bob, false, DEFAULT,         off, -1, ",
        "nobody,    bob, false, DEFAULT,         off, -1, ",
        "everyone,  bob, true,  TARGETING_MATCH, on,   0, ",
        "half,      bob, true,  SPLIT,           on,   0, ",
        "half,      '',  false, DEFAULT,         off, -1, TARGETING_KEY_MISSING",
        "half,      ' ', false, DEFAULT,         off, -1, TARGETING_KEY_MISSING",
        "everyone,  '',  true,  TARGETING_MATCH, on,   0, ",
        "off,       bob, false, DISABLED,        ,    -1, ",
        "unknown,   bob, false, ERROR,           ,    -1, FLAG_NOT_FOUND",
        "theme,     bob, false, ERROR,           ,    -1, TYPE_MISMATCH",
    })
    void each_answer_says_why(
            String flag, String key, boolean value, Reason reason, String variant, int rule, ErrorCode error) {
        EvaluationDetails<Boolean> details = flags.details(flag, false, EvaluationContext.of(key));

        assertThat(details.value()).isEqualTo(value);
        assertThat(details.reason()).isEqualTo(reason);
        assertThat(details.variant().orElse(null)).isEqualTo(variant);
        assertThat(details.rule().orElse(-1)).isEqualTo(rule);
        assertThat(details.errorCode().orElse(null)).isEqualTo(error);
        assertThat(details.revision()).isEqualTo(1);
        assertThat(flags.isOn(flag, EvaluationContext.of(key))).isEqualTo(value);
    }

    @Test
    void the_first_rule_that_matches_decides() {
        assertThat(flags.value("theme", "none", bob.with("country", "DE"))).isEqualTo("dark!");
        assertThat(flags.value("theme", "none", bob.with("country", "FR"))).isEqualTo("light!");
    }

    @Test
    void numbers_are_compared_by_value_and_all_conditions_must_hold() {
        assertThat(flags.isOn("for-staff", bob.with("plan", "pro").with("level", 3.0)))
                .isTrue();
        assertThat(flags.isOn("for-staff", bob.with("plan", "pro").with("level", 4L)))
                .isTrue();
        assertThat(flags.isOn("for-staff", bob.with("plan", "pro").with("level", "3")))
                .isFalse();
        assertThat(flags.isOn("for-staff", bob.with("plan", "pro"))).isFalse();
    }

    @Test
    void a_listener_hears_of_its_flag_and_of_the_cohorts_that_it_refers_to_only() {
        List<String> heard = new ArrayList<>();
        flags.onChange("for-staff", () -> heard.add("for-staff"));
        flags.onChange("theme", () -> heard.add("theme"));

        put(Flag.bool("another").build());
        assertThat(heard).isEmpty();
        put(new Cohort("staff", Set.of("bob"), List.of()));

        assertThat(heard).containsExactly("for-staff");
        assertThat(flags.isOn("for-staff", bob)).isTrue();
    }

    @Test
    void a_listener_that_throws_hinders_nobody() {
        AtomicBoolean heard = new AtomicBoolean();
        flags.onChange("plain", () -> {
            throw new IllegalStateException("from a listener");
        });
        flags.onChange("plain", () -> heard.set(true));

        try (LogLines log = new LogLines(Flags.class)) {
            put(Flag.bool("plain").build());

            assertThat(log.all()).singleElement().asString().contains("A listener failed on revision");
        }
        assertThat(heard).isTrue();
        assertThat(flags.isOn("plain", bob)).isFalse();
    }

    private void put(Flag flag) {
        put(new Entry.OfFlag(flag));
    }

    private void put(Cohort cohort) {
        put(new Entry.OfCohort(cohort));
    }

    private void put(Entry entry) {
        Snapshot now = store.read();
        store.apply(Change.by("test", "changes it").put(entry, now.idOf(entry.key())));
    }

    @Test
    void readers_see_whole_states_only_and_never_an_older_one() throws Exception {
        putBoth(0);
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong wrong = new AtomicLong();
        AtomicLong states = new AtomicLong();
        FlagHandle<String> handle = flags.flag("counter", "none");
        Runnable reading = () -> {
            long lastRevision = 0;
            int lastCount = 0;
            while (!stop.get()) {
                FlagsSnapshot snapshot = flags.snapshot();
                int count = Integer.parseInt(snapshot.value("counter", "-1", bob));
                int twin = Integer.parseInt(snapshot.value("twin", "-2", bob));
                int direct = Integer.parseInt(handle.value(bob));
                EvaluationDetails<String> details = flags.details("counter", "-1", bob);
                boolean right = count == twin
                        && count >= lastCount
                        && direct >= count
                        && Integer.parseInt(details.value()) >= direct
                        && snapshot.revision() >= lastRevision
                        && details.revision() >= snapshot.revision();
                wrong.addAndGet(right ? 0 : 1);
                states.addAndGet(snapshot.revision() > lastRevision ? 1 : 0);
                lastRevision = snapshot.revision();
                lastCount = count;
            }
        };
        List<Thread> readers = List.of(new Thread(reading), new Thread(reading));
        readers.forEach(Thread::start);
        for (int i = 1; i <= 10_000; i++) {
            putBoth(i);
        }
        stop.set(true);
        for (Thread reader : readers) {
            reader.join();
        }

        assertThat(wrong).hasValue(0);
        assertThat(states.get()).isGreaterThan(10); // the readers were there while the states changed
        assertThat(flags.value("counter", "", bob)).isEqualTo("10000");
    }

    private void putBoth(int count) {
        Snapshot now = store.read();
        store.apply(Change.by("test", "counts")
                .put(counter("counter", count), now.idOf(EntryKey.flag("counter")))
                .put(counter("twin", count), now.idOf(EntryKey.flag("twin"))));
    }

    private static Flag counter(String key, int count) {
        return Flag.string(key, "now", String.valueOf(count)).build();
    }
}

package dev.turnout.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.Entry;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.testing.SettableTime;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the whole rule language decides. */
class DecidingTest {
    private static final String DOCUMENT = """
            version: 1
            cohorts:
              staff:
                when: [{attribute: email, endsWith: "@turnout.dev"}]
              banned:
                members: [mallory]
              trusted:
                when: [{cohort: staff}, {not: {cohort: banned}}]
            flags:
              trusted-only:
                type: boolean
                default: "off"
                rules: [{cohorts: [trusted], variant: "on"}]
              limit:
                type: integer
                variants: {low: 10, high: 3000000000}
                default: low
                rules: [{when: [{attribute: plan, in: [pro, team]}], variant: high}]
              ratio:
                type: float
                variants: {half: 0.5, whole: 1}
                default: half
              settings:
                type: object
                variants: {plain: {color: red, sizes: [1, 2.5], deep: {none: null}}}
                default: plain
              colour:
                type: string
                variants: {red: r, green: g, blue: b}
                default: red
                rules: [{split: {red: 200000, green: 300000, blue: 500000}}]
              experiment:
                type: string
                variants: {none: "-", a: a, b: b}
                default: none
                rules: [{share: 100000, split: {a: 500000, b: 500000}}]
              parent:
                type: string
                variants: {old: old, new: new}
                default: old
                rules: [{when: [{attribute: country, equals: DE}], variant: new}]
              child:
                type: boolean
                default: "off"
                requires: {parent: [new]}
                rules: [{variant: "on"}]
              turned-off:
                type: boolean
                enabled: false
                default: "on"
              orphan:
                type: boolean
                default: "off"
                requires: {turned-off: ["on"]}
                rules: [{variant: "on"}]
              seasonal:
                type: boolean
                default: "off"
                schedule: {from: "2026-12-01T00:00:00Z", until: "2027-01-07T00:00:00+01:00"}
                rules: [{variant: "on"}]
              growing:
                type: boolean
                default: "off"
                rules:
                  - share:
                      - {from: "2026-12-01T00:00:00Z", share: 100000}
                      - {from: "2026-12-08T00:00:00Z", share: 1000000}
                    variant: "on"
              per-company:
                type: boolean
                default: "off"
                rules: [{share: 500000, variant: "on"}]
                bucketing: {hash: murmur3_32, salt: per-company, by: company}
            """;

    private final SettableTime time = new SettableTime("2026-11-22T12:00:00Z");
    private final InMemoryFlagStore store = new InMemoryFlagStore(DocumentReader.read("test", DOCUMENT));
    private final Flags flags = Flags.builder(store).time(time).build();
    private final EvaluationContext ana = EvaluationContext.of("ana");

    @AfterEach
    void close() {
        flags.close();
    }

    @ParameterizedTest
    @CsvSource({
        "ana, ana@turnout.dev, true",
        "mallory, m@turnout.dev, false",
        "ana, ana@example.com, false",
        "ana, , false"
    })
    void cohorts_are_made_of_other_cohorts_also_of_those_who_are_not_in_them(String key, String email, boolean on) {
        EvaluationContext context = EvaluationContext.of(key);

        assertThat(flags.isOn("trusted-only", email == null ? context : context.with("email", email)))
                .isEqualTo(on);
    }

    @Test
    void the_default_decides_the_type() {
        assertThat(flags.value("limit", 1, ana)).isEqualTo(10);
        assertThat(flags.value("limit", 1L, ana)).isEqualTo(10L);
        assertThat(flags.value("limit", 1L, ana.with("plan", "pro"))).isEqualTo(3_000_000_000L);
        assertThat(flags.value("ratio", 0.1, ana)).isEqualTo(0.5);
        assertThat(flags.value("ratio", 0.1f, ana)).isEqualTo(0.5f);
        Map<String, Object> settings = flags.value("settings", Map.of(), ana);
        assertThat(settings).containsEntry("color", "red").containsEntry("sizes", List.of(1L, 2.5));
        assertThatThrownBy(() -> settings.put("color", "blue")).isInstanceOf(UnsupportedOperationException.class);
        assertThat(flags.details("settings", Map.of(), ana).variant()).contains("plain");
    }

    @Test
    void what_does_not_fit_the_type_of_the_default_is_the_default_and_says_so() {
        assertThat(flags.details("limit", 1, ana.with("plan", "pro")).errorCode())
                .contains(ErrorCode.TYPE_MISMATCH);
        assertThat(flags.details("limit", "many", ana).errorCode()).contains(ErrorCode.TYPE_MISMATCH);
        assertThat(flags.details("limit", 1.0, ana).value()).isEqualTo(1.0);
        assertThat(flags.value("colour", true, ana)).isTrue();
        assertThat(flags.details("colour", Map.of(), ana).errorCode()).contains(ErrorCode.TYPE_MISMATCH);
        assertThat(flags.details("settings", "text", ana).errorCode()).contains(ErrorCode.TYPE_MISMATCH);
        assertThat(flags.value("limit", Instant.EPOCH, ana)).isEqualTo(Instant.EPOCH);
        assertThat(flags.errors(ErrorCode.TYPE_MISMATCH)).isEqualTo(7);
    }

    @Test
    @SuppressWarnings("NullAway") // callers whose compiler does not look after null
    void null_is_nobody_and_of_no_type() {
        assertThat(flags.isOn(null, null)).isFalse();
        assertThat(flags.isOn("growing", null)).isFalse();
        assertThat(flags.<String>value("colour", (String) null, ana)).isNull();
        assertThat(flags.details("colour", "r", null).errorCode()).contains(ErrorCode.TARGETING_KEY_MISSING);
    }

    @Test
    void a_split_gives_each_variant_its_part_and_a_share_takes_from_the_beginning_of_each() {
        int[] colours = new int[3];
        int[] experiment = new int[3];
        int n = 100_000;
        for (int i = 0; i < n; i++) {
            EvaluationContext unit = EvaluationContext.of("unit-" + i);
            colours["rgb".indexOf(flags.value("colour", "?", unit))]++;
            experiment["-ab".indexOf(flags.value("experiment", "?", unit))]++;
        }

        assertShares(colours, n, 0.2, 0.3, 0.5);
        assertShares(experiment, n, 0.9, 0.05, 0.05);
        assertThat(flags.details("colour", "?", ana).reason()).isEqualTo(Reason.SPLIT);
    }

    private static void assertShares(int[] counts, int n, double... shares) {
        for (int i = 0; i < shares.length; i++) {
            double sigma = Math.sqrt(n * shares[i] * (1 - shares[i]));
            assertThat((double) counts[i]).isBetween(n * shares[i] - 4 * sigma, n * shares[i] + 4 * sigma);
        }
    }

    @Test
    void raising_the_share_of_a_split_adds_units_and_moves_nobody() {
        String[] before = new String[10_000];
        for (int share = 0; share <= 1_000_000; share += 50_000) {
            Flag flag = Flag.string("growth", "none", "-")
                    .variant("a", "a")
                    .variant("b", "b")
                    .rule(new dev.turnout.flags.rule.Rule(
                            List.of(),
                            List.of(),
                            dev.turnout.flags.rule.Share.of(share),
                            new java.util.TreeMap<>(Map.of("a", 333_333, "b", 666_667))))
                    .build();
            put(flag);
            for (int i = 0; i < before.length; i++) {
                String now = flags.value("growth", "?", EvaluationContext.of("unit-" + i));
                if (before[i] != null && !before[i].equals("-")) {
                    assertThat(now).isEqualTo(before[i]);
                }
                before[i] = now;
            }
        }
        assertThat(before).doesNotContain("-");
    }

    @Test
    void a_prerequisite_must_answer_one_of_the_variants() {
        assertThat(flags.isOn("child", ana)).isFalse();
        assertThat(flags.details("child", false, ana).reason()).isEqualTo(Reason.DEFAULT);
        assertThat(flags.isOn("child", ana.with("country", "DE"))).isTrue();
        assertThat(flags.isOn("orphan", ana)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-30T23:59:59.999Z, false",
        "2026-12-01T00:00:00Z,     true",
        "2027-01-06T22:59:59.999Z, true",
        "2027-01-06T23:00:00Z,     false",
    })
    void a_schedule_is_from_a_moment_until_before_another(String now, boolean on) {
        time.set(now);

        assertThat(flags.isOn("seasonal", ana)).isEqualTo(on);
    }

    @Test
    void a_share_grows_in_steps() {
        assertThat(onAmong(1_000)).isZero();
        time.set("2026-12-01T00:00:00Z");
        assertThat(onAmong(1_000)).isBetween(60, 140);
        time.set("2026-12-08T00:00:00Z");
        assertThat(onAmong(1_000)).isEqualTo(1_000);
    }

    private int onAmong(int units) {
        int on = 0;
        for (int i = 0; i < units; i++) {
            on += flags.isOn("growing", EvaluationContext.of("unit-" + i)) ? 1 : 0;
        }
        return on;
    }

    @Test
    void shares_can_be_taken_of_another_attribute() {
        for (int company = 0; company < 100; company++) {
            boolean on = flags.isOn("per-company", ana.with("company", company));
            for (String user : List.of("bob", "cy", "")) {
                EvaluationContext colleague = EvaluationContext.of(user).with("company", company);
                assertThat(flags.isOn("per-company", colleague)).isEqualTo(on);
            }
        }
        assertThat(flags.details("per-company", false, ana).errorCode()).contains(ErrorCode.TARGETING_KEY_MISSING);
        assertThat(flags.details("per-company", false, ana.with("company", 0.5)).errorCode())
                .contains(ErrorCode.TARGETING_KEY_MISSING);
    }

    @Test
    void an_explanation_tells_each_step() {
        assertThat(flags.explain("trusted-only", ana.with("email", 5)).toString())
                .isEqualTo("trusted-only = false (DEFAULT, variant off, revision 1)"
                        + "\n  - rule 0: not about this context: email is 5, but needs text for: email ends with '@turnout.dev'"
                        + "\n  + default: no rule has decided, so it is variant 'off'");
        assertThat(flags.explain("child", ana).toString())
                .contains("- prerequisite parent: it answers 'old', and one of [new] is required");
        assertThat(flags.explain("orphan", ana).toString()).contains("- prerequisite turned-off: it is turned off");
        assertThat(flags.explain("turned-off", ana).toString()).contains("it is turned off");
        assertThat(flags.explain("growing", ana).toString()).contains("0 % take part, gets no variant");
        assertThat(flags.explain("colour", EvaluationContext.empty()).toString())
                .contains("no bucketing key");
        assertThat(flags.explain("seasonal", ana).toString())
                .contains(
                        "- schedule: from 2026-12-01T00:00:00Z until 2027-01-06T23:00:00Z, and it is 2026-11-22T12:00:00Z");
        assertThat(flags.explain("unknown", ana).details().errorCode()).contains(ErrorCode.FLAG_NOT_FOUND);
        assertThat(flags.counts()).isEmpty();
    }

    @Test
    void an_explanation_and_the_answer_are_the_same() {
        for (String key : flags.snapshot().document().flags().keySet()) {
            EvaluationDetails<Object> explained = flags.explain(key, ana).details();
            Object answer = explained.value() instanceof Map
                    ? flags.value(key, Map.of(), ana)
                    : flags.value(key, explained.value(), ana);
            assertThat(answer).isEqualTo(explained.value());
        }
    }

    @Test
    void a_handle_follows_its_flag_through_changes() {
        FlagHandle<Boolean> late = flags.flag("late", false);
        FlagHandle<Long> limit = flags.flag("limit", 7L);
        assertThat(late.value(ana)).isFalse();
        assertThat(limit.value(ana)).isEqualTo(10);

        put(Flag.bool("late").byDefault("on").build());

        assertThat(late.value(ana)).isTrue();
        assertThat(late.details(ana).variant()).contains("on");
    }

    @Test
    void a_snapshot_stays_what_it_is() {
        FlagsSnapshot before = flags.snapshot();
        put(Flag.bool("trusted-only").byDefault("on").build());

        assertThat(before.isOn("trusted-only", ana)).isFalse();
        assertThat(flags.snapshot().isOn("trusted-only", ana)).isTrue();
        assertThat(flags.snapshot().revision()).isGreaterThan(before.revision());
    }

    @Test
    void a_change_compiles_what_it_touches_and_nothing_else() {
        FlagTable before = flags.snapshot().flags();
        put(new Cohort("banned", Set.of("eve"), List.of()));
        FlagTable after = flags.snapshot().flags();

        assertThat(after.get("trusted-only")).isNotSameAs(before.get("trusted-only"));
        assertThat(flags.details("trusted-only", false, ana).revision()).isEqualTo(2);
        after.stream()
                .filter(flag -> !flag.key().equals("trusted-only"))
                .forEach(flag -> assertThat(flag).isSameAs(before.get(flag.key())));

        put(flags.snapshot().document().flags().get("parent").toBuilder()
                .byDefault("new")
                .build());
        assertThat(flags.snapshot().flags().get("child")).isNotSameAs(after.get("child"));
        assertThat(flags.snapshot().flags().get("colour")).isSameAs(after.get("colour"));
    }

    @Test
    void decisions_are_counted_by_variant_and_reason_also_over_changes_of_the_flag() {
        flags.isOn("child", ana);
        flags.isOn("child", ana.with("country", "DE"));
        put(flags.snapshot().document().flags().get("child").toBuilder()
                .share(5, "on")
                .build());
        flags.value("child", true, ana);
        flags.details("unknown", 1, ana);

        assertThat(flags.counts())
                .containsExactlyInAnyOrder(
                        new EvaluationCount("child", "off", Reason.DEFAULT, 2),
                        new EvaluationCount("child", "on", Reason.TARGETING_MATCH, 1));
        assertThat(flags.errors(ErrorCode.FLAG_NOT_FOUND)).isEqualTo(1);
    }

    @Test
    void flags_that_have_expired_or_settled_could_be_removed() {
        assertThat(flags.obsolete()).isEmpty();
        time.set("2100-01-01T00:00:00Z");

        assertThat(flags.obsolete())
                .extracting(ObsoleteFlag::flagKey, ObsoleteFlag::cause)
                .contains(org.assertj.core.groups.Tuple.tuple("ratio", ObsoleteFlag.Cause.SETTLED))
                .doesNotContain(org.assertj.core.groups.Tuple.tuple("seasonal", ObsoleteFlag.Cause.SETTLED));
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

    @ParameterizedTest
    @ValueSource(longs = {123456789012345678L, (1L << 53) + 1, Long.MAX_VALUE, 42})
    void an_id_decides_the_same_whatever_class_it_came_in(long id) {
        Flag equal = Flag.bool("equal")
                .rule(new Rule(List.of(), List.of(new Condition.Equals("account", id)), 1_000_000, "on"))
                .build();
        Flag in = Flag.bool("in")
                .rule(new Rule(List.of(), List.of(new Condition.In("account", Set.of(id, 7))), 1_000_000, "on"))
                .build();
        Flag share = Flag.bool("share").bucketBy("account").share(999_999, "on").build();
        InMemoryFlagStore store = new InMemoryFlagStore(
                new FlagDocument(Map.of(), Map.of("equal", equal, "in", in, "share", share), Map.of()));
        try (Flags flags = Flags.from(store)) {
            for (Object one : List.of(
                    id,
                    BigInteger.valueOf(id),
                    BigDecimal.valueOf(id),
                    new BigDecimal(id + ".00"),
                    new AtomicLong(id))) {
                EvaluationContext context = EvaluationContext.of("ana").with(Map.of("account", one));
                for (String flag : List.of("equal", "in", "share")) {
                    assertThat(flags.isOn(flag, context))
                            .as("%s of %s", flag, one.getClass())
                            .isTrue();
                }
            }
            EvaluationContext next = EvaluationContext.of("ana")
                    .with(Map.of("account", BigInteger.valueOf(id).add(BigInteger.ONE)));
            assertThat(flags.isOn("equal", next)).isFalse();
            assertThat(flags.isOn("in", next)).isFalse();
        }
    }
}

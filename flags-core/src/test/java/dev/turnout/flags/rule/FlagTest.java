package dev.turnout.flags.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FlagTest {
    @Test
    void a_default_or_a_rule_names_a_variant_that_is_there() {
        assertThatThrownBy(() -> Flag.bool("f").byDefault("maybe").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no variant 'maybe'")
                .hasMessageContaining("[on, off]");
        assertThatThrownBy(() -> Flag.bool("f").share(1, "maybe").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no variant 'maybe'");
    }

    @Test
    void all_variants_are_of_the_flags_type() {
        assertThatThrownBy(() -> Flag.bool("f").variant("third", "yes").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Variant 'third' of boolean flag 'f' must be true or false")
                .hasMessageContaining("'yes'");
        assertThatThrownBy(() -> Flag.string("f", "a", "A").variant("b", 5).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Variant 'b'");
    }

    @Test
    void a_flag_keeps_copies_in_the_order_in_which_things_were_written() {
        Map<String, Object> variants = new LinkedHashMap<>(Map.of("z", "1"));
        variants.put("a", "2");
        List<Rule> rules = new ArrayList<>();
        Flag flag = new Flag(
                "f",
                FlagType.STRING,
                true,
                variants,
                "z",
                Map.of(),
                Schedule.ALWAYS,
                rules,
                new Bucketing("f"),
                Condition.TARGETING_KEY,
                Flag.About.NOTHING);
        variants.put("b", "3");
        rules.add(new Rule(List.of(), List.of(), 1, "b"));

        assertThat(flag.variants().keySet()).containsExactly("z", "a");
        assertThat(flag.rules()).isEmpty();
        assertThatThrownBy(() -> flag.variants().put("c", "4")).isInstanceOf(UnsupportedOperationException.class);
        assertThat(flag.withRules(List.of(new Rule(List.of(), List.of(), 1, "a")))
                        .rules())
                .hasSize(1);
    }

    @Test
    void a_cohort_is_its_members_and_everyone_for_whom_all_conditions_hold() {
        Set<String> members = new LinkedHashSet<>(Set.of("ana"));
        Cohort cohort = new Cohort("c", members, List.of(new Condition.Equals("country", "DE")));
        members.add("bob");

        assertThat(contains(cohort, "ana")).isTrue();
        assertThat(contains(cohort, "bob")).isFalse();
        assertThat(contains(Cohort.of("nobody"), "ana")).isFalse();
    }

    private static boolean contains(Cohort cohort, String key) {
        return cohort.matcher(name -> fail("no cohort is named")).matches(Subject.ofKey(key));
    }
}

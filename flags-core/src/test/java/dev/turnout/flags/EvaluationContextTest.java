package dev.turnout.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EvaluationContextTest {
    @Test
    void however_many_attributes_there_are_each_has_its_last_value() {
        EvaluationContext one = EvaluationContext.of("ana");
        Map<String, Object> all = new HashMap<>();
        for (int i = 0; i < 20; i++) {
            one = one.with("number-" + i, i).with("number-" + i / 2, "again");
            all.put("number-" + i, i);
        }
        EvaluationContext atOnce = EvaluationContext.of("ana").with(all);

        for (int i = 0; i < 20; i++) {
            assertThat(one.attribute("number-" + i)).isEqualTo(i < 10 ? "again" : (Object) (long) i);
            assertThat(atOnce.attribute("number-" + i)).isEqualTo((long) i);
        }
        assertThat(one.attribute("number-20")).isNull();
        assertThat(one.attribute("targetingKey")).isEqualTo("ana");
    }

    @Test
    void a_context_stays_what_it_is() {
        EvaluationContext before = EvaluationContext.of("ana").with("plan", "free");
        EvaluationContext after = before.with("plan", "pro").with("country", "DE");

        assertThat(before.attribute("plan")).isEqualTo("free");
        assertThat(before.attribute("country")).isNull();
        assertThat(after.attribute("plan")).isEqualTo("pro");
    }

    @Test
    void a_null_is_an_attribute_that_is_absent() {
        Map<String, Object> user = new HashMap<>();
        user.put("country", null);
        user.put("plan", "pro");
        user.put("age", Optional.empty());

        EvaluationContext ana =
                EvaluationContext.of("ana").with("country", "DE").with(user);

        assertThat(ana.attribute("country")).isNull();
        assertThat(ana.attribute("plan")).isEqualTo("pro");
        assertThat(ana.attribute("age")).isNull();
        assertThat(ana.with("plan", (String) null).attribute("plan")).isNull();
        assertThat(ana.with("since", (Instant) null).attribute("since")).isNull();
        assertThat(ana.with("tags", (List<String>) null).attribute("tags")).isNull();
        assertThat(ana.with("tags", Arrays.asList("a", null)).attribute("tags")).isEqualTo(List.of("a"));
        assertThatThrownBy(() -> ana.with(java.util.Collections.singletonMap(null, "x")))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("The name of an attribute");
    }

    @Test
    void a_value_of_another_kind_is_refused_with_the_name_of_its_attribute() {
        for (Object value :
                new Object[] {'c', new int[] {1}, List.of(1), Map.of(), new Object[] {"a", 1}, Optional.of('c')}) {
            assertThatThrownBy(() -> EvaluationContext.of("ana").with(Map.of("shoes", value)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("attribute 'shoes'")
                    .hasMessageContaining("but was a " + value.getClass().getTypeName());
        }
    }
}

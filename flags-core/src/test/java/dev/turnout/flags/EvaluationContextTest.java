package dev.turnout.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
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
}

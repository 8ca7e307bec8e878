package dev.turnout.flags.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.Flags;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Stage;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class KeyTextTest {
    private enum Country {
        DE
    }

    private record Place(int region, long id) {}

    private static final class Nameless {}

    private static final class Records implements DataPath<Object, String> {
        private final Map<Object, String> records = new HashMap<>();

        @Override
        public Optional<String> get(Object key) {
            return Optional.ofNullable(records.get(key));
        }

        @Override
        public void put(Object key, String value) {
            records.put(key, value);
        }

        @Override
        public void delete(Object key) {
            records.remove(key);
        }
    }

    static Stream<Object> speaking() {
        return Stream.of("a", 7, 7L, new UUID(1, 2), Country.DE, new Place(1, 2));
    }

    @ParameterizedTest
    @MethodSource("speaking")
    void a_key_is_its_own_text(Object key) {
        assertThat(KeyText.byDefault().apply(key)).isEqualTo(key.toString());
    }

    static Stream<Object> mute() {
        return Stream.of(new Nameless(), new byte[] {1}, new Object());
    }

    @ParameterizedTest
    @MethodSource("mute")
    void a_key_whose_text_is_another_one_in_each_process_is_refused(Object key) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> KeyText.byDefault().apply(key))
                .withMessageContaining("keyText(...)");
    }

    @Test
    void it_is_refused_at_its_first_write_and_taken_with_a_text_of_the_application_s() throws Exception {
        try (Rig rig = new Rig(Stage.OFF);
                Flags flags = rig.flags();
                Flags others = rig.flags();
                Migration<Object, String> mute =
                        Migration.named(Rig.NAME, new Records(), new Records()).build(flags);
                Migration<Object, String> told = Migration.named(Rig.NAME, new Records(), new Records())
                        .keyText(key -> "the only one")
                        .build(others)) {
            Object key = new Nameless();

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> mute.put(key, "a"))
                    .withMessageContaining("Nameless");
            assertThat(mute.get(key)).isEmpty();

            told.put(key, "a");
            assertThat(told.get(key)).contains("a");
        }
    }

    @Test
    void nodes_tell_each_other_the_texts_of_the_samples_in_ascii() {
        assertThat(KeyText.told(key -> "k'" + key + "\u00fc", List.of(7, 8, 7)))
                .isEqualTo("'k\\00277\\00fc', 'k\\00278\\00fc'");
        assertThat(KeyText.told(String::valueOf, List.of())).isEmpty();
    }

    @Test
    void samples_that_show_a_text_to_be_no_key_are_refused() {
        MigrationBuilder<Integer, String> builder = Migration.named("m", new MapPath("old"), new MapPath("new"));
        AtomicInteger calls = new AtomicInteger();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.keyText(key -> "k" + key % 10, 7, 17))
                .withMessageContaining("sample 17 has 'k7', as 7 has");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.keyText(key -> "k" + calls.incrementAndGet(), 7))
                .withMessageContaining("the next time another one");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.keyText(key -> "k".repeat(249), 7))
                .withMessageContaining("at most 250 characters together, quotes and commas included, but have 251");
        builder.keyText(key -> "k".repeat(248), 7);
    }

    @Test
    void an_operation_whose_key_has_no_text_does_not_stay_counted() throws Exception {
        try (Rig rig = new Rig(Stage.OFF)) {
            Migration<Integer, String> migration = rig.opened(rig.builder(new MapPath("old"), new MapPath("new"))
                    .keyText(key -> String.valueOf(100 / key))
                    .build(rig.flags()));
            Rig.get(rig.controller(migration).moveTo(Goal.of(Stage.DUAL_WRITE, 1), "ana", "one key in a million"));

            assertThatThrownBy(() -> migration.put(0, "a")).isInstanceOf(ArithmeticException.class);

            assertThat(migration.fence.isIdle()).isTrue();
        }
    }
}

package dev.turnout.flags.jdbc.copy;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class KeyCodecTest {
    /** Text that is read in another form than it was written in. */
    private record Odd(UnaryOperator<String> write, UnaryOperator<String> read) implements KeyCodec<String> {
        @Override
        public int compare(String one, String other) {
            return one.compareTo(other);
        }

        @Override
        public String toText(String key) {
            return write.apply(key);
        }

        @Override
        public String fromText(String text) {
            return read.apply(text);
        }
    }

    @Test
    void a_text_that_is_not_read_as_the_same_key_is_refused() {
        KeyCodec<String> trims = new Odd(key -> key, String::strip);
        KeyCodec<String> lowers = new Odd(key -> key.toLowerCase(Locale.ROOT), text -> text);
        KeyCodec<String> fails = new Odd(key -> key, text -> {
            throw new NumberFormatException("not a number");
        });

        assertThat(trims.canonicalText("42")).isEqualTo("42");
        assertThat(lowers.canonicalText("abc")).isEqualTo("abc");
        assertThat(KeyCodec.longs().canonicalText(-7L)).isEqualTo("-7");
        assertThat(KeyCodec.strings().canonicalText(" 42")).isEqualTo(" 42");
        assertThatThrownBy(() -> trims.canonicalText(" 42"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(
                        "Key  42 is written as ' 42', and that is read as another key, with the text '42'.");
        assertThatThrownBy(() -> lowers.canonicalText("Abc"))
                .hasMessageContaining("'abc', and that is read as another key");
        assertThatThrownBy(() -> fails.canonicalText("x")).hasMessageContaining("can't be read: not a number");
    }

    @Test
    void text_is_ordered_by_its_bytes() {
        List<String> texts = List.of(
                "",
                "a",
                "A",
                "aa",
                "B",
                "z",
                "é",
                "\uE000",
                "\uFFFD",
                "\uD83D\uDE00",
                "\uD83D\uDE01",
                "a\uD83D\uDE00",
                "a\uFFFD");

        for (String one : texts) {
            for (String other : texts) {
                assertThat(Integer.signum(KeyCodec.strings().compare(one, other)))
                        .as("%s and %s", one, other)
                        .isEqualTo(Integer.signum(Arrays.compareUnsigned(one.getBytes(UTF_8), other.getBytes(UTF_8))));
            }
        }
    }

    @Test
    void keys_survive_being_written_down() {
        assertThat(KeyCodec.strings().fromText(KeyCodec.strings().toText(" 42")))
                .isEqualTo(" 42");
        assertThat(KeyCodec.longs().fromText(KeyCodec.longs().toText(Long.MIN_VALUE)))
                .isEqualTo(Long.MIN_VALUE);
        assertThat(KeyCodec.longs().compare(-1L, 1L)).isNegative();
    }
}

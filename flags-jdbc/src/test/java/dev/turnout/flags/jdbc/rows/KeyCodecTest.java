package dev.turnout.flags.jdbc.rows;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyCodecTest {
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

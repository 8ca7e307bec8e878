package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SseTest {
    @Test
    void a_frame_has_id_name_and_data() {
        assertThat(Sse.event("7", "change", "{}")).isEqualTo("id: 7\nevent: change\ndata: {}\n\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\n\nevent: fake\n\n", "a\rid: 9\r\ndata: b", "\r\n\r\n", "\n", "", "\u2028\u0085\0"})
    void no_data_can_end_its_frame_or_name_another_field(String data) {
        String frame = Sse.event("sample", data);

        // Lines as a reader of the format sees them.
        List<String> lines = List.of(frame.substring(0, frame.length() - 2).split("\r\n|\r|\n", -1));
        assertThat(frame).endsWith("\n\n");
        assertThat(lines.get(0)).isEqualTo("event: sample");
        assertThat(lines.subList(1, lines.size()))
                .allSatisfy(line -> assertThat(line).startsWith("data: "));
    }

    @Test
    void a_name_is_one_line() {
        assertThatIllegalArgumentException().isThrownBy(() -> Sse.event("a\rdata: b", ""));
    }
}

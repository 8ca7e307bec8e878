package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.http.client.HttpFlagStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlagServerMainTest {
    @TempDir
    private Path folder;

    private String file() throws IOException {
        return Files.writeString(folder.resolve("flags.yaml"), RunningServer.DOCUMENT)
                .toString();
    }

    @Test
    void a_file_is_served_on_its_own() throws IOException {
        String[] args = {"--store", file(), "--port", "0"};
        try (FlagServer server = FlagServerMain.start(args, Map.of());
                HttpFlagStore store = HttpFlagStore.at(server.uri())) {
            assertThat(store.read().document().entry(EntryKey.flag("theme"))).isPresent();
        }
    }

    @Test
    void tokens_come_from_the_environment() throws IOException {
        String[] args = {"--store", file(), "--port", "0", "--host", "0.0.0.0"};
        String secret = "sixteen-letters!";
        try (FlagServer server = FlagServerMain.start(args, Map.of("TURNOUT_READ_TOKEN", secret));
                HttpFlagStore store = HttpFlagStore.at(server.uri(), secret)) {
            assertThat(store.read().revision()).isPositive();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'', --store is missing",
        "'--port 0', --store is missing",
        "'--store', has no value",
        "'--store FILE --port x', a number",
        "'--store FILE --port 70000', 0 to 65535",
        "'--store FILE --store FILE', stands there twice",
        "'--store FILE --verbose', not an option",
        "'--store FILE --host 0.0.0.0', Add tokens",
    })
    void a_wrong_call_is_answered_with_what_is_right(String line, String message) throws IOException {
        String[] args =
                line.isEmpty() ? new String[0] : line.replace("FILE", file()).split(" ");

        assertThatThrownBy(() -> FlagServerMain.start(args, Map.of())).hasMessageContaining(message);
    }
}

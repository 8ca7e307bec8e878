package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.store.FlagStoreException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StoreCallsTest {
    @Test
    void whoever_finds_no_thread_does_not_keep_its_place() {
        AtomicBoolean full = new AtomicBoolean(true);
        try (StoreCalls calls = new StoreCalls(Duration.ofSeconds(1), task -> {
            if (full.get()) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            return new Thread(task);
        })) {
            for (int i = 0; i < 20; i++) { // more than there are places
                assertThatThrownBy(() -> calls.call(() -> "read")).isInstanceOf(OutOfMemoryError.class);
            }
            full.set(false);

            assertThat(calls.call(() -> "read")).isEqualTo("read");
        }
    }

    @Test
    void nothing_is_asked_after_the_end() {
        StoreCalls calls = new StoreCalls(Duration.ofSeconds(1));
        calls.close();

        assertThatThrownBy(() -> calls.call(() -> "read"))
                .isInstanceOf(FlagStoreException.class)
                .hasMessageContaining("is closed");
    }
}

package dev.turnout.flags.http.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.turnout.flags.Flags;
import dev.turnout.flags.store.InMemoryFlagStore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenTest {
    @ParameterizedTest
    @ValueSource(strings = {"", "short", "fifteen-letters", "sixteen letters!", "sixteen-lettersä"})
    void a_secret_must_be_long_and_fit_into_a_header(String secret) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Token.of("ana", secret, Role.READ))
                .withMessageContaining("openssl rand");
    }

    @Test
    void a_token_does_not_tell_its_secret() {
        assertThat(Token.of("ana", "sixteen-letters!", Role.READ)).hasToString("token 'ana' (READ)");
    }

    @Test
    void two_tokens_have_two_names() {
        try (Flags flags = Flags.from(new InMemoryFlagStore())) {
            FlagServer.Builder builder = FlagServer.builder(flags).token("ana", "sixteen-letters!", Role.READ);

            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.token("ana", "seventeen-letters", Role.EDIT))
                    .withMessageContaining("two tokens 'ana'");
        }
    }
}

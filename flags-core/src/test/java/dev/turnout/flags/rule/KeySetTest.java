package dev.turnout.flags.rule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeySetTest {
    private static final int MANY = 20_000;

    @Test
    void has_the_keys_that_it_was_made_of_and_no_other() {
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < MANY; i++) {
            keys.add("user-" + i);
        }
        KeySet set = new KeySet(keys);

        for (int i = 0; i < 2 * MANY; i++) {
            assertThat(set.contains("user-" + i)).isEqualTo(i < MANY);
        }
    }

    @Test
    void keys_with_one_hash_are_found_too() {
        Set<String> keys = new HashSet<>();
        for (int number = 0; number < 1 << 8; number++) {
            StringBuilder key = new StringBuilder();
            for (int bit = 0; bit < 8; bit++) {
                key.append(((number >> bit) & 1) == 0 ? "Aa" : "BB");
            }
            keys.add(key.toString());
        }
        KeySet set = new KeySet(keys);

        assertThat(keys).allMatch(set::contains);
        assertThat(set.contains("AaAaAaAaAaAaAaAaAa")).isFalse();
    }

    @Test
    void keys_without_a_hash_are_keys_like_others() { // both have the hash 0, as places without a key do
        assertThat(new KeySet(Set.of()).contains("")).isFalse();
        assertThat(new KeySet(Set.of("")).contains("")).isTrue();
        assertThat(new KeySet(Set.of("")).contains("\0")).isFalse();
        assertThat(new KeySet(Set.of("", "\0")).contains("\0")).isTrue();
    }
}

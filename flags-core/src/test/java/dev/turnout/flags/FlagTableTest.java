package dev.turnout.flags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FlagTableTest {
    private static FlagTable tableOf(List<String> keys) {
        Map<String, Flag> flags = new LinkedHashMap<>();
        keys.forEach(key -> flags.put(key, Flag.bool(key).build()));
        return Flags.from(new InMemoryFlagStore(new FlagDocument(Map.of(), flags, Map.of())))
                .snapshot()
                .flags();
    }

    private static void assertHasExactly(FlagTable table, List<String> keys) {
        assertThat(keys)
                .allSatisfy(key -> assertThat(table.get(String.valueOf(key.toCharArray())))
                        .isNotNull()
                        .extracting(CompiledFlag::key)
                        .isEqualTo(key));
        assertThat(table.stream().map(CompiledFlag::key)).containsExactlyInAnyOrderElementsOf(keys);
    }

    @Test
    void each_flag_is_found_and_no_other() {
        List<String> keys = IntStream.range(0, 5_000).mapToObj(i -> "flag-" + i).toList();
        FlagTable table = tableOf(keys);

        assertHasExactly(table, keys);
        assertThat(table.get("flag-5000")).isNull();
        assertThat(table.get(null)).isNull();
        assertThat(FlagTable.EMPTY.get("flag-0")).isNull();
    }

    @Test
    void keys_with_one_hash_are_found_too() {
        List<String> keys = keysWithOneHash(8);
        FlagTable table = tableOf(keys.subList(1, keys.size()));

        assertHasExactly(table, keys.subList(1, keys.size()));
        assertThat(table.get(keys.get(0))).isNull();
    }

    /** Two to the power of {@code pairs} keys that differ and have one hash. */
    private static List<String> keysWithOneHash(int pairs) {
        return IntStream.range(0, 1 << pairs)
                .mapToObj(number -> IntStream.range(0, pairs)
                        .mapToObj(bit -> ((number >> bit) & 1) == 0 ? "Aa" : "BB")
                        .reduce("", String::concat))
                .toList();
    }
}

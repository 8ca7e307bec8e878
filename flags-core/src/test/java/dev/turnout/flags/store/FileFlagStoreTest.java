package dev.turnout.flags.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.document.DocumentException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileFlagStoreTest extends FlagStoreContract {
    private static final String ONE_FLAG = """
            version: 1
            flags:
              theme: {type: string, variants: {a: light}, default: a}
            """;

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("flags.yaml");
    }

    private void save(String text) throws IOException {
        Files.writeString(file(), text);
    }

    @Override
    EditableFlagStore open() throws IOException {
        save("version: 1\n");
        return FileFlagStore.watching(file());
    }

    private FileFlagStore fileStore() {
        return (FileFlagStore) store;
    }

    @Test
    void what_people_save_is_used() throws IOException {
        List<Long> heard = new ArrayList<>();
        store.watch(snapshot -> heard.add(snapshot.revision()));
        save(ONE_FLAG);

        fileStore().poll();

        assertThat(store.read().document().flags()).containsKey("theme");
        assertThat(heard).containsExactly(store.read().revision());
        assertThat(store.read().lastChange(dev.turnout.flags.document.EntryKey.flag("theme")))
                .hasValueSatisfying(change -> assertThat(change.by()).isEqualTo("file"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "version: 1\nflags: {theme: {type: string, variants: {a: light}, default: a, onwer: me}}",
                "version: 1\nflags: {theme: {type: boolean, default: 'off', rules: [{share: 1000001, variant: 'on'}]}}",
                "version: 1\nflags: {theme: {type: boolean, default: 'off', rules: [{cohorts: [who], variant: 'on'}]}}",
                "version: 1\nflags: {a: {type: boolean, default: 'off'}, a: {type: boolean, default: 'on'}}",
                "version: 1\nmigrations: {m: {position: SIDEWAYS}}",
                "version: 1\nflags: {theme: [",
                "",
            })
    void a_file_that_is_not_valid_is_refused_with_its_place_and_the_state_before_goes_on(String text)
            throws IOException {
        save(ONE_FLAG);
        Snapshot before = store.read();
        save(text);

        fileStore().poll();

        assertThatThrownBy(store::read)
                .isInstanceOf(DocumentException.class)
                .hasMessageMatching("flags\\.yaml:\\d+:\\d+.*");
        save(ONE_FLAG + "\n");
        assertThat(store.read().document()).isEqualTo(before.document());
        assertThat(store.read().revision()).isGreaterThan(before.revision());
    }

    @Test
    void a_file_that_is_not_there_is_refused_until_it_is_back() throws IOException {
        Files.delete(file());
        fileStore().poll();
        assertThatThrownBy(store::read).isInstanceOf(FlagStoreException.class).hasMessageContaining("can't be read");

        save(ONE_FLAG);

        assertThat(store.read().document().flags()).containsKey("theme");
    }

    @Test
    void people_can_not_move_a_position_over_the_bridge_by_hand() throws IOException {
        save("version: 1\nmigrations: {m: {position: SHADOW}}");
        store.read();
        save("version: 1\nmigrations: {m: {version: 2, position: LIVE}}");

        assertThatThrownBy(store::read)
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("the way across is SYNC");
    }

    @Test
    void two_stores_on_one_file_say_the_same_revision_and_it_grows_over_a_restart() throws IOException {
        save(ONE_FLAG);
        try (FileFlagStore one = FileFlagStore.watching(file());
                FileFlagStore other = FileFlagStore.watching(file())) {
            assertThat(one.read()).isEqualTo(other.read());
        }
    }

    @Test
    void writing_leaves_no_other_files() throws IOException {
        store.apply(Change.by("ana", "because")
                .put(dev.turnout.flags.rule.Flag.bool("x").build(), Change.ABSENT));

        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(file());
        }
        assertThat(Files.readString(file())).contains("x:");
    }

    @Test
    void a_file_that_is_not_valid_at_the_start_is_said_by_the_first_who_reads_it() throws IOException {
        save("version: 2\n");

        try (FileFlagStore late = FileFlagStore.watching(file())) {
            assertThatThrownBy(late::read).isInstanceOf(DocumentException.class).hasMessageContaining("flags.yaml:1:");
            save(ONE_FLAG);
            assertThat(late.read().document().flags()).hasSize(1);
        }
    }
}

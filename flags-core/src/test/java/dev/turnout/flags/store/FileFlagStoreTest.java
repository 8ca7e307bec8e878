package dev.turnout.flags.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.stage.Facts;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
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

    private int saves;

    private Path file() {
        return directory.resolve("flags.yaml");
    }

    /** As it is a minute later: it is not written any more. */
    private void save(String text) throws IOException {
        Files.writeString(file(), text);
        long at = System.currentTimeMillis() - 60_000 + saves++;
        Files.setLastModifiedTime(file(), FileTime.fromMillis(at));
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
        assertThat(store.read().lastChange(EntryKey.flag("theme")))
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
        assertThatThrownBy(store::read).isInstanceOf(FlagStoreException.class).hasMessageContaining("cannot be read");

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
    void what_another_process_wrote_is_used_also_when_states_between_were_not_seen() throws IOException {
        MigrationState state = MigrationState.startingAt("m", Stage.OFF);
        store.apply(Change.by("ana", "x").put(state, Change.ABSENT));
        try (FileFlagStore other = FileFlagStore.watching(file())) {
            other.read();
            for (Stage stage : List.of(Stage.DUAL_WRITE, Stage.SHADOW)) {
                state = state.moved(Goal.of(stage), new Facts(true, "", slice -> List.of()));
                store.apply(Change.by("ana", "x").put(state, store.read().idOf(EntryKey.migration("m"))));
            }
            Files.setLastModifiedTime(file(), FileTime.fromMillis(System.currentTimeMillis() - 60_000));

            assertThat(other.read().document().migrations()).containsEntry("m", state);
            assertThat(other.read()).isEqualTo(store.read());
        }
    }

    @Test
    void writing_leaves_no_other_files_but_the_history() throws IOException {
        store.apply(Change.by("ana", "because").put(Flag.bool("x").build(), Change.ABSENT));

        try (var files = Files.list(directory)) {
            assertThat(files).containsExactlyInAnyOrder(file(), directory.resolve("flags.yaml.history"));
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

    private static final String HALF = """
            version: 1
            flags:
              first: {type: boolean, default: "on"}
            """;
    private static final String WHOLE = HALF + "  second: {type: boolean, default: \"on\"}\n";

    /** A clock that a test sets, and that runs on where a reader waits. */
    private static final class Clock implements TimeSource {
        private final Instant begin = Instant.now();
        private final List<Duration> pauses = new ArrayList<>();
        private Duration passed = Duration.ZERO;
        private Runnable meanwhile = () -> {};

        @Override
        public Instant now() {
            return begin.plus(passed);
        }

        @Override
        public long nanoTime() {
            return passed.toNanos();
        }

        @Override
        public void pause(Duration length) {
            pauses.add(length);
            passed = passed.plus(length);
            meanwhile.run();
        }
    }

    private void write(String text, Instant at) throws IOException {
        Files.writeString(file(), text);
        Files.setLastModifiedTime(file(), FileTime.from(at));
    }

    @Test
    void a_file_that_is_being_written_changes_no_answer() throws IOException {
        write("version: 1\n", Instant.now().minusSeconds(60));
        Clock clock = new Clock();
        try (FileFlagStore watched = new FileFlagStore(file(), clock)) {
            List<Integer> heard = new ArrayList<>();
            watched.watch(snapshot -> heard.add(snapshot.document().flags().size()));
            write(HALF, clock.now());
            for (int i = 0; i < 4; i++) {
                watched.poll();
                clock.passed = clock.passed.plusMillis(240);
            }
            write(WHOLE, clock.now());
            watched.poll();
            assertThat(heard).isEmpty();
            clock.passed = clock.passed.plusMillis(1_001);
            watched.poll();

            assertThat(heard).containsExactly(2);
        }
    }

    @Test
    void a_file_whose_own_time_lies_ahead_is_used_when_it_has_stayed_the_same() throws IOException {
        Clock clock = new Clock();
        write(HALF, clock.now().plusSeconds(3_600));
        try (FileFlagStore watched = new FileFlagStore(file(), clock)) {
            assertThat(watched.read().document().flags()).hasSize(1);
            assertThat(clock.pauses).isNotEmpty();
        }
    }

    @Test
    void who_reads_waits_until_the_file_is_whole() throws IOException {
        Clock clock = new Clock();
        write(HALF, clock.now());
        clock.meanwhile = () -> {
            try {
                if (clock.pauses.size() == 14) { // 700 ms
                    write(WHOLE, clock.now());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        };
        try (FileFlagStore watched = new FileFlagStore(file(), clock)) {
            assertThat(watched.read().document().flags()).hasSize(2);
        }
    }

    @Test
    void each_breakage_is_logged_also_when_it_is_the_same_again() throws IOException {
        save(ONE_FLAG);
        store.read();
        try (LogLines log = new LogLines(FileFlagStore.class)) {
            for (int i = 0; i < 2; i++) {
                save("version: 2\n");
                fileStore().poll();
                fileStore().poll();
                save(ONE_FLAG);
                fileStore().poll();
            }

            assertThat(log.all()).hasSize(4);
            assertThat(log.all().get(2)).startsWith("WARN flags.yaml:1:");
            assertThat(log.all().get(3)).contains("is valid again");
        }
    }

    @Test
    void a_change_of_the_same_time_and_size_is_seen() throws IOException {
        Instant at = Instant.parse("1970-01-01T00:00:01Z");
        write(ONE_FLAG, at);
        store.read();
        write(ONE_FLAG.replace("light", "black"), at);

        fileStore().poll();

        assertThat(store.read().document().flags().get("theme").variants()).containsEntry("a", "black");
    }

    /** Tools that make images give each file the same time. */
    @Test
    void an_edit_from_before_a_restart_on_another_file_of_the_same_time_is_refused() throws IOException {
        EntryKey theme = EntryKey.flag("theme");
        Instant at = Instant.parse("1970-01-01T00:00:01Z");
        write(ONE_FLAG, at);
        ChangeId seen;
        try (FileFlagStore before = FileFlagStore.watching(file())) {
            seen = before.read().idOf(theme);
        }
        write(ONE_FLAG.replace("light", "black"), at);

        try (FileFlagStore after = FileFlagStore.watching(file())) {
            assertThat(after.read().revisionOf(theme)).isEqualTo(seen.revision());
            assertThatThrownBy(() -> after.apply(Change.by("ana", "x").remove(theme, seen)))
                    .isInstanceOf(StaleRevisionException.class);
            assertThat(after.read().document().flags()).containsKey("theme");
        }
    }

    @Test
    void a_directory_or_a_dangling_link_in_its_place_is_refused_and_the_state_before_goes_on() throws IOException {
        save(ONE_FLAG);
        long revision = store.read().revision();
        Files.delete(file());
        Files.createDirectory(file());
        assertThatThrownBy(store::read).isInstanceOf(FlagStoreException.class).hasMessageContaining("is not a file");
        Files.delete(file());
        Files.createSymbolicLink(file(), directory.resolve("nowhere"));
        assertThatThrownBy(store::read).isInstanceOf(FlagStoreException.class).hasMessageContaining("cannot be read");
        Files.delete(file());
        save(ONE_FLAG);

        assertThat(store.read().revision()).isEqualTo(revision);
    }

    @Test
    void a_change_keeps_a_link_and_the_mode_of_what_it_points_to() throws IOException {
        Path real = Files.createDirectory(directory.resolve("elsewhere")).resolve("real.yaml");
        Files.writeString(real, ONE_FLAG);
        Files.setPosixFilePermissions(real, PosixFilePermissions.fromString("rw-r--r--"));
        Path link = Files.createSymbolicLink(directory.resolve("link.yaml"), real);
        try (FileFlagStore linked = FileFlagStore.watching(link)) {
            linked.apply(Change.by("ana", "because").put(Flag.bool("x").build(), Change.ABSENT));
        }

        assertThat(link).isSymbolicLink();
        assertThat(Files.readString(real)).contains("x:");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(real)))
                .isEqualTo("rw-r--r--");
        try (var files = Files.list(directory)) {
            assertThat(files.map(Path::getFileName).map(Path::toString)).doesNotContain("link.yaml.history");
        }
    }

    @Test
    void who_and_why_outlive_a_restart_and_are_known_to_others() throws IOException {
        save(ONE_FLAG);
        Snapshot applied =
                store.apply(Change.by("ana", "because").put(Flag.bool("x").build(), Change.ABSENT));
        try (FileFlagStore again = FileFlagStore.watching(file())) {
            assertThat(again.read().revision()).isEqualTo(applied.revision());
            assertThat(again.read().document()).isEqualTo(applied.document());
            assertThat(again.read().lastChange(EntryKey.flag("x"))).isEqualTo(applied.lastChange(EntryKey.flag("x")));
            assertThat(again.history(10)).isEqualTo(store.history(10)).hasSize(1);

            save(Files.readString(file()).replace("light", "dark"));
            Snapshot edited = again.read();
            assertThat(edited.revision()).isGreaterThan(applied.revision());
            assertThat(edited.lastChange(EntryKey.flag("theme")).orElseThrow().by())
                    .isEqualTo("file");
            assertThat(edited.lastChange(EntryKey.flag("x")).orElseThrow().by()).isEqualTo("ana");
            try (FileFlagStore third = FileFlagStore.watching(file())) {
                assertThat(third.read().revision()).isGreaterThan(applied.revision());
                assertThat(third.read()
                                .lastChange(EntryKey.flag("x"))
                                .orElseThrow()
                                .reason())
                        .isEqualTo("because");
            }
        }
    }

    @Test
    void a_history_that_cannot_be_read_keeps_no_flag_from_being_read() throws IOException {
        Files.writeString(directory.resolve("flags.yaml.history"), "not JSON\n");
        try (LogLines log = new LogLines(FileFlagStore.class)) {
            save(ONE_FLAG);

            assertThat(store.read().document().flags()).hasSize(1);
            assertThat(log.all()).singleElement().asString().startsWith("WARN The history of flag file");
        }
    }

    @Test
    void a_line_of_the_history_that_says_nothing_costs_no_other_one() throws IOException {
        save(ONE_FLAG);
        Path history = directory.resolve("flags.yaml.history");
        store.apply(Change.by("ana", "before").put(Flag.bool("x").build(), Change.ABSENT));
        Files.writeString(history, "{\"revision\":2,\"at\":\"20\n", StandardOpenOption.APPEND);
        store.apply(Change.by("ben", "after").put(Flag.bool("y").build(), Change.ABSENT));
        try (LogLines log = new LogLines(FileFlagStore.class);
                FileFlagStore again = FileFlagStore.watching(file())) {
            again.read();

            assertThat(again.history(10))
                    .extracting(entry -> entry.change().reason())
                    .containsExactly("after", "before");
            assertThat(log.all())
                    .singleElement()
                    .asString()
                    .startsWith("WARN The history of flag file")
                    .contains(" has 1 lines ");
        }
    }

    @Test
    void an_edit_that_only_a_newer_build_knows_costs_no_other_one_and_stays_in_the_history() throws IOException {
        save(ONE_FLAG);
        Path history = directory.resolve("flags.yaml.history");
        Snapshot applied = store.apply(Change.by("ana", "both")
                .put(Flag.bool("x").build(), Change.ABSENT)
                .put(Flag.bool("y").build(), Change.ABSENT));
        Files.writeString(
                history,
                Files.readString(history)
                        .replace("\"kind\":\"FLAG\",\"name\":\"x\"", "\"kind\":\"SEGMENT\",\"name\":\"x\""));
        try (LogLines log = new LogLines(FileFlagStore.class);
                FileFlagStore again = FileFlagStore.watching(file())) {
            assertThat(again.read().revision()).isEqualTo(applied.revision());
            assertThat(again.read().lastChange(EntryKey.flag("y"))).isEqualTo(applied.lastChange(EntryKey.flag("y")));
            assertThat(again.history(10))
                    .singleElement()
                    .satisfies(entry -> assertThat(entry.edits())
                            .extracting(AuditEntry.Edit::key)
                            .containsExactly(EntryKey.flag("y")));
            assertThat(log.all()).isEmpty();
        }
    }

    @Test
    void a_history_that_has_become_too_long_loses_its_oldest_lines_and_nothing_of_the_others() throws IOException {
        save(ONE_FLAG);
        Path history = directory.resolve("flags.yaml.history");
        store.apply(Change.by("ana", "x").put(Flag.bool("x").build(), Change.ABSENT));
        String ofNewerBuild = Files.readString(history).replace("\"FLAG\"", "\"SEGMENT\"");
        Files.writeString(history, ofNewerBuild.repeat(2 * FlagFileHistory.MOST_REMEMBERED));

        try (FileFlagStore again = FileFlagStore.watching(file())) {
            again.apply(Change.by("ben", "y").put(Flag.bool("y").build(), Change.ABSENT));
        }

        List<String> lines = Files.readAllLines(history);
        assertThat(lines).hasSize(FlagFileHistory.MOST_REMEMBERED);
        assertThat(lines.subList(0, lines.size() - 1)).containsOnly(ofNewerBuild.strip());
        assertThat(lines.get(lines.size() - 1)).contains("\"ben\"");
        try (FileFlagStore again = FileFlagStore.watching(file())) {
            again.read();
            assertThat(again.history(1))
                    .extracting(entry -> entry.change().by())
                    .containsExactly("ben");
        }
    }

    @Test
    void comments_are_not_lost_without_a_word() throws IOException {
        save("# who may change this: ana\n" + ONE_FLAG);
        try (LogLines log = new LogLines(FileFlagStore.class)) {
            store.apply(Change.by("ana", "because").put(Flag.bool("x").build(), Change.ABSENT));
            store.apply(Change.by("ana", "because").put(Flag.bool("y").build(), Change.ABSENT));

            assertThat(log.all()).singleElement().asString().startsWith("WARN").contains("comments are lost");
        }
    }

    @Test
    void text_of_other_encodings_is_read_by_its_mark_or_refused_with_the_remedy() throws IOException {
        for (String text : List.of("\ufeff" + ONE_FLAG, "\ufeff{\"version\": 1, \"flags\": {}}")) {
            for (Charset charset :
                    List.of(StandardCharsets.UTF_8, StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
                Files.write(file(), text.getBytes(charset));
                Files.setLastModifiedTime(file(), FileTime.fromMillis(1_000));
                assertThat(store.read().document()).isEqualTo(DocumentReader.read("x", text));
            }
        }
        Files.write(file(), ONE_FLAG.replace("light", "h\u00e4ll").getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(store::read).hasMessageContaining("not text in UTF-8");
    }
}

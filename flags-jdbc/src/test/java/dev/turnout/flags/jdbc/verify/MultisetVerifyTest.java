package dev.turnout.flags.jdbc.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.spi.Journal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Tables without a key that distinguishes rows are compared by how often they have each. */
@ParameterizedClass
@MethodSource("pairs")
class MultisetVerifyTest {
    private static final TableMapping SALES = TableMapping.from("sale")
            .into("sale")
            .withoutKey()
            .column("item")
            .column("amount")
            .build();

    private final Database from;
    private final Database into;
    private final DataSource source;
    private final DataSource target;
    private final Deque<Runnable> events = new ArrayDeque<>();

    MultisetVerifyTest(Database from, Database into) {
        this.from = from;
        this.into = into;
        source = from.create();
        target = into.create();
    }

    static Stream<Arguments> pairs() {
        return Database.pairs();
    }

    @BeforeEach
    void create() {
        for (DataSource database : List.of(source, target)) {
            Database.execute(
                    database,
                    "CREATE TABLE sale (item VARCHAR(40), amount INT)",
                    "INSERT INTO sale VALUES ('a', 1), ('a', 1), ('a', 1), ('b', NULL), (NULL, NULL), (NULL, NULL)");
        }
    }

    private Verify.Builder<RowKey, ?> sales() {
        return Verify.tables(SALES, source, target)
                .settle(Duration.ofMillis(1), 1)
                .waiting(nanos -> {
                    if (!events.isEmpty()) {
                        events.remove().run();
                    }
                });
    }

    private static List<String> fields(VerifyResult<RowKey> result) {
        return result.differences().stream()
                .map(difference -> difference.kind() + " " + difference.fields())
                .sorted()
                .toList();
    }

    private static String field(String name, String authority, String mirror) {
        return new Difference.Field(name, authority, mirror).toString();
    }

    @Test
    void equal_rows_are_counted() {
        VerifyResult<RowKey> result = sales().build().run();

        assertThat(result.isEqual()).isTrue();
        assertThat(result.keysCompared()).isEqualTo(6);
    }

    @Test
    void what_is_missing_too_often_or_changed_is_found_with_how_often_it_is_there() {
        Database.execute(
                target,
                "DELETE FROM sale",
                "INSERT INTO sale VALUES ('a', 1), ('b', 2), (NULL, NULL), (NULL, NULL), (NULL, NULL)");

        VerifyResult<RowKey> result = sales().revealColumns("item").build().run();

        assertThat(fields(result))
                .containsExactly(
                        "EXTRA [" + field("rows", "0", "1") + ", " + field("item", "", "s1:b") + "]",
                        "EXTRA [" + field("rows", "2", "3") + ", " + field("item", "s:", "s:") + "]",
                        "MISSING [" + field("rows", "1", "0") + ", " + field("item", "s1:b", "") + "]",
                        "MISSING [" + field("rows", "3", "1") + ", " + field("item", "s1:a", "s1:a") + "]");
        assertThat(result.counts()).isEqualTo(Map.of(Difference.Kind.EXTRA, 2L, Difference.Kind.MISSING, 2L));
        assertThat(result.keysCompared()).isEqualTo(8);
    }

    @Test
    void two_rows_that_are_swapped_for_two_others_are_found() {
        Database.execute(target, "UPDATE sale SET amount = 2 WHERE item = 'a'");

        assertThat(sales().build().run().counts())
                .isEqualTo(Map.of(Difference.Kind.EXTRA, 1L, Difference.Kind.MISSING, 1L));
    }

    @Test
    void no_value_is_told_that_may_not_be_seen() {
        Database.execute(target, "DELETE FROM sale WHERE item = 'b'");

        assertThat(sales().build().run().differences()).singleElement().satisfies(difference -> {
            assertThat(difference.fields()).containsExactly(new Difference.Field("rows", "1", "0"));
            assertThat(difference.key().only(String.class)).matches("#[0-9a-f]{16}");
        });
    }

    @Test
    void what_becomes_equal_in_time_is_no_difference() {
        Database.execute(target, "DELETE FROM sale WHERE item = 'b'");
        events.add(() -> Database.execute(target, "INSERT INTO sale VALUES ('b', NULL)"));

        assertThat(sales().build().run().isEqual()).isTrue();
    }

    @Test
    void what_changes_each_time_is_unsettled() {
        Database.execute(target, "DELETE FROM sale WHERE item = 'b'");
        for (int more = 0; more < 9; more++) {
            events.add(() -> Database.execute(source, "INSERT INTO sale VALUES ('b', NULL)"));
        }

        VerifyResult<RowKey> result = sales().build().run();

        assertThat(result.counts()).isEmpty();
        assertThat(result.unsettled()).isEqualTo(1);
        assertThat(result.isEqual()).isFalse();
    }

    @Test
    void what_changed_once_is_found_at_the_next_look() {
        Database.execute(target, "DELETE FROM sale WHERE item = 'b'");
        events.add(() -> Database.execute(source, "INSERT INTO sale VALUES ('b', NULL)"));

        assertThat(fields(sales().build().run())).containsExactly("MISSING [" + field("rows", "2", "0") + "]");
    }

    @Test
    void the_target_may_be_the_one_that_is_right() {
        Database.execute(target, "DELETE FROM sale WHERE item = 'b'");

        assertThat(sales().authority(dev.turnout.flags.stage.Side.NEW)
                        .build()
                        .run()
                        .counts())
                .isEqualTo(Map.of(Difference.Kind.EXTRA, 1L));
    }

    @Test
    void what_cannot_be_compared_is_never_equal() {
        assumeTrue(from == Database.H2 && into == Database.H2, "others have no half a character");
        for (DataSource database : List.of(source, target)) {
            Database.execute(database, "INSERT INTO sale VALUES (U&'x\\d800', 1)");
        }

        VerifyResult<RowKey> result = sales().revealColumns("item").build().run();

        assertThat(result.counts()).isEqualTo(Map.of(Difference.Kind.NOT_TRANSFORMABLE, 2L));
    }

    @Test
    void what_needs_a_key_is_refused() {
        Verify.Builder<RowKey, ?> withJournal = sales().journal(Journal.inMemory());

        assertThatThrownBy(withJournal::build)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has no key");
    }
}

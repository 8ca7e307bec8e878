package dev.turnout.flags.jdbc.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.jdbc.backfill.Backfill;
import dev.turnout.flags.jdbc.backfill.BackfillException;
import dev.turnout.flags.jdbc.backfill.BackfillResult;
import dev.turnout.flags.jdbc.backfill.Plan;
import dev.turnout.flags.jdbc.backfill.SchemaPlan;
import dev.turnout.flags.jdbc.verify.SchemaVerifyResult;
import dev.turnout.flags.jdbc.verify.Verify;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

@OnEachDatabase
class SchemaMappingTest {
    private final DataSource source;
    private final DataSource target;

    SchemaMappingTest(Database kind) {
        source = kind.create();
        target = kind.create();
    }

    private void create(String... statements) {
        Database.execute(source, statements);
        Database.execute(target, statements);
    }

    private SchemaMapping.Builder schema() {
        return SchemaMapping.between(source, target);
    }

    private static List<String> names(SchemaMapping schema) {
        return schema.tables().stream().map(TableMapping::toString).toList();
    }

    private void createShop() {
        create(
                "CREATE TABLE b_customer (id BIGINT PRIMARY KEY, name VARCHAR(20), fax VARCHAR(20), friend BIGINT, version BIGINT NOT NULL, FOREIGN KEY (friend) REFERENCES b_customer (id))",
                "CREATE TABLE c_item (id BIGINT PRIMARY KEY, name VARCHAR(20))",
                "CREATE TABLE a_sale (id BIGINT PRIMARY KEY, customer BIGINT, item BIGINT, FOREIGN KEY (customer) REFERENCES b_customer (id), FOREIGN KEY (item) REFERENCES c_item (id))",
                "CREATE TABLE d_note (remark VARCHAR(20))");
    }

    @Test
    void all_tables_come_after_those_that_they_refer_to() {
        createShop();

        SchemaMapping shop = schema().all().withoutKeys().build();

        assertThat(names(shop))
                .containsExactly(
                        "b_customer -> b_customer", "c_item -> c_item", "a_sale -> a_sale", "d_note -> d_note");
        assertThat(shop.cycles()).isEmpty();
        assertThat(shop.unmapped(source)).isEmpty();
    }

    @Test
    void exceptions_exclusions_and_other_tables_are_said_by_name() {
        createShop();
        Database.execute(target, "CREATE TABLE article (id BIGINT PRIMARY KEY, title VARCHAR(20))");

        SchemaMapping shop = schema().all()
                .same("b_customer", table -> table.except("fax").version("version"))
                .exclude("a_sale", "is rebuilt")
                .exclude("d_note", "is of no use")
                .add(TableMapping.from("c_item")
                        .into("article")
                        .key("id")
                        .column("name", "title")
                        .build())
                .build();

        assertThat(names(shop)).containsExactlyInAnyOrder("b_customer -> b_customer", "c_item -> article");
        assertThat(shop.tables().get(0).columns())
                .extracting(MappedColumn::target)
                .containsExactly("name", "friend");
        assertThat(shop.tables().get(0).versions()).hasSize(1);
        assertThat(shop.excluded()).isEqualTo(Map.of("a_sale", "is rebuilt", "d_note", "is of no use"));
        assertThat(Plan.of(shop, source, target).toString())
                .contains("Left out: a_sale, as it is rebuilt.", "There is no version.", "In c_item -> article.");
    }

    @Test
    void tables_that_nothing_was_said_of_are_a_finding_of_the_plan() {
        createShop();

        SchemaMapping shop = schema().matching("*_item")
                .same("d_note", TableMapping.Builder::withoutKey)
                .build();

        assertThat(names(shop)).containsExactly("c_item -> c_item", "d_note -> d_note");
        SchemaPlan plan = Plan.of(shop, source, target);
        assertThat(plan.isBlocked()).isFalse();
        assertThat(plan.findings())
                .extracting(Plan.Finding::what)
                .containsExactly(
                        "Table 'a_sale' of the source is neither mapped nor excluded.",
                        "Table 'b_customer' of the source is neither mapped nor excluded.");
    }

    @Test
    void all_that_cannot_be_mapped_is_told_at_once() {
        createShop();
        Database.execute(target, "DROP TABLE a_sale", "ALTER TABLE c_item DROP COLUMN name");

        assertThatThrownBy(
                        () -> schema().all().exclude("nothing", "is not there").build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(
                        "the target has no table a_sale",
                        "c_item: The tables c_item",
                        "the target has no column 'name'",
                        "d_note: Table d_note of the source has no primary key",
                        "withoutKey",
                        "table nothing, which is to be left out, is not in the source");
    }

    @Test
    void tables_that_refer_to_each_other_are_named_and_not_copied() {
        create(
                "CREATE TABLE hen (id BIGINT PRIMARY KEY, egg BIGINT)",
                "CREATE TABLE egg (id BIGINT PRIMARY KEY, hen BIGINT, FOREIGN KEY (hen) REFERENCES hen (id))",
                "ALTER TABLE hen ADD CONSTRAINT laid FOREIGN KEY (egg) REFERENCES egg (id)");

        SchemaMapping farm = schema().all().build();

        assertThat(farm.cycles()).containsExactly(List.of("egg", "hen", "egg"));
        assertThat(Plan.of(farm, source, target).isBlocked()).isTrue();
        assertThatThrownBy(Plan.of(farm, source, target)::requireNoErrors).hasMessageContaining("egg -> hen -> egg");
        assertThatThrownBy(() -> Backfill.from(source, farm)
                        .into(target)
                        .named("farm")
                        .build()
                        .run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("Nothing was copied", "egg -> hen -> egg");

        Database.execute(target, "ALTER TABLE hen DROP CONSTRAINT laid");
        assertThat(schema().all().build().cycles()).isEmpty();
    }

    @Test
    void an_error_names_its_table_and_a_new_run_goes_on_there() {
        createShop();
        Database.execute(
                source,
                "INSERT INTO b_customer VALUES (1, 'Ada', NULL, NULL, 1)",
                "INSERT INTO c_item VALUES (7, 'tea')",
                "INSERT INTO a_sale VALUES (1, 1, 7)",
                "INSERT INTO d_note VALUES ('x'), ('x')");
        Database.execute(target, "INSERT INTO d_note VALUES ('y')");
        SchemaMapping shop = schema().all().withoutKeys().build();

        assertThatThrownBy(() -> Backfill.from(source, shop)
                        .into(target)
                        .named("shop")
                        .build()
                        .run("1"))
                .isInstanceOf(BackfillException.class)
                .hasMessageContainingAll("stopped at d_note -> d_note, number 4 of 4", "has rows");

        assertThat(Backfill.from(source, shop)
                        .into(target)
                        .named("shop")
                        .replacing()
                        .build()
                        .run("1")
                        .inSum())
                .isEqualTo(new BackfillResult(2, 2, 0));
        SchemaVerifyResult result = Verify.schema(shop, source, target).build().run();
        assertThat(result.isEqual()).as(result.toString()).isTrue();
        assertThat(result.keysCompared()).isEqualTo(5);
    }

    @Test
    void a_table_that_cannot_be_compared_does_not_keep_the_others_from_it() {
        createShop();
        Database.execute(source, "INSERT INTO c_item VALUES (7, 'tea')");
        SchemaMapping shop = schema().all().withoutKeys().build();
        Database.execute(target, "DROP TABLE a_sale");

        SchemaVerifyResult result = Verify.schema(shop, source, target)
                .each((table, verify) -> verify.settle(Duration.ofMillis(1), 1))
                .build()
                .run();

        assertThat(result.failures()).containsOnlyKeys("a_sale -> a_sale");
        assertThat(result.tables()).hasSize(3);
        assertThat(result.isEqual()).isFalse();
        assertThat(result.toString())
                .contains("a_sale -> a_sale could not be compared", "c_item -> c_item: {MISSING=1}");
    }

    @Test
    void what_is_said_twice_or_of_nothing_is_refused() {
        createShop();

        assertThatThrownBy(() -> schema().same("c_item", "c_item"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("given twice");
        assertThatThrownBy(() -> schema().exclude("c_item", " "))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Say why");
        assertThatThrownBy(() -> schema().build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("no table is mapped");
        assertThatThrownBy(() ->
                        schema().same("c_item").exclude("c_item", "is old").build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("to be left out and to be mapped");
        TableMapping item = TableMapping.from("c_item").into("d_note").key("id").build();
        assertThatThrownBy(() -> schema().add(item).exclude("c_item", "is old").build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("to be left out and to be mapped");
        assertThatThrownBy(() ->
                        TableMapping.from("a").into("b").withoutKey().key("id").build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("withoutKey()");
    }
}

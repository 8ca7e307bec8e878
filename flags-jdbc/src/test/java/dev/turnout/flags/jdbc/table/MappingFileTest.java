package dev.turnout.flags.jdbc.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.jdbc.backfill.Backfill;
import dev.turnout.flags.jdbc.backfill.BackfillException;
import dev.turnout.flags.jdbc.backfill.Plan;
import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.SchemaTables;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.verify.Verify;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@OnEachDatabase
@Timeout(60)
class MappingFileTest {
    private static final Path DOCS = Path.of("..", "docs", "reference", "mapping-file.md");

    private final DataSource source;
    private final DataSource target;

    @TempDir
    private Path folder;

    MappingFileTest(Database kind) {
        source = kind.create();
        target = kind.create();
    }

    private void create(String... statements) {
        Database.execute(source, statements);
        Database.execute(target, statements);
    }

    private SchemaMapping.Builder read(String yaml) throws IOException {
        return read(yaml.getBytes(StandardCharsets.UTF_8));
    }

    private SchemaMapping.Builder read(byte[] yaml) throws IOException {
        Path file = Files.write(folder.resolve("shop.yaml"), yaml);
        return SchemaMapping.between(source, target).read(file);
    }

    private static Map<String, TableMapping> tables(SchemaMapping schema) {
        return schema.tables().stream().collect(Collectors.toMap(TableMapping::toString, mapping -> mapping));
    }

    @Test
    void the_example_of_the_docs_is_read_planned_copied_and_compared() throws IOException, SQLException {
        create(
                "CREATE TABLE country (id INT PRIMARY KEY, name VARCHAR(20))",
                "CREATE TABLE customer (id INT PRIMARY KEY, name VARCHAR(20), row_version BIGINT NOT NULL)",
                "CREATE TABLE sales_north (id INT PRIMARY KEY, row_version BIGINT NOT NULL)",
                "CREATE TABLE sales_south (id INT PRIMARY KEY, row_version BIGINT NOT NULL)",
                "CREATE TABLE note (remark VARCHAR(20))");
        String order = Transactions.single(source, Names::of).table("order");
        Database.execute(
                source,
                "ALTER TABLE customer ADD COLUMN fax VARCHAR(20)",
                "CREATE TABLE " + order + " (id INT PRIMARY KEY, nm VARCHAR(20), total INT)",
                "CREATE TABLE price (id INT NOT NULL, country INT NOT NULL, amount INT, cur VARCHAR(3), old INT, PRIMARY KEY (country, id))",
                "CREATE TABLE audit_log (id INT PRIMARY KEY)",
                "CREATE TABLE tmp_a (id INT PRIMARY KEY)",
                "CREATE TABLE tmp_b (id INT PRIMARY KEY)",
                "INSERT INTO customer VALUES (1, 'Ada', 3, '123')",
                "INSERT INTO " + order + " VALUES (1, 'tea', 7)",
                "INSERT INTO price VALUES (1, 49, 7, 'EUR', 1), (2, 49, 8, 'EUR', 1)",
                "INSERT INTO note VALUES ('x'), ('x')",
                "INSERT INTO sales_north VALUES (5, 6)");
        Database.execute(
                target,
                "CREATE TABLE purchase (id INT PRIMARY KEY, short_name VARCHAR(20), total INT, origin VARCHAR(20))",
                "CREATE TABLE tariff (id INT NOT NULL, country INT NOT NULL, amount INT, currency VARCHAR(3), PRIMARY KEY (country, id))");
        String docs = Files.readString(DOCS);
        String example = docs.substring(docs.indexOf("```yaml\n") + 8);

        SchemaMapping shop = read(example.substring(0, example.indexOf("```"))).build();

        assertThat(tables(shop))
                .containsOnlyKeys(
                        "country -> country",
                        "customer -> customer",
                        "note -> note",
                        "order -> purchase",
                        "price -> tariff",
                        "sales_north -> sales_north",
                        "sales_south -> sales_south");
        assertThat(tables(shop).get("customer -> customer").description())
                .isEqualTo(TableMapping.same("customer", source, target)
                        .except("fax")
                        .version("row_version")
                        .build()
                        .description());
        assertThat(tables(shop).get("price -> tariff").description())
                .isEqualTo(TableMapping.from("price")
                        .into("tariff")
                        .key("country")
                        .key("id")
                        .column("amount")
                        .column("cur", "currency")
                        .build()
                        .description());
        assertThat(tables(shop).get("sales_south -> sales_south").versions()).hasSize(1);
        assertThat(shop.excluded())
                .isEqualTo(Map.of(
                        "audit_log", "stays where it is",
                        "tmp_a", "is rebuilt every night",
                        "tmp_b", "is rebuilt every night"));
        assertThat(shop.unmapped(source)).isEmpty();
        Plan.of(shop, source, target).requireNoErrors();
        Backfill.from(source, shop).into(target).named("shop").build().run("1");
        assertThat(Verify.schema(shop, source, target).build().run().isEqual()).isTrue();
        assertThat(Statements.query(
                        target, row -> row.getString(1), "SELECT CONCAT(short_name, total, origin) FROM purchase"))
                .containsExactly("tea7legacy");
    }

    private void refuses(String yaml, String place, String... words) {
        assertThatThrownBy(() -> read(yaml))
                .isInstanceOf(DocumentException.class)
                .hasMessageMatching("shop\\.yaml:" + place + "( /\\S+)?: .*")
                .hasMessageContainingAll(words);
    }

    @Test
    void what_is_not_in_the_format_is_refused_with_its_line_and_column() {
        refuses("", "1:1", "it is empty", "version: 1");
        refuses("all: true", "1:1", "'version' is missing");
        refuses("version: 2", "1:10", "reads version 1", "but was 2");
        refuses("version: 1\nall: 1", "2:6", "expected true or false, but was the text '1'");
        refuses("version: 1\nall: 'true'", "2:6", "expected true or false");
        refuses("version: 1\ntabels: {}", "2:9", "unknown field 'tabels'", "version, tables, all, exclude");
        refuses("version: 1\ntables:\n  a: {exept: [fax]}", "3:14", "/tables/a", "unknown field 'exept'", "except");
        refuses("version: 1\ntables:\n  a: {}\n  b: {}\n  a: {}", "5:3", "/tables/a", "stands here a second time");
        refuses("version: 1\ntables: [a]", "2:9", "expected a map, but was a list");
        refuses("version: 1\ntables:\n  a: {except: {b: c}}", "3:15", "expected text, but was a map");
        refuses("version: 1\ntables:\n  a: {into: }", "3:12", "expected text, but was nothing");
        refuses("version: 1\ntables: {a..b: {}}", "2:16", "'schema.name', but was 'a..b'");
        refuses("version: 1\ntables: {a: {same: false}}", "2:13", "needs key(...)");
        refuses("version: 1\ntables: {a: {same: false, key: id, except: b}}", "2:13", "except(...) leaves nothing out");
        refuses("version: 1\ntables: {'a*': {into: b}}", "2:16", "'a*'", "by its name");
        refuses("version: 1\ntables: {a: {columns: [\"x\\0\"]}}", "2:13", "name of a column");
        refuses("version: 1\nexclude: {a: }", "2:13", "expected text, but was nothing");
        refuses("version: 1\n? [a]\n: b", "2:4", "expected a name, but was a map or a list.");
        refuses("version: 1\ntables: {a: {columns: [b", "2:25", "flow sequence");
        refuses("version: 1\nall: \t@", "2:6", "cannot start any token");
        refuses("version: 1\n---\nversion: 1", "3:1", "something follows after the end");
        refuses("version: 1\nall: \u0001", "2:6", "U+0001");
    }

    @Test
    void what_could_stand_for_something_else_is_refused() {
        refuses("version: 1\ntables: &t {}", "2:9", "anchors, aliases and tags");
        refuses("version: 1\ntables: *t", "2:9", "anchors, aliases and tags");
        refuses("version: !!int 1", "1:10", "anchors, aliases and tags");
        refuses("version: 1\ntables: !!javax.script.ScriptEngineManager [a]", "2:9", "anchors, aliases and tags");
        refuses("version: 1\ntables: {<<: {a: {}}}", "2:18", "unknown field 'a'");
        StringBuilder laughs = new StringBuilder("version: 1\na0: &a0 [x, x]\n");
        for (int i = 1; i < 40; i++) {
            laughs.append("a%d: &a%d [*a%d, *a%d]%n".formatted(i, i, i - 1, i - 1));
        }
        refuses(laughs.toString(), "2:5", "anchors, aliases and tags");
    }

    @Test
    void what_is_too_large_or_nested_is_refused_before_it_costs_much() {
        refuses("[".repeat(1_000_000), "1:65537", "more than 65536 characters without a space");
        refuses("[\n".repeat(500_000), "34:1", "nested more than 32 deep");
        refuses("version: 1\na:\n" + "- ".repeat(4_000), "3:65", "nested more than 32 deep");
        StringBuilder stairs = new StringBuilder("version: 1\n");
        for (int i = 0; i < 1_000; i++) {
            stairs.append(" ".repeat(i)).append("a:\n");
        }
        refuses(stairs.toString(), "35:34", "nested more than 32 deep");
        assertThatThrownBy(() -> read(new byte[5 << 20]))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("more than 4194304 bytes");
        assertThatThrownBy(() -> read(new byte[] {'a', (byte) 0xff}))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("not text in UTF-8");
    }

    @Test
    void a_file_that_is_not_there_is_said_to_be_so() {
        assertThatThrownBy(() -> SchemaMapping.between(source, target).read(folder.resolve("none.yaml")))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("none.yaml");
    }

    @Test
    void columns_may_stay_unverified() throws IOException {
        create("CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT)");

        SchemaMapping mapping =
                read("version: 1\ntables: {t: {unverified: [a, b]}}").build();

        assertThat(mapping.tables().get(0).unverified()).containsExactlyInAnyOrder("a", "b");
        refuses(
                "version: 1\ntables: {t: {same: false, key: id, unverified: id}}",
                "2:13",
                "only these columns may stay unverified");
    }

    @Test
    void names_are_text_whatever_they_look_like_and_a_byte_order_mark_is_none() throws IOException {
        create("CREATE TABLE t (id INT PRIMARY KEY, yes INT, c017 INT)");

        SchemaMapping mapping =
                read("\ufeffversion: 1\ntables: {t: {same: false, key: id, columns: [yes, no: c017, 017: true, null: 1_000, 1:30: .5, 0x1F: 1.50]}}")
                        .build();

        assertThat(mapping.tables().get(0).columns())
                .containsExactly(
                        new MappedColumn.Copied("yes", "yes"),
                        new MappedColumn.Copied("no", "c017"),
                        new MappedColumn.Copied("017", "true"),
                        new MappedColumn.Copied("null", "1_000"),
                        new MappedColumn.Copied("1:30", ".5"),
                        new MappedColumn.Copied("0x1F", "1.50"));
    }

    @Test
    void it_is_added_to_what_java_says() throws IOException {
        create(
                "CREATE TABLE a (id INT PRIMARY KEY)",
                "CREATE TABLE b (id INT PRIMARY KEY)",
                "CREATE TABLE c (id INT PRIMARY KEY)");

        SchemaMapping mapping = read("version: 1\ntables: {a: }\nexclude: {'c*': is old}")
                .add(TableMapping.from("b").into("b").key("id").build())
                .build();

        assertThat(tables(mapping)).containsOnlyKeys("a -> a", "b -> b");
        assertThatThrownBy(() -> read("version: 1\ntables: {a: {}}").read(folder.resolve("shop.yaml")))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("shop.yaml:2:13 /tables/a: Table 'a' is given twice");
    }

    @Test
    void tables_that_are_not_there_are_named() throws IOException {
        create("CREATE TABLE a (id INT PRIMARY KEY)", "CREATE TABLE h (id INT PRIMARY KEY)");

        assertThatThrownBy(() -> read("""
                        version: 1
                        tables:
                          a: {except: nothing}
                          b: {into: c}
                          d: {into: a}
                          "e*":
                          h:
                        exclude: {"f*": is old, g: is older, h: is oldest}
                        """).build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(
                        "a: The tables a",
                        "'nothing', which is to be left out, is in neither",
                        "b: There is no table b in the source",
                        "d: There is no table d in the source",
                        "no table of the source matches e*",
                        "no table of the source matches f*, which is to be left out",
                        "table g, which is to be left out, is not in the source",
                        "table h is to be left out and to be mapped");

        SchemaMapping given =
                read("version: 1\ntables: {a: {into: z, same: false, key: id}}").build();
        assertThatThrownBy(() -> Plan.of(given, source, target))
                .isInstanceOf(BackfillException.class)
                .hasMessageContaining("There is no table z in the target");
    }

    @Test
    void all_tables_of_a_schema_go_into_one_of_another_name() throws IOException, SQLException {
        create("CREATE TABLE a (id INT PRIMARY KEY)");
        String here = current(source);
        String there = current(target);

        SchemaMapping mapping =
                read("version: 1\nall: {'%s': '%s'}".formatted(here, there)).build();

        assertThat(mapping.tables()).hasSize(1);
        assertThat(mapping.tables().get(0).targetTable()).isEqualTo(there + ".a");
        assertThat(mapping.unmapped(source)).isEmpty();
        assertThat(mapping.tables().get(0).sourceTable()).isEqualTo(here + ".a");
    }

    private static String current(DataSource database) throws SQLException {
        return Transactions.single(database, connection -> {
            Names names = Names.of(connection);
            return names.spelled(SchemaTables.current(connection, names));
        });
    }
}

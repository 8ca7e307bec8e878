package dev.turnout.flags.jdbc.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.backfill.Backfill;
import dev.turnout.flags.jdbc.backfill.Plan;
import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.verify.Verify;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("pairs")
class TableMappingSameTest {
    private final DataSource source;
    private final DataSource target;

    TableMappingSameTest(Database from, Database into) {
        source = from.create();
        target = into.create();
    }

    static Stream<Arguments> pairs() {
        return Database.pairs();
    }

    private void create(String columns) {
        create(source, columns);
        create(target, columns);
    }

    private static void create(DataSource database, String columns) {
        Database.execute(database, "CREATE TABLE customer (" + columns + ")");
    }

    private static String quoted(DataSource database, String name) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return Names.of(connection).quote(name);
        }
    }

    private void copy(TableMapping mapping) {
        Plan.of(mapping, source, target).requireNoErrors();
        Backfill.from(source, mapping).into(target).named("customers").build().run("1");
        assertThat(Verify.tables(mapping, source, target).build().run().isEqual())
                .isTrue();
    }

    @Test
    void all_columns_are_copied_to_those_of_the_same_name() {
        create("id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL, fax VARCHAR(40), born DATE");
        Database.execute(
                source, "INSERT INTO customer VALUES (1, 'Ada', NULL, DATE '1815-12-10'), (2, 'Bob', '123', NULL)");

        TableMapping mapping = TableMapping.same("customer", source, target).build();

        assertThat(mapping.description())
                .isEqualTo("customer -> customer revision '1': key [id->id], version [], deleted [],"
                        + " [name->name, fax->fax, born->born]");
        copy(mapping);
    }

    @Test
    void what_is_said_is_done_instead() {
        create(
                source,
                "id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(40), fax VARCHAR(40), notes VARCHAR(40), version BIGINT NOT NULL");
        create(
                target,
                "id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(40), telefax VARCHAR(40), label VARCHAR(40) NOT NULL, version BIGINT NOT NULL");
        Database.execute(source, "INSERT INTO customer VALUES (1, 'Ada', '77', 'x', 1)");

        TableMapping mapping = TableMapping.same("customer", source, target)
                .column("fax", "telefax")
                .computed("label", "CONCAT('the ', name)")
                .version("version")
                .except("notes")
                .build();

        assertThat(mapping.description())
                .endsWith("key [id->id], version [version->version], deleted [],"
                        + " [fax->telefax, (CONCAT('the ', name))->label, name->name]");
        copy(mapping);
    }

    @Test
    void what_one_side_alone_has_is_refused_all_at_once() {
        create(source, "id BIGINT NOT NULL PRIMARY KEY, fax VARCHAR(40), notes VARCHAR(40)");
        create(target, "id BIGINT NOT NULL PRIMARY KEY, must INT NOT NULL, may INT, has INT DEFAULT 1 NOT NULL");

        assertThatThrownBy(() -> TableMapping.same("customer", source, target).build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("'fax'", "'notes'", "'must'", "except(...)")
                .hasMessageNotContainingAny("'may'", "'has'", "'id'");
        assertThatThrownBy(() -> TableMapping.same("customer", source, target)
                        .except("fax", "note", "notes", "must")
                        .build())
                .hasMessageContaining("'note', which is to be left out, is in neither");
        assertThat(TableMapping.same("customer", source, target)
                        .except("fax", "notes", "must")
                        .build()
                        .columns())
                .isEmpty();
    }

    @Test
    void without_a_primary_key_the_smallest_unique_index_is_the_key_whose_columns_are_never_null() {
        create("a INT NOT NULL, b INT NOT NULL, c INT NOT NULL, maybe INT, UNIQUE (a, b), UNIQUE (maybe)");
        Database.execute(source, "INSERT INTO customer VALUES (1, 1, 1, NULL), (1, 2, 1, NULL)");

        TableMapping mapping = TableMapping.same("customer", source, target).build();

        assertThat(mapping.keys()).extracting(MappedColumn::target).containsExactly("a", "b");
    }

    @Test
    void without_any_key_it_is_refused_unless_one_is_given() {
        create("a INT NOT NULL, maybe INT, UNIQUE (maybe)");

        assertThatThrownBy(() -> TableMapping.same("customer", source, target).build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll("customer of the source has no primary key", "maybe", "Create one");
        assertThat(TableMapping.same("customer", source, target)
                        .key("a")
                        .build()
                        .columns())
                .extracting(MappedColumn::target)
                .containsExactly("maybe");
    }

    @Test
    void names_that_need_quotes_are_found() throws SQLException {
        for (DataSource database : List.of(source, target)) {
            create(
                    database,
                    quoted(database, "The Id") + " INT NOT NULL PRIMARY KEY, " + quoted(database, "select")
                            + " VARCHAR(9), " + quoted(database, "say \"hi\"") + " INT");
        }
        Database.execute(source, "INSERT INTO customer VALUES (1, 'x', 3)");

        TableMapping mapping = TableMapping.same("customer", source, target).build();

        assertThat(mapping.all()).extracting(MappedColumn::target).containsExactly("The Id", "select", "say \"hi\"");
        copy(mapping);
    }

    @Test
    void a_table_that_is_not_there_is_named() {
        create(source, "id INT NOT NULL PRIMARY KEY");

        assertThatThrownBy(() -> TableMapping.same("customer", source, target))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no table customer in the target");
        assertThatThrownBy(() -> TableMapping.from("customer")
                        .into("customer")
                        .key("id")
                        .except("fax")
                        .build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("same(...)");
    }
}

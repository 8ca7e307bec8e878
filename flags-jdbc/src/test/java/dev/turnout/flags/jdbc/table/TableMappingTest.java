package dev.turnout.flags.jdbc.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class TableMappingTest {
    private static TableMapping.Builder places() {
        return TableMapping.from("place")
                .into("app.place_v2")
                .key("region")
                .key("id", "place_id")
                .column("name")
                .column("nm", "short_name")
                .column(
                        "amount",
                        "cents",
                        BigDecimal.class,
                        amount -> amount.movePointRight(2).longValueExact())
                .computed("full_name", "first || ' ' || last")
                .version("version", "writer")
                .deleted("deleted");
    }

    @Test
    void it_says_what_each_column_of_the_target_is_made_of() {
        TableMapping mapping = places().build();

        assertThat(mapping.all())
                .extracting(MappedColumn::target)
                .containsExactly(
                        "region",
                        "place_id",
                        "version",
                        "writer",
                        "deleted",
                        "name",
                        "short_name",
                        "cents",
                        "full_name");
        assertThat(mapping.all())
                .extracting(column -> column.selected(name -> "<" + name + ">"))
                .containsExactly(
                        "<region>",
                        "<id>",
                        "<version>",
                        "<writer>",
                        "<deleted>",
                        "<name>",
                        "<nm>",
                        "<amount>",
                        "(first || ' ' || last)");
        assertThat(mapping.keys()).hasSize(2);
        assertThat(mapping.isConvertedInJava()).isTrue();
    }

    @Test
    void a_function_makes_a_value_and_null_stays_null() {
        MappedColumn cents = places().build().columns().get(2);

        assertThat(cents.convert(new BigDecimal("1.25"))).isEqualTo(125L);
        assertThat(cents.convert(null)).isNull();
        assertThatThrownBy(() -> cents.convert(new BigDecimal("1.255"))).isInstanceOf(ArithmeticException.class);
    }

    @Test
    void a_change_that_can_be_told_changes_the_description() {
        List<String> descriptions = List.of(
                places().build().description(),
                places().column("more").build().description(),
                places().computed("more", "1").build().description(),
                places().computed("more", "2").build().description(),
                places().revision("2").build().description());

        assertThat(descriptions).doesNotHaveDuplicates();
        assertThat(places().build().description()).isEqualTo(descriptions.get(0));
    }

    @Test
    void what_is_missing_or_contradicts_itself_is_said_when_it_is_built() {
        assertThatThrownBy(() -> TableMapping.from("a").key("id").build()).hasMessageContaining("into(...)");
        assertThatThrownBy(() -> TableMapping.from("a").into("b").build()).hasMessageContaining("key(...)");
        assertThatThrownBy(() -> places().column("other", "cents").build()).hasMessageContainingAll("'cents'", "twice");
        assertThatThrownBy(() -> TableMapping.from("a")
                        .into("b")
                        .key("id")
                        .deleted("gone")
                        .build())
                .hasMessageContaining("version(...)");
        assertThatThrownBy(() -> TableMapping.from("a.")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> places().column(" ")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> places().computed("x", "")).isInstanceOf(IllegalArgumentException.class);
    }
}

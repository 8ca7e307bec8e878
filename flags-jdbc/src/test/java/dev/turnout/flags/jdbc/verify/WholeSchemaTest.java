package dev.turnout.flags.jdbc.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.backfill.Backfill;
import dev.turnout.flags.jdbc.backfill.BackfillResult;
import dev.turnout.flags.jdbc.backfill.Plan;
import dev.turnout.flags.jdbc.backfill.SchemaBackfill;
import dev.turnout.flags.jdbc.backfill.SchemaPlan;
import dev.turnout.flags.jdbc.rows.SchemaProgress;
import dev.turnout.flags.jdbc.table.SchemaMapping;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Many tables of many types, most of them without a key, described at once. */
@ParameterizedClass
@MethodSource("pairs")
class WholeSchemaTest {
    // H2 has no -0, which others have among their numbers.
    private static final Set<List<Object>> PAIRS = Set.of(
            List.of(Database.H2, Database.H2),
            List.of(Database.H2, Database.POSTGRES),
            List.of(Database.POSTGRES, Database.POSTGRES));

    private final Database from;
    private final Database into;
    private final DataSource source;
    private final DataSource target;

    WholeSchemaTest(Database from, Database into) {
        this.from = from;
        this.into = into;
        source = from.create();
        target = into.create();
    }

    static Stream<Arguments> pairs() {
        return Database.pairs().filter(pair -> PAIRS.contains(List.of(pair.get())));
    }

    @Test
    void all_rows_arrive_and_all_damages_are_found_and_nothing_else() throws SQLException {
        assumeTrue(from == Database.H2, "among the long tests");
        copyAndDamage(new GeneratedSchema(42, 40));
    }

    @Test
    @Tag("long")
    void all_rows_arrive_and_all_damages_are_found_in_large_tables() throws SQLException {
        copyAndDamage(new GeneratedSchema(43, 3_000));
    }

    private SchemaMapping schema() {
        return SchemaMapping.between(source, target)
                .all()
                .exclude("audit_log", "stays where it is")
                .withoutKeys()
                .build();
    }

    private SchemaBackfill.Builder backfill(SchemaMapping schema) {
        return Backfill.from(source, schema).into(target).named("all");
    }

    private SchemaVerifyResult verify(SchemaMapping schema) {
        return Verify.schema(schema, source, target)
                .each((table, verify) -> {
                    verify.settle(Duration.ofMillis(1), 1);
                    if (!table.hasKey()) {
                        verify.revealColumns("mark");
                    }
                })
                .build()
                .run();
    }

    private void copyAndDamage(GeneratedSchema generated) throws SQLException {
        generated.create(from, source);
        generated.create(into, target);
        generated.fill(source);
        Database.execute(source, "CREATE TABLE audit_log (id INT)");
        SchemaMapping schema = schema();
        assertThat(schema.tables()).hasSize(37);
        assertThat(schema.tables().stream().filter(TableMapping::hasKey)).hasSize(14);

        SchemaPlan plan = Plan.of(schema, source, target);

        assertThat(plan.findings()).isEmpty();
        assertThat(plan.tables())
                .allSatisfy(table -> assertThat(table.findings())
                        .extracting(Plan.Finding::what)
                        .containsExactly(table.mapping().hasKey() ? "There is no version." : "There is no key."));
        plan.requireNoErrors();

        List<SchemaProgress> progress = new ArrayList<>();
        SchemaBackfill.Result copied =
                backfill(schema).onProgress(progress::add).build().run("1");

        assertThat(copied.inSum()).isEqualTo(new BackfillResult(generated.rows(), generated.rows(), 0));
        assertThat(copied.tables()).hasSize(37);
        SchemaProgress last = progress.get(progress.size() - 1);
        assertThat(last.number()).isEqualTo(37);
        assertThat(last.inSum().rowsDone()).isEqualTo(generated.rows());
        assertThat(last.inSum().estimatedTotal())
                .as("by what the databases estimated")
                .isGreaterThanOrEqualTo(generated.rows());
        SchemaVerifyResult equal = verify(schema);
        assertThat(equal.isEqual()).as(equal.toString()).isTrue();
        assertThat(equal.keysCompared()).isEqualTo(generated.rows());

        Set<String> damages = generated.damage(into, target);
        assertThat(damages).hasSizeGreaterThanOrEqualTo(60);
        SchemaVerifyResult damaged = verify(schema);

        assertThat(damaged.failures()).isEmpty();
        assertThat(GeneratedSchema.found(damaged)).isEqualTo(damages);
        assertThat(damaged.unsettled()).isZero();
    }
}

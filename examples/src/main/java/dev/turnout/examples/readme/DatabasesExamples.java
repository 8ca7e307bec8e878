package dev.turnout.examples.readme;

import dev.turnout.flags.jdbc.backfill.Backfill;
import dev.turnout.flags.jdbc.backfill.Plan;
import dev.turnout.flags.jdbc.table.SchemaMapping;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.jdbc.verify.Verify;
import java.nio.file.Path;
import javax.sql.DataSource;

/** What docs/databases.md and docs/reference/mapping-file.md show, between its lines of dots. */
final class DatabasesExamples {
    private DatabasesExamples() {}

    static void schema(DataSource oldDatabase, DataSource newDatabase) {
        // ...
        SchemaMapping shop = SchemaMapping.between(oldDatabase, newDatabase)
                .all() // all("sales", "public") for named schemas; matching("sales_*")
                .same("customer", table -> table.except("fax").version("version")) // the same but for this
                .add(TableMapping.from("order")
                        .into("purchase")
                        .key("id")
                        .column("total")
                        .build())
                .exclude("audit_log", "stays where it is")
                .withoutKeys() // takes those that have none as they are
                .build();
        Plan.of(shop, oldDatabase, newDatabase).requireNoErrors();
        Backfill.from(oldDatabase, shop).into(newDatabase).named("shop").build().run("2026-11");
        Verify.schema(shop, oldDatabase, newDatabase).build().run();
        // ...
    }

    static void indexes(DataSource oldDatabase, DataSource newDatabase, TableMapping places) {
        // ...
        Backfill.from(oldDatabase, places)
                .into(newDatabase)
                .named("places-v2")
                .createIndexesAfter("CREATE INDEX place_name ON place_v2 (name)")
                .build()
                .run("2026-11");
        // ...
    }

    static SchemaMapping file(DataSource oldDatabase, DataSource newDatabase) {
        // ...
        SchemaMapping shop = SchemaMapping.between(oldDatabase, newDatabase)
                .read(Path.of("shop.yaml"))
                .build();
        // ...
        return shop;
    }
}

package dev.turnout.examples.readme;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.turnout.flags.Flags;
import dev.turnout.flags.jdbc.JdbcFlagStore;
import dev.turnout.flags.jdbc.JdbcFleetStore;
import dev.turnout.flags.jdbc.table.OwnTables;
import javax.sql.DataSource;

/** What docs/tables.md and docs/transactions.md show, between its lines of dots. */
final class TablesExamples {
    private TablesExamples() {}

    static Flags schema(DataSource dataSource) {
        // ...
        OwnTables tables = OwnTables.in(dataSource).schema("turnout").createTables(false);
        Flags flags = Flags.builder(JdbcFlagStore.in(tables))
                .fleet(JdbcFleetStore.in(tables))
                .build();
        // ...
        return flags;
    }

    static OwnTables pool(String url) {
        // ...
        HikariConfig own = new HikariConfig();
        own.setJdbcUrl(url);
        own.setMaximumPoolSize(2);
        own.setMinimumIdle(1);
        own.setConnectionTimeout(5_000); // well below the lease
        OwnTables tables = OwnTables.in(new HikariDataSource(own)); // for JdbcFlagStore, JdbcFleetStore, JdbcJournal
        // ...
        return tables;
    }
}

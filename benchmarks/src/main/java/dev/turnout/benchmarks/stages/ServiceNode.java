package dev.turnout.benchmarks.stages;

import com.zaxxer.hikari.HikariDataSource;
import dev.turnout.flags.Flags;
import dev.turnout.flags.jdbc.JdbcFlagStore;
import dev.turnout.flags.jdbc.JdbcFleetStore;
import dev.turnout.flags.jdbc.JdbcJournal;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.MigrationBuilder;
import java.time.Duration;

/** One of a service's nodes, with connections of its own: all that a process would have, but the process. */
final class ServiceNode implements AutoCloseable {
    private static final int CONNECTIONS = 12; // more than the prober's writers and the mirror's
    private static final int CONTROL_CONNECTIONS = 6;

    private final HikariDataSource oldDatabase;
    private final HikariDataSource newDatabase;
    private final HikariDataSource control;
    private final JdbcFlagStore store;
    private final Flags flags;
    private final JdbcJournal<Long> journal;
    private final Migration<Long, String> migration;
    private final Controller controller;

    ServiceNode(Server server, int number, String name, Kind kind, Rows.Writing writing, Duration lease) {
        oldDatabase = server.pool(Server.Name.OLD, CONNECTIONS);
        newDatabase = server.pool(Server.Name.NEW, CONNECTIONS);
        control = server.control(number, CONTROL_CONNECTIONS);
        store = JdbcFlagStore.in(control);
        flags = Flags.builder(store)
                .node("node-" + number)
                .fleet(JdbcFleetStore.in(control))
                .build();
        // Beside the old path's records: the flag store's database may die, and writes to two paths still leave a
        // trace.
        journal = JdbcJournal.in(oldDatabase, name, KeyCodec.longs());
        Rows oldRows = new Rows(oldDatabase, name, writing);
        Rows newRows = new Rows(newDatabase, name, writing);
        MigrationBuilder<Long, String> builder =
                kind.between(name, oldRows, newRows).journal(journal).lease(lease);
        if (writing == Rows.Writing.FENCED) {
            builder.fences(oldRows.fence(), newRows.fence());
        }
        migration = builder.build(flags);
        controller = Controller.of(migration);
    }

    Migration<Long, String> migration() {
        return migration;
    }

    Controller controller() {
        return controller;
    }

    Flags flags() {
        return flags;
    }

    @Override
    public void close() {
        controller.close();
        migration.close();
        journal.close();
        flags.close();
        store.close();
        control.close();
        newDatabase.close();
        oldDatabase.close();
    }
}

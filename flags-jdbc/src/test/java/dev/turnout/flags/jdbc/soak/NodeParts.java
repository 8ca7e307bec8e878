package dev.turnout.flags.jdbc.soak;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.turnout.flags.EvaluationContext;
import dev.turnout.flags.Flags;
import dev.turnout.flags.jdbc.JdbcFence;
import dev.turnout.flags.jdbc.JdbcFlagStore;
import dev.turnout.flags.jdbc.JdbcFleetStore;
import dev.turnout.flags.jdbc.JdbcJournal;
import dev.turnout.flags.jdbc.backfill.Backfill;
import dev.turnout.flags.jdbc.backfill.BackfillResult;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.MigrationBuilder;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import java.util.List;
import javax.sql.DataSource;

/** What a node is made of: the only place where the library is put together. */
final class NodeParts implements AutoCloseable {
    static final String MIGRATION = "items";

    /** Shorter than a service would have it, so more happens in an hour. */
    static final Duration LEASE = Duration.ofSeconds(2);

    /** A call that is held in flight arrives no later than this after it was made. */
    static final Duration CALL_TIMEOUT = PlainItemPath.LONGEST_CALL;

    // Without versions the library wants more than twice the above, with them it does not matter much.
    private static final Duration PLAIN_CLAIM = Duration.ofSeconds(11);

    private static final Duration POLL = Duration.ofMillis(200);
    // Where nothing waits for nodes that have not received a move, it shows.
    private static final Duration LATE_POLL = Duration.ofSeconds(3);
    private static final int CONNECTIONS = 16; // users, mirror, comparisons
    private static final int CONTROL_CONNECTIONS = 10;
    // The first connection of a young process on a busy machine takes longer than any that follows.
    private static final Duration PATIENCE_AT_START = Duration.ofSeconds(10);
    private static final Duration NOT_AT_ALL = Duration.ofMillis(-1);
    private static final int COMPARED_PPM = 50_000; // comparing costs a read each time

    private static final EvaluationContext NOBODY = EvaluationContext.of("nobody");

    private final HikariDataSource oldDatabase;
    private final HikariDataSource newDatabase;
    private final HikariDataSource control;
    private final HikariDataSource journal;
    private final JdbcFlagStore store;
    private final Flags flags;
    private final Migration<Long, String> migration;
    private final Controller controller;
    private final Router router;
    private final ItemRows rows = new ItemRows();

    NodeParts(NodeSettings settings, ShiftedClock clock) {
        oldDatabase = pool(settings.oldUrl(), CONNECTIONS, NOT_AT_ALL);
        newDatabase = pool(settings.newUrl(), CONNECTIONS, NOT_AT_ALL);
        control = pool(settings.controlUrl(), CONTROL_CONNECTIONS, PATIENCE_AT_START);
        journal = settings.journalUrl().equals(settings.controlUrl())
                ? control
                : pool(settings.journalUrl(), CONTROL_CONNECTIONS, PATIENCE_AT_START);
        store = JdbcFlagStore.builder(control)
                .pollInterval(isLate(settings) ? LATE_POLL : POLL)
                .time(clock)
                .build();
        flags = Flags.builder(store)
                .node(settings.name())
                .fleet(fleet(control, settings.mode()))
                .time(clock)
                .build();
        ItemPath oldPath = new ItemPath(oldDatabase, settings.fenced() ? MIGRATION : "");
        ItemPath newPath = new ItemPath(newDatabase, settings.fenced() ? MIGRATION : "");
        MigrationBuilder<Long, String> builder = named(settings, oldPath, newPath)
                .journal(journal(settings))
                .compare(COMPARED_PPM)
                .deadline(Duration.ofSeconds(5))
                .lease(LEASE)
                .callTimeout(CALL_TIMEOUT);
        if (settings.fenced()) {
            builder.fences(JdbcFence.in(oldDatabase, MIGRATION), JdbcFence.in(newDatabase, MIGRATION));
        }
        migration = builder.build(flags);
        controller = Controller.of(migration);
        router = settings.mode() == NodeSettings.Mode.VENDOR
                ? new VendorRouter(() -> flags.value(VendorRouter.FLAG, "OFF", NOBODY), oldPath, newPath)
                : new TurnoutRouter(migration);
    }

    private MigrationBuilder<Long, String> named(NodeSettings settings, ItemPath oldPath, ItemPath newPath) {
        return settings.paths() == NodeSettings.Paths.VERSIONED
                ? Migration.named(MIGRATION, oldPath, newPath)
                : Migration.named(MIGRATION, new PlainItemPath(oldDatabase), new PlainItemPath(newDatabase));
    }

    private static boolean isLate(NodeSettings settings) {
        return settings.mode() == NodeSettings.Mode.FENCES_OFF && settings.number() % 2 == 0;
    }

    private static FleetStore fleet(DataSource control, NodeSettings.Mode mode) {
        FleetStore fleet = JdbcFleetStore.in(control);
        return mode == NodeSettings.Mode.FENCES_OFF ? new HastyFleet(fleet) : fleet;
    }

    private Journal<Long> journal(NodeSettings settings) {
        Journal<Long> whole = JdbcJournal.builder(journal, MIGRATION, KeyCodec.longs())
                .mode(JdbcJournal.Mode.ALWAYS)
                .claimTimeout(settings.paths() == NodeSettings.Paths.PLAIN ? PLAIN_CLAIM : CALL_TIMEOUT)
                .build();
        return settings.mode() == NodeSettings.Mode.JOURNAL_OFF ? new ForgetfulJournal<>(whole) : whole;
    }

    private static HikariDataSource pool(String url, int connections, Duration patienceAtStart) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(1);
        config.setConnectionTimeout(500);
        config.setValidationTimeout(400);
        config.setInitializationFailTimeout(patienceAtStart.toMillis());
        return new HikariDataSource(config);
    }

    Router router() {
        return router;
    }

    /** How many keys wait for repair. */
    long depth() {
        return migration.journal().depth();
    }

    /** Where this node is with its keys, by whose order, and what it knows of the goal: nodes of which this is the same are not split. */
    String where() {
        String order = migration.override().map(stage -> "overridden, ").orElse("");
        MigrationState known = flags.state().document().migrations().get(MIGRATION);
        return order + KeySpace.where(key -> migration.stageOf(key), known);
    }

    /** What the way to the goal waits for, in the words that operators get. */
    String blockers() {
        return Blocker.messages(controller.status().blockers());
    }

    void override(Stage stage) {
        migration.overrideStage(stage, "soak", "the flag store is out of reach");
    }

    void adoptOverride() {
        controller.adoptOverride("soak", "all nodes are overridden");
    }

    /** A node that is overridden is never evicted by time, as it works without regard to its lease: an operator evicts it after seeing it dead. */
    void evict(String node) {
        boolean isOut = controller.evict(node, "soak");
        if (!isOut
                && migration.members().stream().anyMatch(member -> member.node().equals(node))) {
            throw new IllegalStateException(node + " is in the fleet still.");
        }
    }

    void endOverride() {
        migration.endOverride();
    }

    /** Begins what {@link #backfill} does. */
    FullSweep beginSweep() {
        return migration.beginSweep();
    }

    /** Sweeps all keys, towards where they are to go. Returns how many were copied. */
    long backfill(FullSweep sweep) {
        List<Slice> slices = flags.state()
                .document()
                .migrations()
                .get(MIGRATION)
                .position()
                .slices()
                .toList();
        Side from = slices.stream().anyMatch(slice -> slice.stage().side() == Side.NEW) ? Side.NEW : Side.OLD;
        if (migration.isVersioned()) {
            return result((from == Side.NEW
                            ? Backfill.from(newDatabase, rows, KeyCodec.longs())
                                    .into(oldDatabase, rows)
                                    .named("items-back")
                            : Backfill.from(oldDatabase, rows, KeyCodec.longs())
                                    .into(newDatabase, rows)
                                    .named("items"))
                    .reconciling(rows, migration.reconciler(), from)
                    .build()
                    .run(sweep, "soak"));
        }
        if (!slices.stream().allMatch(slice -> slice.stage().side() == from)) {
            throw new IllegalStateException("Without versions all keys have to be on the side that is copied from.");
        }
        boolean back = from == Side.NEW;
        return result(Backfill.from(back ? newDatabase : oldDatabase, ItemRows.PLAIN)
                .into(back ? oldDatabase : newDatabase)
                .named(back ? "items-back" : "items")
                .reconciling(key -> Long.valueOf(key.get(0)), migration.reconciler(), from)
                .build()
                .run(sweep, "soak"));
    }

    private static long result(BackfillResult result) {
        return result.written() + result.reconciled();
    }

    @Override
    public void close() {
        controller.close();
        router.close();
        migration.close();
        flags.close();
        store.close();
        journal.close();
        control.close();
        newDatabase.close();
        oldDatabase.close();
    }
}

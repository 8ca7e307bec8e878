package dev.turnout.flags.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.turnout.flags.Flags;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.UnavailableException;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import javax.sql.DataSource;

/**
 * A node of a service, in a process of its own: routes a migration between two tables of one PostgreSQL database, has users, and obeys what it reads. It
 * uses no more of the library than builds of 2026-11 have, so one of these can be run beside today's.
 *
 * <p>Each key belongs to one user of all nodes, who writes it with ever higher values; all users read all keys, and none may see a value go back.
 */
final class RouterProcess {
    static final int KEYS = 200;
    static final String TABLES =
            "CREATE TABLE item_old (id bigint PRIMARY KEY, value bigint, counter bigint NOT NULL, writer bigint NOT NULL);"
                    + "CREATE TABLE item_new (id bigint PRIMARY KEY, value bigint, counter bigint NOT NULL, writer bigint NOT NULL)";
    private static final Duration HANGING = Duration.ofSeconds(2);
    private static final Duration BETWEEN_WRITES = Duration.ofMillis(2); // leaves a busy machine time for the rest
    private static final int USERS = 2;

    private final int number;
    private final int nodes;
    private final Migration<Long, Long> migration;
    private final Controller controller;
    private final AtomicLongArray acknowledged = new AtomicLongArray(KEYS);
    private final AtomicLong operations = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private final AtomicInteger hangingCalls = new AtomicInteger();
    private volatile boolean hangs;
    private volatile boolean mayHang;
    private volatile boolean ends;

    private RouterProcess(String url, boolean versioned, int number, int nodes) {
        this.number = number;
        this.nodes = nodes;
        DataSource database = pool(url, 24);
        DataSource own = pool(url, 8);
        Flags flags = Flags.builder(JdbcFlagStore.in(own))
                .node("node-" + number)
                .fleet(JdbcFleetStore.in(own))
                .build();
        VersionedDataPath<Long, Long> oldPath = new ItemPath(database, "item_old", () -> {});
        VersionedDataPath<Long, Long> newPath = new ItemPath(database, "item_new", this::beforeNewPath);
        migration = (versioned
                        ? Migration.named("items", oldPath, newPath)
                        : Migration.named("items", plain(oldPath), plain(newPath)))
                .journal(JdbcJournal.in(own, "items", KeyCodec.longs()))
                .repairsPerSecond(5)
                .build(flags);
        controller = Controller.of(migration);
    }

    private static DataSource pool(String url, int connections) {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(connections);
        config.setMinimumIdle(1);
        return new HikariDataSource(config);
    }

    /** From where the database is, whether paths keep versions, which node of how many this is. */
    public static void main(String... arguments) throws IOException {
        RouterProcess router = new RouterProcess(
                arguments[0],
                Boolean.parseBoolean(arguments[1]),
                Integer.parseInt(arguments[2]),
                Integer.parseInt(arguments[3]));
        daemon(router::watchStage);
        say("ready " + Migration.class.getProtectionDomain().getCodeSource().getLocation());
        try (BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                String[] command = line.split(" ");
                daemon(() -> router.obey(command));
            }
        }
        Runtime.getRuntime().halt(1);
    }

    private static void say(String line) {
        System.out.println(line);
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (Throwable e) {
                        say("failed " + e);
                        Runtime.getRuntime().halt(1); // or the test would wait for what this thread does no more
                    }
                },
                "router");
        thread.setDaemon(true);
        thread.start();
    }

    private void obey(String[] command) {
        switch (command[0]) {
            case "use" -> {
                for (int user = 0; user < USERS; user++) {
                    int of = user;
                    daemon(() -> use(of));
                }
            }
            case "go" -> {
                say(String.join(" ", command));
                controller
                        .moveTo(Goal.of(Stage.valueOf(command[1])), "test", "test")
                        .join();
                say("arrived " + command[1]);
            }
            case "order" -> {
                var unused = controller.moveTo(Goal.of(Stage.valueOf(command[1])), "test", "test");
            }
            case "sweep" -> sweep();
            case "record" -> record();
            case "hang" -> mayHang = true;
            case "recover" -> {
                mayHang = false;
                hangs = false;
            }
            case "rollback" -> {
                say("ordered " + System.nanoTime());
                say("told " + controller.rollBackNow("test", "it hangs").told());
            }
            case "blockers" ->
                say("blockers " + Blocker.messages(controller.status().blockers()));
            case "end" -> end();
            default -> throw new IllegalArgumentException(command[0]);
        }
    }

    private void sweep() {
        FullSweep sweep = beginSweep();
        for (long key = 0; key < KEYS; key++) {
            reconcile(key);
        }
        sweep.finished("test");
        say("swept");
    }

    private FullSweep beginSweep() {
        while (true) {
            try {
                return migration.beginSweep();
            } catch (
                    IllegalStateException
                            e) { // while a node that has just joined has not acknowledged its first version
                pause(Duration.ofMillis(10));
            }
        }
    }

    private void reconcile(long key) {
        while (true) {
            try {
                migration.reconciler().reconcile(key, Side.OLD);
                return;
            } catch (UnavailableException e) { // without versions, while the key is in SYNC
                pause(Duration.ofMillis(10));
            }
        }
    }

    private void record() {
        for (long key = 0; key < KEYS; key++) {
            migration.journal().record(key, Side.OLD);
        }
        say("recorded");
    }

    /** Each user writes the keys that are theirs. */
    private void use(int user) {
        int me = number * USERS + user;
        int all = nodes * USERS;
        long[] seen = new long[KEYS];
        for (long round = 1; !ends; round++) {
            for (int i = 0; i < KEYS / all && !ends; i++) {
                int key = i * all + me;
                operations.incrementAndGet();
                try {
                    write(key, round);
                    acknowledged.set(key, round);
                } catch (RuntimeException e) { // it may have happened all the same; what follows is higher
                    failures.incrementAndGet();
                }
                int other = ThreadLocalRandom.current().nextInt(KEYS);
                look(other, seen);
                look(key, seen);
                pause(BETWEEN_WRITES);
            }
        }
    }

    private void write(long key, long value) {
        if (value % 2 == 0 && migration.update(key, old -> value).isPresent()) {
            return;
        }
        migration.put(key, value);
    }

    private void look(int key, long[] seen) {
        long mine = acknowledged.get(key); // 0 for keys of other nodes
        operations.incrementAndGet();
        try {
            long value = migration.get((long) key).orElse(0L);
            if (value < seen[key] || value < mine) {
                say("wrong key " + key + " was " + Math.max(seen[key], mine) + " and is read as " + value + " in "
                        + migration.stageOf((long) key));
            }
            seen[key] = value;
        } catch (RuntimeException e) {
            failures.incrementAndGet();
        }
    }

    private void watchStage() {
        Stage last = null;
        while (true) {
            Stage now = migration.stageOf(0L);
            if (now != last) {
                say("stage " + now + " " + System.nanoTime());
                last = now;
                if (now == Stage.SHADOW) {
                    daemon(() -> {
                        try {
                            var unused = migration.get(0L);
                            say("answers " + now + " " + System.nanoTime());
                        } catch (RuntimeException e) {
                            say("answers not " + e);
                        }
                    });
                }
            }
            pause(Duration.ofMillis(2));
        }
    }

    private static void pause(Duration length) {
        try {
            Thread.sleep(length.toMillis());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void beforeNewPath() {
        if (mayHang && !hangs && migration.stageOf(0L) == Stage.SYNC) {
            hangs = true;
        }
        if (hangs) {
            say("hangs " + hangingCalls.incrementAndGet());
            pause(HANGING);
        }
    }

    private void end() {
        ends = true;
        controller.close();
        migration.close();
        for (int key = 0; key < KEYS; key++) {
            if (acknowledged.get(key) > 0) {
                say("acknowledged " + key + " " + acknowledged.get(key));
            }
        }
        say("operations " + operations + " failures " + failures);
        say("ended");
    }

    private static DataPath<Long, Long> plain(DataPath<Long, Long> path) {
        return new DataPath<>() {
            @Override
            public Optional<Long> get(Long key) {
                return path.get(key);
            }

            @Override
            public void put(Long key, Long value) {
                path.put(key, value);
            }

            @Override
            public void delete(Long key) {
                path.delete(key);
            }
        };
    }

    /** Records of a table, with their versions. */
    private static final class ItemPath implements VersionedDataPath<Long, Long> {
        private final DataSource database;
        private final String table;
        private final Runnable before;

        ItemPath(DataSource database, String table, Runnable before) {
            this.database = database;
            this.table = table;
            this.before = before;
        }

        @Override
        public Versioned<Long> read(Long key) {
            before.run();
            try (Connection connection = database.getConnection();
                    PreparedStatement select = connection.prepareStatement(
                            "SELECT value, counter, writer FROM " + table + " WHERE id = ?")) {
                select.setLong(1, key);
                try (ResultSet row = select.executeQuery()) {
                    return row.next()
                            ? Versioned.of(new Version(row.getLong(2), row.getLong(3)), row.getLong(1))
                            : Versioned.absent();
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public boolean writeIfNewer(Long key, Versioned<Long> record) {
            return write(key, record, " WHERE (t.counter, t.writer) < (excluded.counter, excluded.writer)");
        }

        @Override
        public boolean replace(Long key, Version expected, Versioned<Long> record) {
            return expected.equals(Version.ABSENT)
                    ? write(key, record, " WHERE false")
                    : write(
                            key,
                            record,
                            String.format(
                                    Locale.ROOT,
                                    " WHERE t.counter = %d AND t.writer = %d",
                                    expected.counter(),
                                    expected.writer()));
        }

        @Override
        public void put(Long key, Long value) { // as paths without versions do
            write(key, Versioned.of(Version.FIRST, value), "");
        }

        @Override
        public void delete(Long key) { // without versions, where repair finds no record
            before.run();
            try (Connection connection = database.getConnection();
                    PreparedStatement delete = connection.prepareStatement("DELETE FROM " + table + " WHERE id = ?")) {
                delete.setLong(1, key);
                delete.executeUpdate();
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        private boolean write(Long key, Versioned<Long> record, String where) {
            before.run();
            try (Connection connection = database.getConnection();
                    PreparedStatement insert = connection.prepareStatement("INSERT INTO " + table
                            + " AS t (id, value, counter, writer) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                            + " value = excluded.value, counter = excluded.counter, writer = excluded.writer"
                            + where)) {
                insert.setLong(1, key);
                insert.setLong(2, record.value().orElseThrow());
                insert.setLong(3, record.version().counter());
                insert.setLong(4, record.version().writer());
                return insert.executeUpdate() == 1;
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}

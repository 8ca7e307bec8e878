package dev.turnout.examples.readme;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.turnout.examples.readme.MigrateATableExamples.Parcel;
import dev.turnout.examples.readme.MigrateATableExamples.Place;
import dev.turnout.examples.readme.MigrateSomethingElseExamples.Client;
import dev.turnout.examples.readme.MigrateSomethingElseExamples.Document;
import dev.turnout.flags.Flags;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.Controller;
import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.stage.Goal;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.InMemoryFlagStore;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the snippets that need no service around them, in the order of their pages. */
class SnippetsTest {
    private static final Logger log = LoggerFactory.getLogger(SnippetsTest.class);

    @Test
    void the_migration_of_the_readme_moves_ten_percent_and_rolls_back() throws Exception {
        Map<Long, String> oldTable = new ConcurrentHashMap<>(Map.of(1L, "one pear", 2L, "two plums"));
        Map<Long, String> newTable = new ConcurrentHashMap<>();
        List<String> delivered = new ArrayList<>();
        ReadmeExamples examples = new ReadmeExamples() {
            @Override
            void newCheckout() {}

            @Override
            void deliver(String order) {
                delivered.add(order);
            }
        };

        examples.migration(oldTable, newTable);

        assertThat(delivered).containsExactly("seven apples");
        assertThat(oldTable).isEqualTo(Map.of(1L, "one pear", 2L, "two plums", 7L, "seven apples"));
        assertThat(newTable).isEqualTo(oldTable);
    }

    @Test
    void the_steps_for_a_table_copy_and_verify_it_and_move_its_keys() throws Exception {
        JdbcDataSource oldDatabase = database("old", """
            CREATE TABLE place (id BIGINT PRIMARY KEY, name VARCHAR(100), amount DECIMAL(10, 2), first VARCHAR(50), last VARCHAR(50),
              version BIGINT NOT NULL, writer BIGINT NOT NULL, deleted BOOLEAN NOT NULL);
            INSERT INTO place SELECT x, 'place ' || x, x, 'A', 'B', 0, 0, FALSE FROM SYSTEM_RANGE(1, 50)\
            """);
        JdbcDataSource newDatabase = database("new", """
            CREATE TABLE place_v2 (id BIGINT PRIMARY KEY, name VARCHAR(100), amount_cents BIGINT, full_name VARCHAR(101),
              version BIGINT NOT NULL, writer BIGINT NOT NULL, deleted BOOLEAN NOT NULL)\
            """);
        // The paths of the test are in memory: what is copied between the databases needs no repair, so no path is
        // asked.
        try (Flags flags = Flags.from(new InMemoryFlagStore());
                Migration<Long, Place> migration = Migration.named("places-v2", new MapPath(), new MapPath())
                        .build(flags);
                Controller controller = Controller.of(migration)) {
            TableMapping places = MigrateATableExamples.mapping(oldDatabase, newDatabase);
            MigrateATableExamples.copyBeforehand(places, oldDatabase, newDatabase, () -> 5);
            MigrateATableExamples.dualWrite(controller);
            MigrateATableExamples.sweep(places, oldDatabase, newDatabase, migration);
            MigrateATableExamples.sharedSweep(places, oldDatabase, newDatabase, migration);

            assertThat(MigrateATableExamples.verify(places, oldDatabase, newDatabase))
                    .isTrue();
            assertThat(MigrateATableExamples.repair(places, oldDatabase, newDatabase, migration, controller))
                    .isZero();
            assertThat(rows(newDatabase, "place_v2 WHERE full_name = 'A B' AND amount_cents = 100 * id"))
                    .isEqualTo(50);

            MigrateATableExamples.live(controller, migration, log);
            MigrateATableExamples.rollBack(controller);
            assertThat(migration.stageOf(1L)).isEqualTo(Stage.SHADOW);
            MigrateATableExamples.complete(controller);
            assertThat(migration.stageOf(1L)).isEqualTo(Stage.COMPLETE);
        }
    }

    @Test
    void a_table_moves_by_paths_that_are_made_of_its_mapping() throws Exception {
        String marks =
                "version BIGINT DEFAULT 0 NOT NULL, writer BIGINT DEFAULT 0 NOT NULL, deleted BOOLEAN DEFAULT FALSE NOT NULL";
        JdbcDataSource oldDatabase = database(
                "oldParcels",
                "CREATE TABLE parcel (id BIGINT PRIMARY KEY, name VARCHAR(100), grams BIGINT, " + marks
                        + "); INSERT INTO parcel (id, name, grams) SELECT x, 'parcel ' || x, 1500 * x FROM SYSTEM_RANGE(1, 50)");
        JdbcDataSource newDatabase = database(
                "newParcels",
                "CREATE TABLE parcel_v2 (id BIGINT PRIMARY KEY, name VARCHAR(100), weight_kg DECIMAL(20, 3), " + marks
                        + ")");
        try (Flags flags = Flags.from(new InMemoryFlagStore());
                Migration<Long, Parcel> migration = MigrateATableExamples.paths(flags, oldDatabase, newDatabase);
                Controller controller = Controller.of(migration)) {
            controller.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "a test").get();
            FullSweep sweep = migration.beginSweep();
            for (long id = 1; id <= 50; id++) {
                migration.reconciler().reconcile(id, Side.OLD);
            }
            sweep.finished("ana");
            controller.moveTo(Goal.of(Stage.LIVE), "ana", "a test").get();
            migration.put(7L, new Parcel(7, "changed", new BigDecimal("0.25")));
            migration.delete(8L);
            assertThat(migration.insert(51L, new Parcel(51, "new", BigDecimal.ONE)))
                    .isTrue();
            assertThat(rows(oldDatabase, "parcel WHERE NOT deleted"))
                    .as("both have it")
                    .isEqualTo(50);
            controller.moveTo(Goal.of(Stage.COMPLETE), "ana", "a test").get();

            assertThat(migration.get(1L)).contains(new Parcel(1, "parcel 1", new BigDecimal("1.5")));
            assertThat(migration.get(7L)).contains(new Parcel(7, "changed", new BigDecimal("0.25")));
            assertThat(migration.get(8L)).isEmpty();
            assertThat(rows(newDatabase, "parcel_v2 WHERE NOT deleted")).isEqualTo(50);
            assertThat(rows(oldDatabase, "parcel WHERE id = 7 AND grams = 250 AND name = 'changed'"))
                    .isEqualTo(1);
        }
    }

    @Test
    void a_path_without_versions_is_swept_key_by_key() throws Exception {
        MapClient oldClient = new MapClient();
        MapClient newClient = new MapClient();
        oldClient.store("a", new Document("first"));
        try (Flags flags = Flags.from(new InMemoryFlagStore());
                Migration<String, Document> documents =
                        MigrateSomethingElseExamples.migration(flags, oldClient, newClient);
                Controller controller = Controller.of(documents)) {
            controller.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "a test").get();
            MigrateSomethingElseExamples.sweep(documents, () -> Set.of("a"));
            controller.moveTo(Goal.of(Stage.COMPLETE), "ana", "a test").get();

            assertThat(documents.get("a")).contains(new Document("first"));
            assertThat(newClient.documents).isEqualTo(oldClient.documents);
            assertThat(MigrateSomethingElseExamples.functions(documents, oldClient, newClient, "a"))
                    .containsExactly("first");
        }
    }

    @Test
    void an_operator_rolls_back_with_and_without_the_flag_store() throws Exception {
        try (Flags flags = Flags.from(new InMemoryFlagStore());
                Migration<Long, Place> places = Migration.named("places-v2", new MapPath(), new MapPath())
                        .build(flags);
                Controller controller = Controller.of(places)) {
            controller.moveTo(Goal.of(Stage.DUAL_WRITE), "ana", "a test").get();
            places.beginSweep().finished("ana");
            controller.moveTo(Goal.of(Stage.LIVE), "ana", "a test").get();
            OperatingExamples.status(controller, log);
            OperatingExamples.rollBackNow(controller, log);
            controller.rollBack("ana", "wait until it is over").get();
            assertThat(places.stageOf(1L)).isEqualTo(Stage.SHADOW);

            controller.moveTo(Goal.of(Stage.LIVE), "ana", "a test").get();
            OperatingExamples.overrideWithSync(places);
            OperatingExamples.overrideWithShadow(places);
            assertThat(places.stageOf(1L)).isEqualTo(Stage.SHADOW);
            awaitReported(places);
            OperatingExamples.endOverride(controller, places);
            assertThat(places.override()).isEmpty();
            controller.rollBack("ana", "wait until keys have left SYNC").get();

            places.put(1L, new Place("one", 1));
            OperatingExamples.quarantined(places, 1, log);
            assertThat(OperatingExamples.evict(controller)).isFalse(); // no node has that name
        }
    }

    /** The node reports its override on a thread of its own. */
    private static void awaitReported(Migration<?, ?> places) {
        while (places.members().stream().anyMatch(member -> member.override() != Stage.SHADOW)) {
            Thread.onSpinWait();
        }
    }

    @Test
    void the_limits_of_a_rollout_of_launchdarkly_are_within_rounding() {
        List<Integer> limits = CompatibilityExamples.launchDarkly(33_333, 33_333, 33_334);

        assertThat(limits).hasSize(3);
        assertThat(limits.get(0)).isCloseTo(333_330, within(5));
        assertThat(limits.get(1)).isCloseTo(666_660, within(5));
        assertThat(limits.get(2)).isCloseTo(1_000_000, within(5));
    }

    private static JdbcDataSource database(String name, String sql) throws SQLException {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:mem:snippets-" + name + ";DB_CLOSE_DELAY=-1");
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
        return database;
    }

    private static long rows(JdbcDataSource database, String table) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT count(*) FROM " + table)) {
            rows.next();
            return rows.getLong(1);
        }
    }

    /** Records with versions, in memory. */
    private static final class MapPath implements VersionedDataPath<Long, Place> {
        private final Map<Long, Versioned<Place>> records = new ConcurrentHashMap<>();

        @Override
        public Versioned<Place> read(Long key) {
            return records.getOrDefault(key, Versioned.absent());
        }

        @Override
        public synchronized boolean writeIfNewer(Long key, Versioned<Place> record) {
            boolean newer = record.version().isAbove(read(key).version());
            if (newer) {
                records.put(key, record);
            }
            return newer;
        }

        @Override
        public synchronized boolean replace(Long key, Version expected, Versioned<Place> record) {
            boolean same = read(key).version().equals(expected);
            if (same) {
                records.put(key, record);
            }
            return same;
        }
    }

    /** A store in memory. */
    private static final class MapClient implements Client {
        final Map<String, Document> documents = new TreeMap<>(); // guarded by this

        @Override
        public synchronized Optional<Document> fetch(String key) {
            return Optional.ofNullable(documents.get(key));
        }

        @Override
        public synchronized void store(String key, Document document) {
            documents.put(key, document);
        }

        @Override
        public synchronized void remove(String key) {
            documents.remove(key);
        }

        @Override
        public synchronized List<String> titles(String key) {
            return fetch(key).map(Document::text).stream().toList();
        }

        @Override
        public synchronized int count() {
            return documents.size();
        }
    }
}

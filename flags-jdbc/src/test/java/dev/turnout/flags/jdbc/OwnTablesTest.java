package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.sql.Component;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.OwnTables;
import dev.turnout.flags.jdbc.verify.VerifiedRanges;
import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.spi.Journal;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Side;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.ChangeId;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.threads.OwnThread;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The library's own tables: created, brought on, and used with few rights. */
@OnEachDatabase
@Timeout(120)
class OwnTablesTest {
    private static final Member.Registration NODE =
            new Member.Registration("node-1", "process", "journal", "keys", Duration.ofSeconds(10));

    private final Database kind;
    private final DataSource database;

    OwnTablesTest(Database kind) {
        this.kind = kind;
        database = kind.create();
    }

    private String dialect() {
        return switch (kind) {
            case H2 -> "h2";
            case POSTGRES -> "postgres";
            case MARIADB, MARIADB_AS_MYSQL -> "mariadb";
        };
    }

    private static List<String> statements(String script) {
        String code = script.lines().filter(line -> !line.startsWith("--")).collect(Collectors.joining("\n"));
        return Arrays.stream(code.split(";\n?")).filter(one -> !one.isBlank()).toList();
    }

    /** The first older form, in the words that this database had it in. */
    private List<String> olderForm() throws IOException {
        String script;
        try (var text = OwnTablesTest.class.getResourceAsStream("tables-1.sql")) {
            script = new String(text.readAllBytes(), StandardCharsets.UTF_8);
        }
        List<String> translated = new ArrayList<>();
        for (String one : statements(script)) {
            boolean isMySql = dialect().equals("mariadb") && one.strip().startsWith("CREATE TABLE");
            translated.add(
                    isMySql
                            ? one.replaceAll("\\bTEXT\\b", "LONGTEXT")
                                            .replace("TIMESTAMP WITH TIME ZONE", "DATETIME(6)")
                                    + " ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
                            : one);
        }
        return translated;
    }

    private long one(String sql, Object... parameters) throws SQLException {
        return Statements.query(database, row -> row.getLong(1), sql, parameters)
                .get(0);
    }

    private Map<String, Integer> versions() throws SQLException {
        Map<String, Integer> versions = new TreeMap<>();
        Statements.query(
                database,
                row -> versions.put(row.getString(1), row.getInt(2)),
                "SELECT component, version FROM turnout_schema");
        return versions;
    }

    /** Uses the tables of each component. */
    private static void useAll(OwnTables tables) throws SQLException {
        try (JdbcFlagStore flags = JdbcFlagStore.in(tables);
                JdbcJournal<Long> journal =
                        JdbcJournal.builder(tables, "m", KeyCodec.longs()).build()) {
            long revision = flags.read().revision();
            flags.apply(
                    Change.by("test", "x").put(MigrationState.startingAt("n" + revision, Stage.OFF), Change.ABSENT));
            assertThat(flags.history(1)).hasSize(1);
            JdbcFleetStore fleet = JdbcFleetStore.in(tables);
            fleet.join("m", NODE);
            assertThat(fleet.members("m")).isNotEmpty();
            journal.handOver(journal.record(revision, new Journal.Origin("node", Side.OLD, true)));
            assertThat(journal.depth()).isPositive();
            JdbcFence fence = JdbcFence.in(tables, "m");
            fence.close(1);
            fence.refuse("member " + revision);
            assertThat(fence.closedBelow()).isPositive();
            assertThat(VerifiedRanges.in(tables, "v", () -> 1).oldest()).isEmpty();
            Home.of(tables.database(), tables.schema(), tables.createTables(), Component.BACKFILL)
                    .install();
        }
    }

    @Test
    void tables_are_created_once_and_say_which_step_they_have_come_to() throws SQLException {
        useAll(OwnTables.in(database));
        useAll(OwnTables.in(database));

        assertThat(versions())
                .isEqualTo(Map.of("flags", 3, "fleet", 2, "journal", 2, "fence", 2, "backfill", 1, "verify", 1));
    }

    /** A rolling start: what the old build wrote is there, and what it still writes is taken. */
    @Test
    void tables_of_the_older_form_are_taken_and_older_builds_go_on_with_them() throws Exception {
        Database.execute(database, olderForm().toArray(String[]::new));
        String[] ofTheOldBuild = {
            "INSERT INTO turnout_audit (revision, changed_at, changed_by, reason) VALUES (7, CURRENT_TIMESTAMP, 'old', 'build')",
            "INSERT INTO turnout_entry (kind, name, body, revision, changed_at, changed_by, reason)"
                    + " VALUES ('cohort', 'a', '{\"members\":[\"1\"]}', 7, CURRENT_TIMESTAMP, 'old', 'build')",
            "UPDATE turnout_head SET revision = 7",
            "INSERT INTO turnout_journal (id, migration, record_key, source, owner, waits_since) VALUES (5, 'm', '5', 'OLD', 'node', 1)",
            "INSERT INTO turnout_fence (migration, lowest, refusals) VALUES ('m', 4, 1)",
            "INSERT INTO turnout_fence_refused (migration, member) VALUES ('m', 'one')"
        };
        Database.execute(database, ofTheOldBuild);

        useAll(OwnTables.in(database));

        assertThat(one("SELECT max(revision) FROM turnout_head")).isEqualTo(8);
        assertThat(one("SELECT lowest FROM turnout_fence WHERE migration = 'm'"))
                .isEqualTo(4);
        assertThat(one("SELECT count(*) FROM turnout_journal WHERE id = 5")).isEqualTo(1);
        assertThat(versions()).containsEntry("fence", 2).containsEntry("journal", 2);
        try (JdbcFlagStore flags = JdbcFlagStore.in(database)) {
            ChangeId id = flags.read().idOf(EntryKey.cohort("a"));
            assertThat(id.revision()).isEqualTo(7);
            flags.apply(Change.by("test", "x").put(Cohort.of("a", "2"), id));
        }
        Database.execute(
                database,
                "INSERT INTO turnout_audit (revision, changed_at, changed_by, reason) VALUES (10, CURRENT_TIMESTAMP, 'old', 'build')",
                "INSERT INTO turnout_entry (kind, name, body, revision, changed_at, changed_by, reason)"
                        + " VALUES ('cohort', 'b', '{\"members\":[\"1\"]}', 10, CURRENT_TIMESTAMP, 'old', 'build')",
                "INSERT INTO turnout_fence (migration, lowest, refusals) VALUES ('another', 0, 0)",
                "INSERT INTO turnout_member (id, migration, node, process, lease_millis, beat, revision, using_incarnation,"
                        + " using_version, using_checksum, acknowledged, journal, key_text)"
                        + " VALUES ('i', 'm', 'old node', 'p', 1, 0, 0, '', 0, '', 0, '', '')");
        assertThat(JdbcFleetStore.in(database).members("m")).hasSize(2);
    }

    @Test
    void a_fence_that_was_created_without_refusals_gets_them_and_builds_that_know_none_go_on() throws Exception {
        Database.execute(
                database,
                "CREATE TABLE turnout_fence (migration VARCHAR(200) NOT NULL PRIMARY KEY, lowest BIGINT NOT NULL)",
                "INSERT INTO turnout_fence (migration, lowest) VALUES ('m', 4)");
        JdbcFence fence = JdbcFence.in(database, "m");

        fence.refuse("one");

        assertThat(fence.closedBelow()).isEqualTo(4);
        assertThat(one("SELECT refusals FROM turnout_fence")).isEqualTo(1);
        Database.execute(database, "INSERT INTO turnout_fence (migration, lowest) VALUES ('another', 2)");
        assertThat(JdbcFence.in(database, "another").closedBelow()).isEqualTo(2);
    }

    @Test
    void tables_of_a_newer_build_are_used_as_they_are() throws SQLException {
        useAll(OwnTables.in(database));
        Database.execute(database, "UPDATE turnout_schema SET version = version + 7");

        useAll(OwnTables.in(database));

        assertThat(versions()).containsEntry("fence", 9);
    }

    @Test
    void a_table_that_was_dropped_is_created_again() throws SQLException {
        useAll(OwnTables.in(database));
        Database.execute(database, "DROP TABLE turnout_fence_refused", "DROP TABLE turnout_member");

        useAll(OwnTables.in(database));

        assertThat(JdbcFleetStore.in(database).members("m")).hasSize(1);
    }

    @Test
    void many_nodes_may_start_at_once() throws Exception {
        int nodes = 8;
        ExecutorService threads = Executors.newFixedThreadPool(nodes);
        try {
            List<CompletableFuture<Void>> starts = IntStream.range(0, nodes)
                    .mapToObj(node -> CompletableFuture.runAsync(
                            () -> {
                                JdbcFleetStore.in(database).members("m");
                                JdbcFence.in(database, "m").closedBelow();
                                try (JdbcJournal<Long> journal = JdbcJournal.in(database, "m", KeyCodec.longs())) {
                                    journal.depth();
                                }
                            },
                            threads))
                    .toList();
            for (CompletableFuture<Void> start : starts) {
                start.get(60, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(versions()).containsOnlyKeys("fleet", "fence", "journal");
    }

    @Test
    void starting_waits_for_nobody_who_writes_the_journal() throws Exception {
        try (JdbcJournal<Long> journal = JdbcJournal.in(database, "m", KeyCodec.longs())) {
            journal.depth();
        }
        try (Connection writer = database.getConnection()) {
            writer.setAutoCommit(false);
            Statements.update(
                    writer,
                    "INSERT INTO turnout_journal (id, migration, record_key, source, owner) VALUES (1, 'm', '1', 'OLD', 'o')");
            try (JdbcJournal<Long> another = JdbcJournal.in(database, "m", KeyCodec.longs())) {
                assertThat(OwnThread.supply(another::depth).get(5, TimeUnit.SECONDS))
                        .isZero();
            } finally {
                writer.rollback();
                writer.setAutoCommit(true);
            }
        }
    }

    /** PostgreSQL with the rights of a role that was given only these. */
    private DataSource withRights(String... grants) throws SQLException {
        assumeTrue(kind == Database.POSTGRES, "roles are written otherwise elsewhere");
        String role = "role_" + Long.toHexString(System.nanoTime());
        String schema = Statements.query(database, row -> row.getString(1), "SELECT current_schema()")
                .get(0);
        Database.execute(
                database,
                Stream.concat(Stream.of("CREATE ROLE " + role), Stream.of(grants))
                        .map(grant -> grant.replace("ROLE_NAME", role).replace("SCHEMA_NAME", schema))
                        .toArray(String[]::new));
        try (Connection connection = database.getConnection()) {
            return Database.of(connection.getMetaData().getURL() + "&options=-c%20role=" + role);
        }
    }

    @Test
    void a_role_that_may_create_but_not_read_is_told_so() throws Exception {
        Database.execute(database, statements(Ddl.statements(dialect())).toArray(String[]::new));
        DataSource limited = withRights("GRANT CREATE, USAGE ON SCHEMA SCHEMA_NAME TO ROLE_NAME");

        assertThatThrownBy(() -> JdbcFleetStore.in(limited).members("m"))
                .isInstanceOf(JdbcFleetStore.FleetException.class)
                .hasMessageContaining("permission denied for table turnout_")
                .hasMessageContaining("may not read them")
                .hasMessageContaining("grant SELECT");
    }

    @Test
    void a_role_that_may_not_create_is_told_what_is_missing_and_who_can_help() throws SQLException {
        DataSource limited = withRights("GRANT USAGE ON SCHEMA SCHEMA_NAME TO ROLE_NAME");

        assertThatThrownBy(() -> JdbcFleetStore.in(limited).members("m"))
                .hasMessageContaining("lack turnout_member")
                .hasMessageContaining("dev.turnout.flags.jdbc.Ddl");
    }

    @Test
    void a_role_that_may_only_use_tables_is_told_which_columns_they_lack_and_needs_no_more() throws Exception {
        Database.execute(database, olderForm().toArray(String[]::new));
        Database.execute(
                database,
                statements(Ddl.statements(dialect())).stream()
                        .filter(step -> step.matches("(?s).*\\b(is_parked|turnout_repair_due|path_problem)\\b.*"))
                        .toArray(String[]::new)); // those of journal and fleet are run already
        DataSource limited = withRights(
                "GRANT USAGE ON SCHEMA SCHEMA_NAME TO ROLE_NAME",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA SCHEMA_NAME TO ROLE_NAME");
        assertThatThrownBy(() -> useAll(OwnTables.in(limited)))
                .hasMessageContaining(
                        "lack turnout_head.incarnation, turnout_head.nonce, turnout_entry.nonce, turnout_entry.step, turnout_audit.nonce, turnout_audit.step")
                .hasMessageContaining("dev.turnout.flags.jdbc.Ddl");
        Database.execute(
                database,
                "ALTER TABLE turnout_head ADD COLUMN incarnation VARCHAR(50) DEFAULT '' NOT NULL",
                "ALTER TABLE turnout_head ADD COLUMN nonce VARCHAR(50) DEFAULT '' NOT NULL",
                "ALTER TABLE turnout_entry ADD COLUMN nonce VARCHAR(50) DEFAULT '' NOT NULL",
                "ALTER TABLE turnout_entry ADD COLUMN step VARCHAR(1000) DEFAULT '' NOT NULL",
                "ALTER TABLE turnout_audit ADD COLUMN nonce VARCHAR(50) DEFAULT '' NOT NULL",
                "ALTER TABLE turnout_audit ADD COLUMN step VARCHAR(1000) DEFAULT '' NOT NULL");

        useAll(OwnTables.in(limited));
        useAll(OwnTables.in(limited).createTables(false));
    }

    @Test
    void nothing_is_created_where_that_is_not_wanted_and_what_is_printed_is_all_that_is_needed() throws SQLException {
        OwnTables tables = OwnTables.in(database).createTables(false);
        assertThatThrownBy(() -> JdbcFleetStore.in(tables).members("m"))
                .hasMessageContaining("turnout_member")
                .hasMessageContaining("dev.turnout.flags.jdbc.Ddl");

        Database.execute(database, statements(Ddl.statements(dialect())).toArray(String[]::new));

        useAll(tables);
        assertThat(versions()).hasSize(Component.values().length);
    }

    @Test
    void a_schema_has_them_all_and_the_session_s_has_none() throws SQLException {
        String schema = "turnout_" + Long.toHexString(System.nanoTime());
        boolean isMySql = dialect().equals("mariadb");
        Database.execute(database, "CREATE " + (isMySql ? "DATABASE " : "SCHEMA ") + schema);

        useAll(OwnTables.in(database).schema(schema));
        useAll(OwnTables.in(database).schema(schema).createTables(false));

        assertThat(one(
                        "SELECT count(*) FROM information_schema.tables WHERE LOWER(table_schema) = ? AND LOWER(table_name) LIKE 'turnout%'",
                        schema))
                .isEqualTo(16);
        String here = isMySql ? "DATABASE()" : kind == Database.H2 ? "CURRENT_SCHEMA" : "current_schema()";
        assertThat(one("SELECT count(*) FROM information_schema.tables WHERE table_schema = " + here
                        + " AND LOWER(table_name) LIKE 'turnout%'"))
                .isZero();
    }

    @Test
    void names_of_schemas_that_would_have_to_be_quoted_are_refused() {
        assertThatThrownBy(() -> OwnTables.in(database).schema("a; DROP TABLE x"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("letters, digits and underscores");
        assertThatThrownBy(() -> Ddl.statements("oracle")).hasMessageContaining("postgres");
        assertThatThrownBy(Ddl::statements).hasMessageContaining("kind of the database");
    }

    @Test
    void a_stage_that_only_a_newer_build_knows_is_a_failure_that_says_so() {
        JdbcFleetStore fleet = JdbcFleetStore.in(database);
        fleet.join("m", NODE);
        Database.execute(database, "UPDATE turnout_member SET overridden = 'TELEPORT'");

        assertThatThrownBy(() -> fleet.members("m"))
                .isInstanceOf(JdbcFleetStore.FleetException.class)
                .hasMessageContaining("TELEPORT")
                .hasMessageContaining("newer build");
    }

    @ParameterizedTest
    @CsvSource({
        "UPDATE turnout_entry SET kind = 'segment', newer build",
        "'UPDATE turnout_entry SET body = REPLACE(body, ''OFF'', ''TELEPORT'')', TELEPORT",
        "'UPDATE turnout_entry SET body = REPLACE(body, ''\"OLD\"'', ''\"BESIDE\"'')', BESIDE"
    })
    void what_only_a_newer_build_knows_in_an_entry_is_a_failure_that_says_so_until_it_is_gone(
            String change, String told) throws SQLException {
        try (JdbcFlagStore store = JdbcFlagStore.in(database)) {
            store.apply(Change.by("test", "x").put(MigrationState.startingAt("n", Stage.OFF), Change.ABSENT));
            String body = Statements.query(database, row -> row.getString(1), "SELECT body FROM turnout_entry")
                    .get(0);
            Database.execute(database, change);

            assertThatThrownBy(store::read)
                    .isInstanceOf(FlagStoreException.class)
                    .hasMessageContaining("and name 'n'")
                    .hasMessageContaining(told);

            Statements.update(database, "UPDATE turnout_entry SET kind = 'migration', body = ?", body);
            assertThat(store.read().document().migrations()).containsKey("n");
        }
    }

    @Test
    void an_edit_in_the_audit_that_only_a_newer_build_knows_costs_no_other_one() throws SQLException {
        try (JdbcFlagStore store = JdbcFlagStore.in(database)) {
            store.apply(Change.by("ana", "both")
                    .put(MigrationState.startingAt("m", Stage.OFF), Change.ABSENT)
                    .put(MigrationState.startingAt("n", Stage.OFF), Change.ABSENT));
            Database.execute(database, "UPDATE turnout_audit_edit SET kind = 'segment' WHERE name = 'm'");

            assertThat(store.history(10)).singleElement().satisfies(entry -> {
                assertThat(entry.change().by()).isEqualTo("ana");
                assertThat(entry.edits()).extracting(AuditEntry.Edit::key).containsExactly(EntryKey.migration("n"));
            });
            assertThat(store.history(EntryKey.migration("m"), 10)).isEmpty();
        }
    }

    @Test
    void each_kind_of_difference_has_a_column() throws SQLException {
        String ddl = Ddl.statements(dialect());

        assertThat(Difference.Kind.values())
                .allSatisfy(of -> assertThat(ddl).contains(of.name().toLowerCase(Locale.ROOT) + " BIGINT"));
    }

    @Test
    void what_is_printed_is_in_the_docs() throws IOException {
        String docs = Files.readString(Path.of("..", "docs", "tables.md"));

        assertThat(Arrays.stream(docs.split("```sql\n")).skip(1).map(block -> block.substring(0, block.indexOf("```"))))
                .containsExactly(
                        Ddl.statements("postgres"),
                        Ddl.statements("mariadb"),
                        Ddl.statements("mysql"),
                        Ddl.statements("h2"));
    }

    @Test
    void statements_say_whose_they_are() {
        Home home = Home.of(database, "there", true, Component.FLEET);

        assertThat(home.sql("SELECT id FROM turnout_member WHERE node = ?"))
                .isEqualTo("/* turnout fleet */ SELECT id FROM there.turnout_member WHERE node = ?");
    }
}

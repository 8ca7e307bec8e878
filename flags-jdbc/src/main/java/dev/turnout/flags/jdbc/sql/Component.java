package dev.turnout.flags.jdbc.sql;

import dev.turnout.flags.jdbc.sql.SchemaChange.Column;
import dev.turnout.flags.jdbc.sql.SchemaChange.Index;
import dev.turnout.flags.jdbc.sql.SchemaChange.Row;
import dev.turnout.flags.jdbc.sql.SchemaChange.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The parts of this library that have tables of their own, and the steps by which these came to be what they are. A step that was released is never
 * changed: a change of a table is another step behind it. Each only adds, and what it adds has a default, so builds
 * that do not know it continue with the table. First the tables are upgraded, by the first node that starts or by an
 * operator, then nodes one after the other.
 */
public enum Component {
    /** Flags, and the audit of their changes. */
    FLAGS(
            List.of(
                    new Table("turnout_entry", """
                    kind VARCHAR(20) NOT NULL,
                    name VARCHAR(100) NOT NULL,
                    body TEXT NOT NULL,
                    revision BIGINT NOT NULL,
                    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
                    changed_by TEXT NOT NULL,
                    reason TEXT NOT NULL,
                    PRIMARY KEY (kind, name)"""),
                    new Table("turnout_audit", """
                    revision BIGINT NOT NULL PRIMARY KEY,
                    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
                    changed_by TEXT NOT NULL,
                    reason TEXT NOT NULL"""),
                    new Table("turnout_audit_edit", """
                    revision BIGINT NOT NULL,
                    ordinal INT NOT NULL,
                    kind VARCHAR(20) NOT NULL,
                    name VARCHAR(100) NOT NULL,
                    body_before TEXT NOT NULL,
                    body_after TEXT NOT NULL,
                    PRIMARY KEY (revision, ordinal),
                    FOREIGN KEY (revision) REFERENCES turnout_audit (revision) ON DELETE CASCADE"""),
                    new Table("turnout_head", """
                    id SMALLINT NOT NULL PRIMARY KEY CHECK (id = 1),
                    revision BIGINT NOT NULL"""),
                    new Row("turnout_head", "id, revision", "SELECT 1, COALESCE(max(revision), 0) FROM turnout_audit")),
            List.of(
                    new Column("turnout_head", "incarnation", "VARCHAR(50) DEFAULT '' NOT NULL"),
                    new Column("turnout_head", "nonce", "VARCHAR(50) DEFAULT '' NOT NULL")),
            // To distinguish an entry from one that another history of the store has at the same revision, and a
            // controller's automatic changes from those of users.
            List.of(
                    new Column("turnout_entry", "nonce", "VARCHAR(50) DEFAULT '' NOT NULL"),
                    new Column("turnout_entry", "step", "VARCHAR(1000) DEFAULT '' NOT NULL"),
                    new Column("turnout_audit", "nonce", "VARCHAR(50) DEFAULT '' NOT NULL"),
                    new Column("turnout_audit", "step", "VARCHAR(1000) DEFAULT '' NOT NULL"))),

    /** The members of a fleet. */
    FLEET(
            List.of(new Table("turnout_member", """
            id VARCHAR(100) NOT NULL PRIMARY KEY,
            migration VARCHAR(200) NOT NULL,
            node VARCHAR(200) NOT NULL,
            process VARCHAR(100) NOT NULL,
            lease_millis BIGINT NOT NULL,
            beat BIGINT NOT NULL,
            revision BIGINT NOT NULL,
            using_incarnation VARCHAR(100) NOT NULL,
            using_version BIGINT NOT NULL,
            using_checksum VARCHAR(20) NOT NULL,
            acknowledged BIGINT NOT NULL,
            overridden VARCHAR(20),
            journal VARCHAR(300) NOT NULL,
            key_text VARCHAR(300) NOT NULL""")),
            List.of(new Column("turnout_member", "path_problem", "VARCHAR(500) DEFAULT '' NOT NULL"))),

    /** Keys to be repaired. */
    JOURNAL(
            List.of(
                    new Table("turnout_journal", """
                    id BIGINT NOT NULL PRIMARY KEY,
                    migration VARCHAR(200) NOT NULL,
                    record_key VARCHAR(500) NOT NULL,
                    source VARCHAR(20) NOT NULL,
                    owner VARCHAR(100) NOT NULL,
                    waits_since BIGINT"""),
                    new Table("turnout_repair", """
                    migration VARCHAR(200) NOT NULL,
                    record_key VARCHAR(500) NOT NULL,
                    claim BIGINT NOT NULL,
                    until BIGINT NOT NULL,
                    failures INT NOT NULL,
                    problem TEXT,
                    PRIMARY KEY (migration, record_key)"""),
                    new Table("turnout_journal_owner", """
                    migration VARCHAR(200) NOT NULL,
                    owner VARCHAR(100) NOT NULL,
                    evicted_at BIGINT,
                    PRIMARY KEY (migration, owner)"""),
                    new Table("turnout_journal_head", """
                    migration VARCHAR(200) NOT NULL PRIMARY KEY,
                    id VARCHAR(100) NOT NULL,
                    generation BIGINT NOT NULL"""),
                    new Index("turnout_journal_waits", "turnout_journal", "migration, waits_since"),
                    new Index("turnout_journal_key", "turnout_journal", "migration, record_key")),
            // A search for what is due costs the same with any number of keys quarantined, or waiting
            // for another attempt.
            List.of(
                    new Column("turnout_journal", "is_parked", "INT DEFAULT 0 NOT NULL"),
                    new Index("turnout_journal_due", "turnout_journal", "migration, is_parked, waits_since"),
                    new Index("turnout_repair_due", "turnout_repair", "migration, until"))),

    /** Fences in the databases of paths. */
    FENCE(
            List.of(new Table("turnout_fence", """
                    migration VARCHAR(200) NOT NULL PRIMARY KEY,
                    lowest BIGINT NOT NULL""")),
            List.of(
                    new Column("turnout_fence", "refusals", "BIGINT DEFAULT 0 NOT NULL"),
                    new Table("turnout_fence_refused", """
                            migration VARCHAR(200) NOT NULL,
                            member VARCHAR(200) NOT NULL,
                            PRIMARY KEY (migration, member)"""))),

    /** How far backfills have come, in their target. */
    BACKFILL(List.of(new Table("turnout_backfill", """
                    name VARCHAR(200) NOT NULL PRIMARY KEY,
                    sweep_id VARCHAR(200) NOT NULL,
                    pass VARCHAR(20) NOT NULL,
                    last_key TEXT,
                    rows_done BIGINT NOT NULL,
                    step BIGINT NOT NULL"""), new Table("turnout_backfill_range", """
                    name VARCHAR(200) NOT NULL,
                    range_no INT NOT NULL,
                    sweep_id VARCHAR(200) NOT NULL,
                    plan_hash VARCHAR(64) NOT NULL,
                    is_remapped INT NOT NULL,
                    lower_key TEXT,
                    upper_key TEXT NOT NULL,
                    last_key TEXT,
                    rows_done BIGINT NOT NULL,
                    step BIGINT NOT NULL,
                    is_done INT NOT NULL,
                    epoch BIGINT NOT NULL,
                    owner VARCHAR(200),
                    lease_until BIGINT NOT NULL,
                    PRIMARY KEY (name, range_no)"""))),

    /** What was verified, and when. Each kind of difference has a column; a new kind needs a step. */
    VERIFY(List.of(new Table("turnout_verify", """
                    name VARCHAR(200) NOT NULL PRIMARY KEY,
                    mapping TEXT NOT NULL,
                    sweep BIGINT NOT NULL,
                    planned BIGINT NOT NULL,
                    last_key TEXT,
                    finished_sweep BIGINT NOT NULL,
                    differences BIGINT NOT NULL"""), new Table("turnout_verify_range", """
                    name VARCHAR(200) NOT NULL,
                    sweep BIGINT NOT NULL,
                    ordinal BIGINT NOT NULL,
                    after_key TEXT,
                    up_to_key TEXT,
                    owner VARCHAR(200) NOT NULL,
                    lease_until BIGINT NOT NULL,
                    is_done INT DEFAULT 0 NOT NULL,
                    row_count BIGINT,
                    migration_version BIGINT,
                    verified_at BIGINT,
                    unsettled BIGINT,
                    missing BIGINT,
                    extra BIGINT,
                    different BIGINT,
                    newer_on_mirror BIGINT,
                    not_transformable BIGINT,
                    PRIMARY KEY (name, sweep, ordinal)""")));

    /** Which step each component's tables have come to. */
    static final Table VERSIONS = new Table("turnout_schema", """
            component VARCHAR(100) NOT NULL PRIMARY KEY,
            version INT NOT NULL""");

    private final List<List<SchemaChange>> steps;

    @SafeVarargs
    Component(List<SchemaChange>... steps) {
        List<List<SchemaChange>> all = new ArrayList<>();
        for (List<SchemaChange> step : steps) {
            all.add(step);
        }
        this.steps = List.copyOf(all);
    }

    /** How it is called in {@code turnout_schema}. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The step that this build knows last; the first is 1. */
    int version() {
        return steps.size();
    }

    /** All that its tables consist of, in order. */
    List<SchemaChange> changes() {
        return steps.stream().flatMap(List::stream).toList();
    }

    List<String> tables() {
        return changes().stream()
                .filter(Table.class::isInstance)
                .map(SchemaChange::name)
                .toList();
    }

    /** The names of all tables. */
    static List<String> allTables() {
        return Stream.concat(
                        Stream.of(VERSIONS.name()),
                        Stream.of(values()).flatMap(component -> component.tables().stream()))
                .toList();
    }

    /**
     * The statements that create all tables, as an operator can run them instead of the nodes. Of tables that are there already, only the steps that are
     * new are to be run: {@code turnout_schema} has the last step of each component.
     *
     * @param schema where; {@code null} for the one in which the session creates tables
     */
    public static String ddl(Dialect dialect, @Nullable String schema) {
        List<String> lines = new ArrayList<>();
        lines.add("-- Which step each component has come to.");
        lines.add(VERSIONS.sql(dialect, schema) + ";");
        for (Component component : values()) {
            for (int step = 1; step <= component.version(); step++) {
                lines.add("");
                lines.add("-- " + component.key() + ", step " + step);
                component.steps.get(step - 1).forEach(change -> lines.add(change.sql(dialect, schema) + ";"));
                String table = SchemaChange.qualified(schema, VERSIONS.name());
                lines.add(
                        step == 1
                                ? "INSERT INTO " + table + " (component, version) VALUES ('" + component.key()
                                        + "', 1);"
                                : "UPDATE " + table + " SET version = " + step + " WHERE component = '"
                                        + component.key() + "';");
            }
        }
        return String.join("\n", lines) + "\n";
    }
}

package dev.turnout.flags.jdbc;

import dev.turnout.flags.document.DocumentException;
import dev.turnout.flags.document.DocumentReader;
import dev.turnout.flags.document.Entry;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.ChangeId;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.LastChange;
import dev.turnout.flags.store.Snapshot;
import dev.turnout.flags.store.SnapshotId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The SQL of the flag store. Every change locks the one row of {@code turnout_head}, so revisions
 * are given in the order of commits, without gaps.
 */
final class FlagTables {
    // A hung statement must not hold up the fleet's changes behind the lock for longer.
    private static final int STATEMENT_SECONDS = 10;

    // Of the audit, whatever their age; and how many go with each change, more than come.
    private static final int AUDIT_KEPT = 1_000;
    private static final int PRUNED_AT_ONCE = 20;

    private static final String AUDIT =
            "SELECT a.revision, a.nonce, a.changed_at, a.changed_by, a.reason, a.step, e.kind, e.name, e.body_before, e.body_after FROM ";
    private static final String HEAD = "SELECT incarnation, revision, nonce FROM turnout_head WHERE id = 1";

    private final Home home;

    FlagTables(Home home) {
        this.home = home;
    }

    private PreparedStatement prepare(Connection connection, String sql) throws SQLException {
        PreparedStatement statement = home.prepare(connection, sql);
        statement.setQueryTimeout(STATEMENT_SECONDS);
        return statement;
    }

    SnapshotId head(Connection connection) throws SQLException {
        return head(connection, HEAD);
    }

    /** Makes other changes wait until this transaction is over; what is read after it is the newest state, and stays so. */
    void lock(Connection connection) throws SQLException {
        var unused = head(connection, HEAD + " FOR UPDATE");
    }

    private SnapshotId head(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql);
                ResultSet row = statement.executeQuery()) {
            if (!row.next()) {
                throw noHead();
            }
            return id(row);
        }
    }

    private static SnapshotId id(ResultSet row) throws SQLException {
        return new SnapshotId(row.getString(1), row.getLong(2), row.getString(3));
    }

    private static FlagStoreException noHead() {
        return new FlagStoreException(
                "Table turnout_head has lost its row, so the store's revision is not known. Restore it as"
                        + " (1, the highest revision in turnout_audit).");
    }

    /** One statement, so one state: the rows and the revision belong together. */
    Snapshot read(Connection connection) throws SQLException {
        String sql =
                "SELECT h.incarnation, h.revision, h.nonce, e.kind, e.name, e.body, e.revision, e.nonce, e.changed_at, e.changed_by, e.reason, e.step"
                        + " FROM turnout_head h LEFT JOIN turnout_entry e ON h.id = 1 ORDER BY e.kind, e.name";
        Dialect dialect = Dialect.of(connection);
        SnapshotId id = null;
        Map<EntryKey, Entry> values = new LinkedHashMap<>();
        Map<EntryKey, LastChange> changes = new HashMap<>();
        try (PreparedStatement statement = prepare(connection, sql);
                ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                id = id(row);
                if (row.getString(4) != null) {
                    EntryKey key = key(row.getString(4), row.getString(5));
                    values.put(key, value(key, row.getString(6)));
                    changes.put(key, lastChange(dialect, row, 7).named(row.getString(6)));
                }
            }
        }
        if (id == null) {
            throw noHead();
        }
        try {
            return new Snapshot(id, FlagDocument.EMPTY.with(values), changes);
        } catch (DocumentException e) {
            throw new FlagStoreException("The rows of table turnout_entry do not fit together: " + e.getMessage(), e);
        }
    }

    private static EntryKey key(String kind, String name) {
        return EntryKey.written(kind, name)
                .orElseThrow(
                        () -> new FlagStoreException(
                                unusable(
                                        kind,
                                        name,
                                        "this build knows no such kind of entry. A newer build may have written it: bring this node to that build.")));
    }

    private static Entry value(EntryKey key, String body) {
        try {
            return DocumentReader.entryFromJson(key, body);
        } catch (DocumentException | IllegalArgumentException e) {
            throw new FlagStoreException(
                    unusable(kind(key), key.name(), e.getMessage() + " Correct the row, or delete it."), e);
        }
    }

    private static String unusable(String kind, String name, String problem) {
        return "The row of table turnout_entry with kind '" + kind + "' and name '" + name + "' cannot be used: "
                + problem;
    }

    private static String kind(EntryKey key) {
        return key.kind().name().toLowerCase(Locale.ROOT);
    }

    private static LastChange lastChange(Dialect dialect, ResultSet row, int first) throws SQLException {
        return new LastChange(
                new ChangeId(row.getLong(first), row.getString(first + 1)),
                dialect.instant(row, first + 2),
                row.getString(first + 3),
                row.getString(first + 4),
                row.getString(first + 5));
    }

    /** Writes the entries that were edited, the audit and the revision. The head is locked, so no other store writes. */
    void write(Connection connection, AuditEntry audit, SnapshotId id) throws SQLException {
        LastChange change = audit.change();
        Object at = Dialect.of(connection).parameter(change.at());
        execute(
                connection,
                "INSERT INTO turnout_audit (revision, nonce, changed_at, changed_by, reason, step) VALUES (?, ?, ?, ?, ?, ?)",
                change.revision(),
                change.id().nonce(),
                at,
                change.by(),
                change.reason(),
                change.step());
        int ordinal = 0;
        for (AuditEntry.Edit edit : audit.edits()) {
            EntryKey key = edit.key();
            execute(
                    connection,
                    "INSERT INTO turnout_audit_edit (revision, ordinal, kind, name, body_before, body_after) VALUES (?, ?, ?, ?, ?, ?)",
                    change.revision(),
                    ordinal++,
                    kind(key),
                    key.name(),
                    edit.before(),
                    edit.after());
            execute(connection, "DELETE FROM turnout_entry WHERE kind = ? AND name = ?", kind(key), key.name());
            if (!edit.after().isEmpty()) {
                execute(
                        connection,
                        "INSERT INTO turnout_entry (kind, name, body, revision, nonce, changed_at, changed_by, reason, step)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                        kind(key),
                        key.name(),
                        edit.after(),
                        change.revision(),
                        change.id().nonce(),
                        at,
                        change.by(),
                        change.reason(),
                        change.step());
            }
        }
        execute(
                connection,
                "UPDATE turnout_head SET incarnation = ?, revision = ?, nonce = ? WHERE id = 1",
                id.incarnation(),
                id.revision(),
                id.nonce());
    }

    /** Forgets some changes that are older than that, except the last ones; few at a time, so no change waits long for it. */
    void prune(Connection connection, Instant before) throws SQLException {
        Object limit = Dialect.of(connection).parameter(before);
        List<Long> old = home.query(
                connection,
                row -> row.getLong(1),
                "SELECT revision FROM turnout_audit WHERE changed_at < ? AND revision <= (SELECT revision - "
                        + AUDIT_KEPT + " FROM turnout_head WHERE id = 1) ORDER BY revision LIMIT " + PRUNED_AT_ONCE,
                limit);
        if (!old.isEmpty()) {
            execute(
                    connection,
                    "DELETE FROM turnout_audit WHERE changed_at < ? AND revision <= ?",
                    limit,
                    old.get(old.size() - 1));
        }
    }

    private void execute(Connection connection, String sql, Object... values) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }

    List<AuditEntry> history(Connection connection, int limit) throws SQLException {
        return history(
                connection,
                AUDIT + "(SELECT * FROM turnout_audit ORDER BY revision DESC LIMIT ?) a"
                        + " LEFT JOIN turnout_audit_edit e ON e.revision = a.revision ORDER BY a.revision DESC, e.ordinal",
                limit);
    }

    List<AuditEntry> history(Connection connection, EntryKey key, int limit) throws SQLException {
        return history(
                connection,
                AUDIT + "turnout_audit a JOIN turnout_audit_edit e ON e.revision = a.revision"
                        + " WHERE e.kind = ? AND e.name = ? ORDER BY a.revision DESC LIMIT ?",
                kind(key),
                key.name(),
                limit);
    }

    private List<AuditEntry> history(Connection connection, String sql, Object... values) throws SQLException {
        Dialect dialect = Dialect.of(connection);
        Map<LastChange, List<AuditEntry.Edit>> edits = new LinkedHashMap<>();
        try (PreparedStatement statement = prepare(connection, sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    List<AuditEntry.Edit> those =
                            edits.computeIfAbsent(lastChange(dialect, row, 1), change -> new ArrayList<>());
                    if (row.getString(7) != null) {
                        String before = row.getString(9);
                        String after = row.getString(10);
                        EntryKey.written(row.getString(7), row.getString(8)) // else a newer build's
                                .ifPresent(key -> those.add(new AuditEntry.Edit(key, before, after)));
                    }
                }
            }
        }
        return edits.entrySet().stream()
                .map(entry -> new AuditEntry(entry.getKey(), entry.getValue()))
                .toList();
    }
}

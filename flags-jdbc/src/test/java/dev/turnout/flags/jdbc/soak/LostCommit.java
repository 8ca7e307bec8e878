package dev.turnout.flags.jdbc.soak;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/**
 * Takes the last change back that was made in the tables of the flag store, without a trace: as when a server takes over that had not received it.
 * The audit has what was there before. Fleet and journal lose nothing.
 */
final class LostCommit {
    private static final long LOOK_NANOS = 2_000_000;
    private static final String[] UNDO = {
        "DELETE FROM turnout_entry WHERE (kind, name) IN"
                + " (SELECT kind, name FROM turnout_audit_edit WHERE revision = (SELECT revision FROM turnout_head))",
        """
        INSERT INTO turnout_entry (kind, name, body, revision, nonce, changed_at, changed_by, reason)
        SELECT lost.kind, lost.name, lost.body_before, before.revision, before.nonce, before.changed_at, before.changed_by, before.reason
        FROM turnout_audit_edit lost CROSS JOIN LATERAL (
          SELECT a.* FROM turnout_audit a JOIN turnout_audit_edit e ON e.revision = a.revision
          WHERE e.kind = lost.kind AND e.name = lost.name AND a.revision < lost.revision
          ORDER BY a.revision DESC LIMIT 1) before
        WHERE lost.revision = (SELECT revision FROM turnout_head)""",
        "DELETE FROM turnout_audit WHERE revision = (SELECT revision FROM turnout_head)",
        "UPDATE turnout_head SET revision = (SELECT max(revision) FROM turnout_audit)"
    };

    private LostCommit() {}

    /** Waits for another change. Returns whether there was one before that moment. */
    static boolean awaitChange(DataSource flags, long deadlineNanos) throws SQLException {
        try (Connection connection = flags.getConnection()) {
            long before = revision(connection);
            while (revision(connection) == before) {
                if (System.nanoTime() - deadlineNanos > 0) {
                    return false;
                }
                LockSupport.parkNanos(LOOK_NANOS);
            }
            return true;
        }
    }

    private static long revision(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT revision FROM turnout_head")) {
            row.next();
            return row.getLong(1);
        }
    }

    /**
     * Takes it back. What created an entry stays, as nothing is promised of a migration that is not there any more.
     *
     * @return who made it, and why; empty if nothing was taken back
     */
    static String undo(DataSource flags) throws SQLException {
        try (Connection connection = flags.getConnection()) {
            connection.setAutoCommit(false);
            String lost = last(connection);
            if (!lost.isEmpty()) {
                try (Statement statement = connection.createStatement()) {
                    for (String sql : UNDO) {
                        statement.executeUpdate(sql);
                    }
                }
            }
            connection.commit();
            return lost;
        }
    }

    private static String last(Connection connection) throws SQLException {
        String sql = """
                SELECT a.revision || ' by ' || a.changed_by || ': ' || a.reason
                FROM turnout_head h JOIN turnout_audit a ON a.revision = h.revision
                WHERE NOT EXISTS (SELECT * FROM turnout_audit_edit e WHERE e.revision = a.revision AND e.body_before = '')
                FOR UPDATE OF h""";
        try (PreparedStatement select = connection.prepareStatement(sql);
                ResultSet row = select.executeQuery()) {
            return row.next() ? row.getString(1) : "";
        }
    }
}

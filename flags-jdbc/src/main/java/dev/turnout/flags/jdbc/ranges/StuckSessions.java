package dev.turnout.flags.jdbc.ranges;

import dev.turnout.flags.jdbc.sql.Statements;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the sessions of a PostgreSQL in which a transaction is open whose client has fallen silent. The locks of rows
 * do not name their session; an advisory lock beside them does.
 */
final class StuckSessions {
    private static final Logger log = LoggerFactory.getLogger(StuckSessions.class);
    private static final String NOT_ALLOWED = "42501";

    // The conditions stand in a query of their own, as a database may check those of one query in any order:
    // a call that ends sessions, made first, would end all there are.
    private static final String END = """
            WITH stuck AS MATERIALIZED (
              SELECT a.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
              WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = ? AND l.objid::bigint = ? AND l.objsubid = 1
                AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND a.wait_event = 'ClientRead' AND a.xact_start < clock_timestamp() - ? * interval '1 millisecond')
            SELECT pid, pg_terminate_backend(pid) FROM stuck""";

    private StuckSessions() {}

    /** Makes the connection's session known by that key until its transaction ends, beside any others. Does not wait. */
    static void mark(Connection connection, long key) throws SQLException {
        Statements.query(connection, row -> row.getBoolean(1), "SELECT pg_try_advisory_xact_lock_shared(?)", key);
    }

    /** Ends the sessions that are known by that key, in a transaction since that long, and waiting for their client. */
    static void end(Connection connection, long key, long millis) throws SQLException {
        try {
            List<Integer> ended =
                    Statements.query(connection, row -> row.getInt(1), END, key >>> 32, key & 0xFFFF_FFFFL, millis);
            if (!ended.isEmpty()) {
                log.warn(
                        "Ended session {} of the target: its client was silent in a transaction after its lease.",
                        ended);
            }
        } catch (SQLException e) {
            if (!NOT_ALLOWED.equals(e.getSQLState())) {
                throw e;
            }
            log.warn(
                    "A session of the target keeps a range, and this user may not end it: that takes pg_signal_backend.",
                    e);
        }
    }
}

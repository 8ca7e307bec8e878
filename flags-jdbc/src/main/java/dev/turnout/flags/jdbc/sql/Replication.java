package dev.turnout.flags.jdbc.sql;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import javax.sql.DataSource;

/** What a database reports of itself as the replica of another one. */
public final class Replication {
    // A replica that has replayed all that its primary has may be idle for hours, and is not behind for that; but one
    // that gets nothing, as it is cut off, is. Who may not see what the primary has is content with what has come.
    private static final String POSTGRES = """
            SELECT CASE
              WHEN NOT pg_is_in_recovery() THEN NULL
              WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
                AND EXISTS (SELECT 1 FROM pg_stat_wal_receiver WHERE COALESCE(latest_end_lsn <= pg_last_wal_replay_lsn(), true)) THEN 0
              ELSE COALESCE(EXTRACT(EPOCH FROM clock_timestamp() - pg_last_xact_replay_timestamp()), 'Infinity'::float8)
            END""";

    private static final List<String> MARIADB_LAG = List.of("Seconds_Behind_Master", "Seconds_Behind_Source");
    private static final Set<Integer> NOT_ALLOWED = Set.of(1142, 1227);
    private static final int NOT_UNDERSTOOD = 1064;

    private Replication() {}

    /**
     * How many seconds it is behind, as far as it knows: infinite if it replays nothing now. Counts as idle with an
     * unreachable primary whose connection has not timed out yet. Empty if it is no replica; with MariaDB and MySQL
     * also if the user may not ask.
     */
    public static OptionalDouble lagSeconds(DataSource database) throws SQLException {
        Dialect dialect = Transactions.single(database, Dialect::of);
        return switch (dialect) {
            case H2 -> OptionalDouble.empty();
            case POSTGRES ->
                Statements.query(database, Replication::postgresLag, POSTGRES).get(0);
            case MARIADB -> mariaDbLag(database, "SHOW ALL REPLICAS STATUS", "SHOW ALL SLAVES STATUS");
            case MYSQL -> mariaDbLag(database, "SHOW REPLICA STATUS", "SHOW SLAVE STATUS");
        };
    }

    private static OptionalDouble postgresLag(ResultSet row) throws SQLException {
        double seconds = row.getDouble(1);
        return row.wasNull() ? OptionalDouble.empty() : OptionalDouble.of(seconds);
    }

    private static OptionalDouble mariaDbLag(DataSource database, String statement, String olderStatement)
            throws SQLException {
        try {
            return Statements.query(database, Replication::mariaDbLag, statement).stream()
                    .mapToDouble(Double::doubleValue)
                    .max();
        } catch (SQLException e) {
            if (NOT_ALLOWED.contains(e.getErrorCode())) {
                return OptionalDouble.empty();
            }
            if (e.getErrorCode() == NOT_UNDERSTOOD && !statement.equals(olderStatement)) {
                return mariaDbLag(database, olderStatement, olderStatement);
            }
            throw e;
        }
    }

    private static double mariaDbLag(ResultSet row) throws SQLException {
        for (int column = 1; column <= row.getMetaData().getColumnCount(); column++) {
            if (MARIADB_LAG.contains(row.getMetaData().getColumnLabel(column))) {
                double seconds = row.getDouble(column);
                return row.wasNull()
                        ? Double.POSITIVE_INFINITY
                        : seconds == 0 ? 0 : seconds + 1; // it reports whole ones
            }
        }
        throw new SQLException(
                "The status of the replica does not contain how far it is behind; it should have one of the columns "
                        + MARIADB_LAG + ".");
    }
}

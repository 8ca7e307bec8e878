package dev.turnout.flags.jdbc;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.sql.Component;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.KeptConnection;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.OwnTables;
import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The fleet of all processes that use one PostgreSQL, MariaDB, MySQL or H2 database, in a table that creates itself ({@code turnout_member}).
 * Thread-safe.
 *
 * <pre>{@code
 * Flags flags = Flags.builder(JdbcFlagStore.in(dataSource)).fleet(JdbcFleetStore.in(dataSource)).build();
 * }</pre>
 *
 * <p>Each call is one short transaction. A killed node stays in the table until it is evicted; for that, no machine's
 * time of day is compared. {@link FleetException} reports that the database cannot be reached.
 */
public final class JdbcFleetStore implements FleetStore {
    private static final String INSERT =
            "INSERT INTO turnout_member (id, migration, node, process, lease_millis, beat, revision, using_incarnation,"
                    + " using_version, using_checksum, acknowledged, journal, key_text)"
                    + " VALUES (?, ?, ?, ?, ?, 0, 0, '', 0, '', 0, ?, ?)";
    private static final String REPORT =
            "UPDATE turnout_member SET beat = beat + 1, revision = ?, using_incarnation = ?, using_version = ?,"
                    + " using_checksum = ?, acknowledged = ?, overridden = ?, path_problem = ? WHERE id = ?";
    private static final String SELECT =
            "SELECT id, node, process, journal, key_text, lease_millis, beat, revision, using_incarnation, using_version,"
                    + " using_checksum, acknowledged, overridden, path_problem FROM turnout_member WHERE migration = ? ORDER BY node, id";

    private final Home home;
    private final KeptConnection kept; // while this process has members
    private final Home ofHeartbeats;

    private JdbcFleetStore(OwnTables tables) {
        home = Home.of(tables.database(), tables.schema(), tables.createTables(), Component.FLEET);
        kept = new KeptConnection(tables.database(), tables.keepConnection());
        ofHeartbeats = Home.of(kept, tables.schema(), tables.createTables(), Component.FLEET);
    }

    /** That of all processes that use this database. Nothing is read or written yet. */
    public static JdbcFleetStore in(DataSource database) {
        return in(OwnTables.in(database));
    }

    /** The same, with a table in another schema, or one that is not to be created. */
    public static JdbcFleetStore in(OwnTables tables) {
        return new JdbcFleetStore(requireNonNull(tables, "tables"));
    }

    /** The database of a fleet cannot be reached, or used. */
    public static final class FleetException extends RuntimeException {
        private static final long serialVersionUID = 1;

        FleetException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    @Override
    public Membership join(String migration, Member.Registration registration) {
        String id = UUID.randomUUID().toString();
        update(
                home,
                "Node '" + registration.node() + "' cannot join",
                INSERT,
                id,
                migration,
                registration.node(),
                registration.process(),
                registration.lease().toMillis(),
                registration.journal(),
                registration.keyText());
        return new FleetMembership(id, registration.node());
    }

    private final class FleetMembership implements Membership {
        private final String id;
        private final String node;
        private final AtomicBoolean holds = new AtomicBoolean(true);

        FleetMembership(String id, String node) {
            this.id = id;
            this.node = node;
            kept.hold();
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public boolean report(Member.Report report) {
            StateId using = report.using();
            Stage override = report.override();
            boolean isMember = update(
                            ofHeartbeats,
                            "Node '" + node + "' cannot report",
                            REPORT,
                            report.revision(),
                            using.incarnation(),
                            using.version(),
                            using.checksum(),
                            report.acknowledged(),
                            override == null ? null : override.name(),
                            report.pathProblem(),
                            id)
                    == 1;
            if (!isMember) {
                letGo();
            }
            return isMember;
        }

        private void letGo() {
            if (holds.getAndSet(false)) {
                kept.release();
            }
        }

        @Override
        public void close() {
            try {
                update(ofHeartbeats, "Node '" + node + "' cannot leave", "DELETE FROM turnout_member WHERE id = ?", id);
            } finally {
                letGo();
            }
        }
    }

    @Override
    public List<Member> members(String migration) {
        try {
            return home.query(JdbcFleetStore::member, SELECT, migration);
        } catch (SQLException e) {
            throw failure("The members of migration '" + migration + "' cannot be read", e);
        }
    }

    private static Member member(ResultSet row) throws SQLException {
        boolean isOverridden = row.getString(13) != null;
        return new Member(
                row.getString(1),
                new Member.Registration(
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5),
                        Duration.ofMillis(row.getLong(6))),
                row.getLong(7),
                new Member.Report(
                        row.getLong(8),
                        new StateId(row.getString(9), row.getLong(10), row.getString(11)),
                        row.getLong(12),
                        !isOverridden ? null : Statements.constant(Stage.class, row, 13),
                        row.getString(14)));
    }

    @Override
    public boolean evict(String migration, Member seen) {
        String problem = "Node '" + seen.node() + "' cannot be evicted";
        update(home, problem, "DELETE FROM turnout_member WHERE id = ? AND beat = ?", seen.id(), seen.heartbeat());
        return members(migration).stream().noneMatch(member -> member.id().equals(seen.id()));
    }

    private static int update(Home home, String problem, String sql, @Nullable Object... parameters) {
        try {
            return home.update(sql, parameters);
        } catch (SQLException e) {
            throw failure(problem, e);
        }
    }

    private static FleetException failure(String problem, SQLException cause) {
        return new FleetException(problem + ": " + cause.getMessage(), cause);
    }
}

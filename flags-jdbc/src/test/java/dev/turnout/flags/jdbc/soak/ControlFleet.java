package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.fleet.FleetStore;
import dev.turnout.flags.fleet.Member;
import dev.turnout.flags.stage.Stage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A fleet in a table, as simple as it can be: it stands in for one of the library's own. */
final class ControlFleet implements FleetStore {
    private final ControlTables tables;

    ControlFleet(DataSource database) {
        tables = new ControlTables(database);
    }

    @Override
    public Membership join(String migration, String node, String journal, Duration lease) {
        String id = node + "-" + UUID.randomUUID();
        tables.update(
                "INSERT INTO member VALUES (?, ?, ?, ?, 0, 0, 0, 0, null, ?)",
                id,
                migration,
                node,
                lease.toMillis(),
                journal);
        return new Membership() {
            @Override
            public String id() {
                return id;
            }

            @Override
            public boolean report(long revision, long using, long acknowledged, @Nullable Stage override) {
                String stage = override == null ? null : override.name();
                return tables.update(
                                "UPDATE member SET beat = beat + 1, revision = ?, used = ?, acknowledged = ?, override = ? WHERE id = ?",
                                revision,
                                using,
                                acknowledged,
                                stage,
                                id)
                        == 1;
            }

            @Override
            public void close() {
                tables.update("DELETE FROM member WHERE id = ?", id);
            }
        };
    }

    @Override
    public List<Member> members(String migration) {
        return tables.query(
                ControlFleet::member,
                "SELECT id, node, lease, beat, revision, used, acknowledged, override, journal FROM member WHERE migration = ?",
                migration);
    }

    private static Member member(ResultSet row) throws SQLException {
        String override = row.getString(8);
        return new Member(
                row.getString(1),
                row.getString(2),
                Duration.ofMillis(row.getLong(3)),
                row.getLong(4),
                row.getLong(5),
                row.getLong(6),
                row.getLong(7),
                override == null ? null : Stage.valueOf(override),
                row.getString(9));
    }

    @Override
    public boolean countOut(String migration, Member seen) {
        return tables.update("DELETE FROM member WHERE id = ? AND beat = ?", seen.id(), seen.beat()) == 1;
    }
}

package dev.turnout.flags.jdbc.ranges;

import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Statements;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * The statements of which the leases of one owner in one sweep consist, the same for both tables. Times are those of the database: {@code now} is its
 * expression for the milliseconds since 1970.
 */
record LeaseSql(LeasedTable table, String name, Object sweep, String owner, long leaseMillis) {
    private static final String NOT_DONE = " AND is_done = 0";

    /** A statement, and its parameters. */
    record Sql(String text, List<Object> parameters) {
        Sql and(String more, Object... values) {
            List<Object> all = new ArrayList<>(parameters);
            all.addAll(List.of(values));
            return new Sql(text + more, all);
        }

        /** In a transaction of its own. */
        int update(Home home) throws SQLException {
            return home.update(text, parameters.toArray());
        }

        int update(Home home, Connection connection) throws SQLException {
            return home.update(connection, text, parameters.toArray());
        }

        /** In a transaction of its own. */
        <T> List<T> query(Home home, Statements.Row<T> row) throws SQLException {
            return home.query(row, text, parameters.toArray());
        }

        <T> List<T> query(Home home, Connection connection, Statements.Row<T> row) throws SQLException {
            return home.query(connection, row, text, parameters.toArray());
        }
    }

    /** One that no other run has. */
    static String newOwner() {
        return "process " + ProcessHandle.current().pid() + ", run " + UUID.randomUUID();
    }

    private Sql ofSweep(String start, Object... values) {
        return new Sql(start, List.of(values)).and(" WHERE name = ? AND " + table.sweep + " = ?", name, sweep);
    }

    private Sql ofRange(Sql ofSweep, long number) {
        return ofSweep.and(" AND " + table.number + " = ?", number);
    }

    private Sql update(String set, Object... values) {
        return ofSweep("UPDATE " + table.table + " SET " + set, values);
    }

    private Sql select(String columns) {
        return ofSweep("SELECT " + columns + " FROM " + table.table);
    }

    private static String free(String now) {
        return NOT_DONE + " AND (owner IS NULL OR lease_until < " + now + ")";
    }

    /** The ranges without an owner, or whose owner was out of contact for a lease, in order. */
    Sql selectFree(String columns, String now) {
        return select(columns).and(free(now) + " ORDER BY " + table.number);
    }

    /** The ranges that the owner has, in order. */
    Sql selectOwn(String columns) {
        return select(columns).and(NOT_DONE + " AND owner = ? ORDER BY " + table.number, owner);
    }

    /** A row if the owner has this range. */
    Sql isOwn(long number) {
        return ofRange(select("1"), number).and(NOT_DONE + " AND owner = ?", owner);
    }

    /** A row if the owner has this range since that epoch, and its lease has not ended. */
    Sql isHeld(long number, long epoch, String now) {
        return ofRange(select("1"), number).and(" AND owner = ? AND epoch = ? AND lease_until >= " + now, owner, epoch);
    }

    /** Takes a range, if it is free. */
    Sql take(long number, String now) {
        Sql update = update("owner = ?, lease_until = " + now + " + ?" + table.nextEpoch, owner, leaseMillis);
        return ofRange(update, number).and(free(now));
    }

    private Sql extended(String now) {
        return update("lease_until = " + now + " + ?", leaseMillis);
    }

    /** Extends the lease of a range, and locks it, if the owner has it since that epoch. */
    Sql hold(long number, long epoch, String now) {
        return ofRange(extended(now), number).and(" AND owner = ? AND epoch = ?", owner, epoch);
    }

    /** Extends the lease of a range. */
    Sql extend(long number, String now) {
        return ofRange(extended(now), number).and(NOT_DONE + " AND owner = ?", owner);
    }

    /** Extends the leases of all that the owner has. */
    Sql extendAll(String now) {
        return extended(now).and(NOT_DONE + " AND owner = ?", owner);
    }

    /** Lets others have a range. */
    Sql giveBack(long number) {
        return ofRange(update(table.release), number).and(NOT_DONE + " AND owner = ?", owner);
    }

    /** Lets others have all that the owner has. */
    Sql giveBackAll() {
        return update(table.release).and(NOT_DONE + " AND owner = ?", owner);
    }
}

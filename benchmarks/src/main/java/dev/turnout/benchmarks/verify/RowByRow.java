package dev.turnout.benchmarks.verify;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Objects;

/** What is often written: both tables through JDBC in the order of their keys, column by column. */
final class RowByRow {
    private static final int FETCHED_AT_ONCE = 1_000;
    private static final int COLUMNS = 7;

    private RowByRow() {}

    /** How many rows of the first ones differ. */
    static long differences(Customers one, Customers other, long rows) throws SQLException {
        String sql = "SELECT * FROM customer ORDER BY id LIMIT " + rows;
        try (Connection left = one.pool().getConnection();
                Connection right = other.pool().getConnection()) {
            left.setAutoCommit(false); // else the driver reads all of it at once
            right.setAutoCommit(false);
            try (Statement first = statement(left);
                    Statement second = statement(right);
                    ResultSet ours = first.executeQuery(sql);
                    ResultSet theirs = second.executeQuery(sql)) {
                return differences(ours, theirs);
            } finally {
                left.rollback();
                right.rollback();
            }
        }
    }

    /** The same, where each row of the first table is looked up in the other. */
    static long differencesByLookup(Customers one, Customers other, long rows) throws SQLException {
        long found = 0;
        try (Connection left = one.pool().getConnection();
                Connection right = other.pool().getConnection()) {
            left.setAutoCommit(false);
            try (Statement first = statement(left);
                    PreparedStatement second = right.prepareStatement("SELECT * FROM customer WHERE id = ?");
                    ResultSet ours = first.executeQuery("SELECT * FROM customer ORDER BY id LIMIT " + rows)) {
                while (ours.next()) {
                    second.setLong(1, ours.getLong(1));
                    try (ResultSet theirs = second.executeQuery()) {
                        found += theirs.next() && isSame(ours, theirs) ? 0 : 1;
                    }
                }
            } finally {
                left.rollback();
            }
        }
        return found;
    }

    private static Statement statement(Connection connection) throws SQLException {
        Statement statement = connection.createStatement();
        statement.setFetchSize(FETCHED_AT_ONCE);
        return statement;
    }

    private static long differences(ResultSet ours, ResultSet theirs) throws SQLException {
        long found = 0;
        while (ours.next() && theirs.next()) {
            found += isSame(ours, theirs) ? 0 : 1;
        }
        return found;
    }

    private static boolean isSame(ResultSet ours, ResultSet theirs) throws SQLException {
        for (int column = 1; column <= COLUMNS; column++) {
            if (!Objects.equals(ours.getObject(column), theirs.getObject(column))) {
                return false;
            }
        }
        return true;
    }
}

package dev.turnout.flags.jdbc.soak;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;

/** The tables of {@link ControlFleet} and {@link ControlJournal}, and single statements on them. */
final class ControlTables {
    static final String CREATE = """
            CREATE TABLE member (id text PRIMARY KEY, migration text NOT NULL, node text NOT NULL, lease bigint NOT NULL,
                beat bigint NOT NULL, revision bigint NOT NULL, used bigint NOT NULL, acknowledged bigint NOT NULL, override text,
                journal text NOT NULL);
            CREATE TABLE entry (id bigserial PRIMARY KEY, key bigint NOT NULL, source text NOT NULL, owner text NOT NULL,
                handed_over boolean NOT NULL DEFAULT false, handed_at timestamptz, due timestamptz NOT NULL DEFAULT now());
            CREATE INDEX ON entry (key)""";

    private final DataSource database;

    ControlTables(DataSource database) {
        this.database = database;
    }

    /** Makes something of a row. */
    interface Reading<T> {
        T of(ResultSet row) throws SQLException;
    }

    int update(String sql, Object... arguments) {
        try (Connection connection = database.getConnection();
                PreparedStatement update = prepared(connection, sql, arguments)) {
            return update.executeUpdate();
        } catch (SQLException e) {
            throw new StoreException(e);
        }
    }

    <T> List<T> query(Reading<T> reading, String sql, Object... arguments) {
        try (Connection connection = database.getConnection();
                PreparedStatement query = prepared(connection, sql, arguments);
                ResultSet row = query.executeQuery()) {
            List<T> all = new ArrayList<>();
            while (row.next()) {
                all.add(reading.of(row));
            }
            return all;
        } catch (SQLException e) {
            throw new StoreException(e);
        }
    }

    private static PreparedStatement prepared(Connection connection, String sql, Object... arguments)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < arguments.length; i++) {
            statement.setObject(i + 1, arguments[i]);
        }
        return statement;
    }
}

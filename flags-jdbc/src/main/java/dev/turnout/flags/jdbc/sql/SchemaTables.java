package dev.turnout.flags.jdbc.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a schema, in MariaDB and MySQL of a database, as the catalog has their names.
 *
 * @param schema as the catalog has it
 * @param tables without views, without partitions of others and without this library's own ones; by name
 */
public record SchemaTables(String schema, List<String> tables) {
    private static final String OURS = "turnout_";

    private static final String OF_POSTGRES = """
            SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname""";

    private static final String OF_OTHERS = """
            SELECT table_name FROM information_schema.tables
            WHERE table_schema = ? AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY table_name""";

    /** A table by the names that the catalog has. */
    public record Id(String schema, String name) {}

    /** Copies. */
    public SchemaTables {
        tables = List.copyOf(tables);
    }

    /** Reads them. */
    public static SchemaTables of(Connection connection, Names names, @Nullable String schema) throws SQLException {
        String stored = schema == null ? current(connection, names) : names.stored(schema);
        String sql = names.dialect() == Dialect.POSTGRES ? OF_POSTGRES : OF_OTHERS;
        return new SchemaTables(
                stored,
                Statements.query(connection, row -> row.getString(1), sql, stored).stream()
                        .filter(name -> !name.regionMatches(true, 0, OURS, 0, OURS.length()))
                        .toList());
    }

    /** The one that a table is looked for in which is given without one. */
    public static String current(Connection connection, Names names) throws SQLException {
        String schema = names.dialect().isMySql() ? connection.getCatalog() : connection.getSchema();
        return schema == null ? "" : schema;
    }

    /** Which table is meant, by its name alone or with a schema and a dot before it. */
    public static Id id(Names names, String current, String table) {
        int dot = table.lastIndexOf('.');
        return new Id(
                dot < 0 ? current : names.stored(table.substring(0, dot)), names.stored(table.substring(dot + 1)));
    }
}

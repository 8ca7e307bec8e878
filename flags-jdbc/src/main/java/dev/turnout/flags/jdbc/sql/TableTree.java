package dev.turnout.flags.jdbc.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * A table of PostgreSQL together with those whose rows it shows as its own: its partitions, and tables that inherit from it. Of a partitioned table itself
 * the catalog has neither size nor rows.
 */
public final class TableTree {
    // By pg_inherits, as pg_partition_tree knows of partitions alone. A table may inherit from another one by two ways.
    private static final String TREE = """
            WITH RECURSIVE tree (oid) AS (
                SELECT CAST(to_regclass(?) AS oid) UNION SELECT i.inhrelid FROM pg_inherits i JOIN tree ON i.inhparent = tree.oid)
            """;

    /** Selects about how many rows a table has; its one parameter is the identifier. What was never counted has a size nevertheless. */
    public static final String ESTIMATED_ROWS = TREE + """
            SELECT CAST(COALESCE(SUM(CASE WHEN c.reltuples >= 0 THEN c.reltuples ELSE pg_relation_size(c.oid) / 200 END), 0) AS bigint)
            FROM tree JOIN pg_class c ON c.oid = tree.oid WHERE c.relkind NOT IN ('v', 'p')""";

    private static final String TRIGGERS = TREE + """
            SELECT DISTINCT t.tgname FROM tree JOIN pg_trigger t ON t.tgrelid = tree.oid WHERE NOT t.tgisinternal ORDER BY t.tgname""";

    private static final String HEIRS = """
            SELECT CAST(CAST(c.oid AS regclass) AS text) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
            WHERE i.inhparent = to_regclass(?) AND NOT c.relispartition ORDER BY 1""";

    private TableTree() {}

    /** The names of the triggers that rows written to it may meet. */
    static List<String> triggers(Connection connection, String identifier) throws SQLException {
        return Statements.query(connection, row -> row.getString(1), TRIGGERS, identifier);
    }

    /** Which tables inherit from it and are no partitions, of which no unique index of it knows; none in other databases. */
    public static List<String> heirs(Connection connection, Names names, String table) throws SQLException {
        return names.dialect() == Dialect.POSTGRES
                ? Statements.query(connection, row -> row.getString(1), HEIRS, names.table(table))
                : List.of();
    }
}

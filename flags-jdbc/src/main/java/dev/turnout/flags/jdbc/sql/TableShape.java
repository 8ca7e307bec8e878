package dev.turnout.flags.jdbc.sql;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A table in the database's catalog: its columns in their order, and the keys that are unique for all rows.
 *
 * @param table as it was asked for
 * @param columns empty if there is no such table, or nothing of it may be seen
 * @param uniqueKeys each a list of columns, in the order of its index; those over expressions or over some rows are left out
 * @param types by name of the column
 */
public record TableShape(
        String table, List<Column> columns, List<List<String>> uniqueKeys, Map<String, CatalogColumn> types) {
    /**
     * A column.
     *
     * @param name as the catalog has it
     * @param jdbcType of {@link java.sql.Types}
     * @param type in the words of the database
     * @param size in characters or digits
     * @param scale digits behind the point
     * @param hasDefault whether a row may leave it out
     * @param isGenerated whether the database numbers its rows
     */
    public record Column(
            String name,
            int jdbcType,
            String type,
            int size,
            int scale,
            boolean isNullable,
            boolean hasDefault,
            boolean isGenerated) {}

    /**
     * A reference to another table.
     *
     * @param parentSchema as the catalog has it
     * @param cascades whether rows here are deleted or changed by what happens there
     */
    public record ForeignKey(String column, String parentSchema, String parent, boolean cascades) {}

    record Place(@Nullable String catalog, @Nullable String schema, String table) {
        /** What stands before the table's name. */
        @Nullable
        String qualifier() {
            return schema == null ? catalog : schema;
        }
    }

    // A reference to a partitioned table is in the catalog once more for each of its partitions, which no
    // table refers to.
    private static final String FOREIGN_KEYS_OF_POSTGRES = """
            SELECT a.attname, n.nspname, p.relname, c.confdeltype NOT IN ('a', 'r') OR c.confupdtype NOT IN ('a', 'r')
            FROM pg_constraint c JOIN pg_class p ON p.oid = c.confrelid JOIN pg_namespace n ON n.oid = p.relnamespace
                JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
            WHERE c.contype = 'f' AND c.conrelid = to_regclass(?)
                AND NOT EXISTS (SELECT 1 FROM pg_constraint o WHERE o.oid = c.conparentid AND o.conrelid = c.conrelid)
            ORDER BY c.conname, a.attnum""";

    /** Copies. */
    public TableShape {
        columns = List.copyOf(columns);
        uniqueKeys = List.copyOf(uniqueKeys);
        types = Map.copyOf(types);
    }

    /** Reads it; a few round trips. */
    public static TableShape of(Connection connection, Names names, String table) throws SQLException {
        Place place = place(connection, names, table);
        return new TableShape(
                table,
                columns(connection, place),
                uniqueKeys(connection, names, table, place),
                CatalogColumn.all(connection, names, names.table(table), place.qualifier(), place.table()));
    }

    /** Whether PostgreSQL hides rows of it from this user. */
    public static boolean isFiltered(Connection connection, Names names, String table) throws SQLException {
        return names.dialect() == Dialect.POSTGRES
                && Boolean.parseBoolean(
                        single(connection, "SELECT row_security_active(to_regclass(?))::text", names.table(table)));
    }

    /** The columns of its primary key, in the order of its index; empty if it has none. */
    public static List<String> primaryKey(Connection connection, Names names, String table) throws SQLException {
        Place place = place(connection, names, table);
        Map<Integer, String> columns = new TreeMap<>();
        try (ResultSet row = connection.getMetaData().getPrimaryKeys(place.catalog(), place.schema(), place.table())) {
            while (row.next()) {
                columns.put(row.getInt("KEY_SEQ"), row.getString("COLUMN_NAME"));
            }
        }
        return List.copyOf(columns.values());
    }

    /** What rows of it refer to. */
    public static List<ForeignKey> foreignKeys(Connection connection, Names names, String table) throws SQLException {
        if (names.dialect() == Dialect.POSTGRES) {
            return Statements.query(
                    connection,
                    row -> new ForeignKey(row.getString(1), row.getString(2), row.getString(3), row.getBoolean(4)),
                    FOREIGN_KEYS_OF_POSTGRES,
                    names.table(table));
        }
        Place place = place(connection, names, table);
        List<ForeignKey> keys = new ArrayList<>();
        try (ResultSet row = connection.getMetaData().getImportedKeys(place.catalog(), place.schema(), place.table())) {
            while (row.next()) {
                boolean cascades = isCascade(row.getInt("DELETE_RULE")) || isCascade(row.getInt("UPDATE_RULE"));
                String schema = row.getString(names.dialect().isMySql() ? "PKTABLE_CAT" : "PKTABLE_SCHEM");
                keys.add(new ForeignKey(
                        row.getString("FKCOLUMN_NAME"), schema, row.getString("PKTABLE_NAME"), cascades));
            }
        }
        return keys;
    }

    private static boolean isCascade(int rule) {
        return rule != DatabaseMetaData.importedKeyNoAction && rule != DatabaseMetaData.importedKeyRestrict;
    }

    /** The names of its triggers, as far as the user may know of them. */
    public static List<String> triggers(Connection connection, Names names, String table) throws SQLException {
        if (names.dialect() == Dialect.POSTGRES) {
            return TableTree.triggers(connection, names.table(table));
        }
        Place place = place(connection, names, table);
        return Statements.query(
                connection,
                row -> row.getString(1),
                "SELECT DISTINCT trigger_name FROM information_schema.triggers WHERE event_object_schema = ? AND event_object_table = ?"
                        + " ORDER BY trigger_name",
                String.valueOf(place.qualifier()),
                place.table());
    }

    /** The column of a name in a mapping. */
    public Optional<Column> column(Names names, String name) {
        String stored = names.stored(name);
        boolean byLetter = names.dialect() == Dialect.H2 || names.dialect() == Dialect.POSTGRES;
        return columns.stream()
                .filter(column ->
                        byLetter ? column.name().equals(stored) : column.name().equalsIgnoreCase(stored))
                .findFirst();
    }

    /** The type of one of its columns. */
    public CatalogColumn type(Column column) {
        return Objects.requireNonNull(
                types.get(column.name()), () -> "The catalog has no column " + table + "." + column.name() + ".");
    }

    /**
     * All of the columns as one text, in one round trip, which is another one after any change of the table. In a transaction that has read the
     * table, it is that of what was read.
     */
    public static String fingerprint(Connection connection, Names names, String table) throws SQLException {
        return switch (names.dialect()) {
            case POSTGRES -> single(connection, """
                        SELECT a.attrelid || ':' || string_agg(
                            concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attcollation, attgenerated), ',' ORDER BY attnum)
                        FROM pg_attribute a
                        WHERE a.attrelid = to_regclass(?) AND attnum > 0 AND NOT attisdropped
                        GROUP BY a.attrelid""", names.table(table));
            case H2, MARIADB, MYSQL -> {
                Place place = place(connection, names, table);
                StringBuilder text = new StringBuilder();
                columns(connection, place).forEach(column -> text.append(column).append('\n'));
                yield text.toString();
            }
        };
    }

    private static String single(Connection connection, String sql, String parameter) throws SQLException {
        List<String> rows = Statements.query(connection, row -> row.getString(1), sql, parameter);
        return rows.isEmpty() ? "" : rows.get(0);
    }

    static Place place(Connection connection, Names names, String table) throws SQLException {
        List<String> parts = List.of(table.split("\\.", -1));
        String name = names.stored(parts.get(parts.size() - 1));
        @Nullable String qualifier = parts.size() > 1 ? names.stored(parts.get(parts.size() - 2)) : null;
        return switch (names.dialect()) {
            case POSTGRES -> {
                String schema = single(
                        connection,
                        "SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass(?)",
                        names.table(table));
                // What is not on the search path is nowhere, not in any schema that happens to have such a table.
                yield new Place(
                        null, schema.isEmpty() ? Objects.requireNonNullElse(qualifier, "") : unquoted(schema), name);
            }
            case H2 -> new Place(null, qualifier == null ? connection.getSchema() : qualifier, name);
            case MARIADB, MYSQL -> new Place(qualifier == null ? connection.getCatalog() : qualifier, null, name);
        };
    }

    private static String unquoted(String identifier) {
        return identifier.startsWith("\"")
                ? identifier.substring(1, identifier.length() - 1).replace("\"\"", "\"")
                : identifier;
    }

    private static List<Column> columns(Connection connection, Place place) throws SQLException {
        DatabaseMetaData catalog = connection.getMetaData();
        String escape = catalog.getSearchStringEscape();
        List<Column> columns = new ArrayList<>();
        try (ResultSet row = catalog.getColumns(
                place.catalog(), literal(place.schema(), escape), literal(place.table(), escape), null)) {
            while (row.next()) {
                columns.add(new Column(
                        row.getString("COLUMN_NAME"),
                        row.getInt("DATA_TYPE"),
                        row.getString("TYPE_NAME"),
                        row.getInt("COLUMN_SIZE"),
                        row.getInt("DECIMAL_DIGITS"),
                        row.getInt("NULLABLE") != DatabaseMetaData.columnNoNulls,
                        row.getString("COLUMN_DEF") != null,
                        "YES".equals(row.getString("IS_AUTOINCREMENT"))));
            }
        }
        return columns;
    }

    /** A pattern that only that name matches. */
    private static @Nullable String literal(@Nullable String name, String escape) {
        return name == null
                ? null
                : name.replace(escape, escape + escape)
                        .replace("_", escape + "_")
                        .replace("%", escape + "%");
    }

    private static List<List<String>> uniqueKeys(Connection connection, Names names, String table, Place place)
            throws SQLException {
        Map<String, Map<Integer, String>> indexes = new TreeMap<>();
        try (ResultSet row =
                connection.getMetaData().getIndexInfo(place.catalog(), place.schema(), place.table(), true, true)) {
            while (row.next()) {
                String index = row.getString("INDEX_NAME");
                String column = row.getString("COLUMN_NAME");
                if (index != null && row.getString("FILTER_CONDITION") == null) {
                    indexes.computeIfAbsent(index, name -> new TreeMap<>())
                            .put(row.getInt("ORDINAL_POSITION"), column == null ? "" : column);
                }
            }
        }
        indexes.keySet().removeAll(invalid(connection, names, table));
        return indexes.values().stream()
                .map(index -> List.copyOf(index.values()))
                .toList();
    }

    /** The indexes that may not hold for all rows: what a failed CREATE INDEX CONCURRENTLY leaves, or one ON ONLY a partitioned table. */
    private static List<String> invalid(Connection connection, Names names, String table) throws SQLException {
        return names.dialect() != Dialect.POSTGRES
                ? List.of()
                : Statements.query(
                        connection,
                        row -> row.getString(1),
                        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = to_regclass(?) AND NOT i.indisvalid",
                        names.table(table));
    }
}

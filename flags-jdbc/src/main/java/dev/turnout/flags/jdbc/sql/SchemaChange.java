package dev.turnout.flags.jdbc.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One thing that a table of this library's own needs: the table itself, a column that came later, an index, or a first row. Whether it is there is asked
 * before anything is created, as creating locks, and may not be allowed.
 */
sealed interface SchemaChange {
    /** Its name in messages. */
    String name();

    /** The statement that makes it, in the words of a database. */
    String sql(Dialect dialect, @Nullable String schema);

    /** Whether it is there; also where this user may not read it, if the database reports that. */
    boolean isThere(Connection connection, Dialect dialect, @Nullable String schema) throws SQLException;

    /** A table, with what stands between its parentheses, in the words of PostgreSQL. */
    record Table(String name, String columns) implements SchemaChange {
        @Override
        public String sql(Dialect dialect, @Nullable String schema) {
            String body = schema == null ? columns : columns.replace("REFERENCES ", "REFERENCES " + schema + ".");
            return dialect.create(
                    "CREATE TABLE IF NOT EXISTS " + qualified(schema, name) + " (\n" + indented(body) + ")");
        }

        private static String indented(String columns) {
            return columns.strip().indent(2).stripTrailing();
        }

        @Override
        public boolean isThere(Connection connection, Dialect dialect, @Nullable String schema) throws SQLException {
            return exists(
                    connection,
                    dialect,
                    "SELECT 1 WHERE to_regclass(?) IS NOT NULL",
                    "SELECT 1 FROM information_schema.tables WHERE ",
                    schema,
                    name,
                    "");
        }
    }

    /** A column of a table that was created without it; the type has what older builds, which do not know it, write. */
    record Column(String table, String column, String type) implements SchemaChange {
        @Override
        public String name() {
            return table + "." + column;
        }

        @Override
        public String sql(Dialect dialect, @Nullable String schema) {
            return "ALTER TABLE " + qualified(schema, table) + " ADD COLUMN "
                    + (dialect == Dialect.MYSQL ? "" : "IF NOT EXISTS ") + column + " " + type;
        }

        @Override
        public boolean isThere(Connection connection, Dialect dialect, @Nullable String schema) throws SQLException {
            return exists(
                    connection,
                    dialect,
                    "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(?) AND NOT attisdropped AND attname = ?",
                    "SELECT 1 FROM information_schema.columns WHERE ",
                    schema,
                    table,
                    "column_name",
                    column);
        }
    }

    /** An index, under that name or any other that its table has it by. */
    record Index(String name, String table, String columns) implements SchemaChange {
        @Override
        public String sql(Dialect dialect, @Nullable String schema) {
            return "CREATE INDEX " + (dialect == Dialect.MYSQL ? "" : "IF NOT EXISTS ") + name + " ON "
                    + qualified(schema, table) + " (" + columns + ")";
        }

        @Override
        public boolean isThere(Connection connection, Dialect dialect, @Nullable String schema) throws SQLException {
            return exists(
                    connection,
                    dialect,
                    "SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = to_regclass(?) AND c.relname = ?",
                    "SELECT 1 FROM information_schema." + (dialect == Dialect.H2 ? "indexes" : "statistics")
                            + " WHERE ",
                    schema,
                    table,
                    "index_name",
                    name);
        }
    }

    /** The first row of a table. */
    record Row(String table, String columns, String select) implements SchemaChange {
        @Override
        public String name() {
            return "the row of " + table;
        }

        @Override
        public String sql(Dialect dialect, @Nullable String schema) {
            return "INSERT INTO " + qualified(schema, table) + " (" + columns + ") "
                    + select.replace("FROM ", "FROM " + (schema == null ? "" : schema + "."));
        }

        @Override
        public boolean isThere(Connection connection, Dialect dialect, @Nullable String schema) throws SQLException {
            return new Table(table, "").isThere(connection, dialect, schema)
                    && !Statements.query(connection, row -> 1, "SELECT 1 FROM " + qualified(schema, table))
                            .isEmpty();
        }
    }

    /** A table's name in statements. */
    static String qualified(@Nullable String schema, String table) {
        return schema == null ? table : schema + "." + table;
    }

    private static boolean exists(
            Connection connection,
            Dialect dialect,
            String postgres,
            String others,
            @Nullable String schema,
            String table,
            String column,
            Object... part)
            throws SQLException {
        List<Object> parameters = new ArrayList<>();
        if (dialect == Dialect.POSTGRES) { // by the search path, as statements find it, and whatever the rights are
            parameters.add(qualified(schema, table));
            parameters.addAll(List.of(part));
            return !Statements.query(connection, row -> 1, postgres, parameters.toArray())
                    .isEmpty();
        }
        String here = dialect == Dialect.H2 ? "CURRENT_SCHEMA" : "DATABASE()";
        String sql =
                others + "LOWER(table_schema) = LOWER(" + (schema == null ? here : "?") + ") AND LOWER(table_name) = ?";
        if (schema != null) {
            parameters.add(schema);
        }
        parameters.add(table);
        if (part.length > 0) {
            sql += " AND LOWER(" + column + ") = ?";
            parameters.addAll(List.of(part));
        }
        return !Statements.query(connection, row -> 1, sql, parameters.toArray())
                .isEmpty();
    }
}

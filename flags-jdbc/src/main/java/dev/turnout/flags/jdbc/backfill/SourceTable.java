package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.KeyCondition;
import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.TableShape;
import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The table that is read, in the words of its database. Immutable. */
final class SourceTable {
    // PostgreSQL's types of which FetchedReader takes values of Java, or texts that are the same in every form.
    private static final Set<String> READ_BY_DRIVER = Set.of(
            "int2",
            "int4",
            "int8",
            "numeric",
            "float4",
            "float8",
            "bool",
            "text",
            "varchar",
            "bpchar",
            "bytea",
            "date",
            "time",
            "timestamp",
            "timestamptz",
            "uuid",
            "smallserial",
            "serial",
            "bigserial");

    final TableMapping mapping;
    final Names names;
    final String table;
    /** Identifiers, in the order of the index. */
    final List<String> keys;

    /** What selects the keys as the texts that are made of them. */
    final String keyTexts;

    private final List<Integer> keyTypes;
    private final String selected;

    /** @param shape the columns in its catalog */
    SourceTable(TableMapping mapping, Names names, TableShape shape) {
        this.mapping = mapping;
        this.names = names;
        keyTypes = mapping.keys().stream().map(key -> type(key, shape)).toList();
        table = names.table(mapping.sourceTable());
        keys = mapping.keys().stream().map(key -> key.selected(names::quote)).toList();
        selected = mapping.all().stream().map(column -> exactly(column, shape)).collect(Collectors.joining(", "));
        keyTexts = IntStream.range(0, keys.size())
                .mapToObj(i -> isPostgres() ? "CAST(" + keys.get(i) + " AS text) AS turnout_key" + i : keys.get(i))
                .collect(Collectors.joining(", "));
    }

    // After five executions PostgreSQL's driver asks for some types in binary form, and writes other texts of them:
    // a key would look like another one. The database always writes the same text.
    private boolean isPostgres() {
        return names.dialect() == Dialect.POSTGRES;
    }

    /** Such that the driver loses nothing of it, and does not write it in its own way. */
    private String exactly(MappedColumn column, TableShape shape) {
        String sql = column.selected(names::quote);
        boolean isRead = !isPostgres()
                || !(column instanceof MappedColumn.Copied copied)
                || shape.column(names, copied.source())
                        .filter(found -> !READ_BY_DRIVER.contains(found.type()))
                        .isEmpty();
        return isRead ? names.dialect().exactly(sql, type(column, shape)) : "CAST(" + sql + " AS text)";
    }

    /** That of {@link Types}, of a column that is copied as it is. */
    private int type(MappedColumn column, TableShape shape) {
        return column instanceof MappedColumn.Copied copied
                ? shape.column(names, copied.source())
                        // H2's are bytes by their code, and would be written without their dashes.
                        .filter(found -> !found.type().equalsIgnoreCase("uuid"))
                        .map(TableShape.Column::jdbcType)
                        .orElse(Types.OTHER)
                : Types.OTHER;
    }

    /** Selects a chunk, with literals in place of the keys. */
    String chunk(@Nullable TableKey after, TableKey upTo, int limit, boolean isLocked) {
        String lower = after == null
                ? ""
                : condition(">", part -> literal(after.parts().get(part))).sql() + " AND ";
        return chunk(
                selected,
                lower + condition("<=", part -> literal(upTo.parts().get(part))).sql(),
                limit,
                isLocked);
    }

    private static String literal(String text) {
        // The escape form means the same under any standard_conforming_strings.
        return "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    /** Of rows that Java reads: with the texts of the key behind all of it, where it needs to be asked for them. */
    private String fetched() {
        return isPostgres() && !keys.isEmpty() ? selected + ", " + keyTexts : selected;
    }

    /** Selects all rows, in any order. */
    String all() {
        return "SELECT " + fetched() + " FROM " + table;
    }

    private String chunk(String columns, String where, int limit, boolean isLocked) {
        return "SELECT " + columns + " FROM " + table + " WHERE " + where + " ORDER BY " + String.join(", ", keys)
                + (limit == Integer.MAX_VALUE ? "" : " LIMIT " + limit)
                + (isLocked ? names.dialect().sharedLock() : "");
    }

    private KeyCondition condition(String operator, IntFunction<String> value) {
        return KeyCondition.of(keys, operator, names.dialect() == Dialect.POSTGRES, value);
    }

    /** Selects a chunk, the keys as parameters. */
    PreparedStatement prepareChunk(
            Connection connection, @Nullable TableKey after, TableKey upTo, int limit, boolean isLocked)
            throws SQLException {
        KeyCondition lower = condition(">", part -> "?");
        KeyCondition upper = condition("<=", part -> "?");
        String where = after == null ? upper.sql() : lower.sql() + " AND " + upper.sql();
        PreparedStatement statement = connection.prepareStatement(chunk(fetched(), where, limit, isLocked));
        try {
            int next = after == null ? 1 : set(statement, 1, lower, after);
            set(statement, next, upper, upTo);
            return statement;
        } catch (SQLException | RuntimeException e) {
            statement.close();
            throw e;
        }
    }

    /** Selects the rows of these keys, in any order. */
    PreparedStatement prepareKeys(Connection connection, List<TableKey> wanted) throws SQLException {
        PreparedStatement statement = connection.prepareStatement("SELECT " + fetched() + " FROM " + table + " WHERE "
                + KeyCondition.oneOf(names.dialect(), keys, wanted.size()).sql());
        try {
            int at = 1;
            for (TableKey key : wanted) {
                for (int part = 0; part < keys.size(); part++) {
                    setText(statement, at++, key.parts().get(part), keyTypes.get(part));
                }
            }
            return statement;
        } catch (SQLException | RuntimeException e) {
            statement.close();
            throw e;
        }
    }

    private int set(PreparedStatement statement, int from, KeyCondition condition, TableKey key) throws SQLException {
        int at = from;
        for (int part : condition.parts()) {
            setText(statement, at++, key.parts().get(part), keyTypes.get(part));
        }
        return at;
    }

    private void setText(PreparedStatement statement, int at, String text, int type) throws SQLException {
        if (names.dialect() == Dialect.POSTGRES) {
            statement.setObject(at, text, Types.OTHER); // becomes whatever it is compared with
            return;
        }
        switch (type) {
            case Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT, Types.DECIMAL, Types.NUMERIC ->
                statement.setBigDecimal(at, new java.math.BigDecimal(text));
            case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB ->
                statement.setBytes(at, HexFormat.of().parseHex(text));
            default -> statement.setString(at, text);
        }
    }

    /** The keys that a query gives, in the first columns of its rows. */
    List<TableKey> keys(PreparedStatement statement) throws SQLException {
        List<TableKey> found = new ArrayList<>();
        try (ResultSet row = statement.executeQuery()) {
            while (row.next()) {
                found.add(key(row, 0));
            }
        }
        return found;
    }

    /** What {@link #setText} takes for the same value. */
    private @Nullable String text(ResultSet row, int column, int part) throws SQLException {
        if (names.dialect() == Dialect.POSTGRES) {
            return row.getString(column);
        }
        return switch (keyTypes.get(part)) {
            case Types.BINARY, Types.VARBINARY, Types.LONGVARBINARY, Types.BLOB -> {
                byte[] bytes = row.getBytes(column);
                yield bytes == null ? null : HexFormat.of().formatHex(bytes);
            }
            default -> row.getString(column);
        };
    }

    /** That of a row that one of the statements here has selected. */
    TableKey key(ResultSet row) throws SQLException {
        return key(row, isPostgres() ? mapping.all().size() : 0);
    }

    private TableKey key(ResultSet row, int before) throws SQLException {
        List<String> parts = new ArrayList<>();
        for (int i = 1; i <= keys.size(); i++) {
            String part = text(row, before + i, i - 1);
            if (part == null) {
                throw new BackfillException("A row of " + mapping.sourceTable() + " has no "
                        + mapping.keys().get(i - 1).target()
                        + ", which belongs to its key. Make it NOT NULL, and give those rows one.");
            }
            if (!StandardCharsets.UTF_8.newEncoder().canEncode(part)) {
                throw new BackfillException("A row of " + mapping.sourceTable() + " has half a surrogate pair in "
                        + mapping.keys().get(i - 1).target()
                        + ", which belongs to its key: no other database could have it. Change that key.");
            }
            parts.add(part);
        }
        return new TableKey(parts);
    }
}

package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.jdbc.type.ColumnType;
import dev.turnout.flags.jdbc.type.ComparedColumns;
import dev.turnout.flags.jdbc.type.SelectedColumns;
import dev.turnout.flags.jdbc.type.ValueKind;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * What is compared of one of the two tables, and as what.
 *
 * @param table its identifier
 * @param keys in the order of the index
 * @param versions none, one or two
 * @param form how the database writes the canonical form itself; {@code null} if Java has to
 */
record Layout(
        Dialect dialect,
        String table,
        List<TableColumn> keys,
        List<TableColumn> columns,
        List<TableColumn> versions,
        @Nullable TableColumn deleted,
        @Nullable CanonicalSql form) {

    /** Those of a pair. */
    record Pair(Layout source, Layout target) {}

    /** What is compared: keys and contents. */
    List<TableColumn> compared() {
        return Stream.concat(keys.stream(), columns.stream()).toList();
    }

    /** What the buckets of its rows depend on: the key, or all of a row that has none. */
    List<TableColumn> bucketed() {
        return keys.isEmpty() ? columns : keys;
    }

    List<KeyColumn> keyColumns() {
        return keys.stream().map(key -> new KeyColumn(key.kind())).toList();
    }

    /** Whether its index has the keys in the order of their ranges. */
    boolean isOrdered() {
        return keys.stream().allMatch(key -> key.order().equals(key.sql()));
    }

    /**
     * Asks both databases for the types of the columns.
     *
     * @throws VerifyException if they cannot be asked
     * @throws IllegalArgumentException if columns cannot be compared; the message has all of them
     */
    static Pair of(TableMapping mapping, DataSource source, DataSource target) {
        SelectedColumns one = ask("source", mapping.sourceTable(), mapping, source, SelectedColumns::ofSource);
        SelectedColumns other = ask("target", mapping.targetTable(), mapping, target, SelectedColumns::ofTarget);
        List<ValueKind> kinds = kinds(mapping, one, other);
        List<TableColumn> ours = columns(mapping, one, other, kinds, true);
        List<TableColumn> theirs = columns(mapping, other, one, kinds, false);
        List<String> ourOrders = orders(mapping, source, one, ours);
        List<String> theirOrders = orders(mapping, target, other, theirs);
        List<TableColumn> left = inOneOrder(ours, ourOrders, theirOrders);
        List<TableColumn> right = inOneOrder(theirs, theirOrders, ourOrders);
        Optional<CanonicalSql> leftForm = mapping.isConvertedInJava() ? Optional.empty() : form(source, mapping, left);
        Optional<CanonicalSql> rightForm = leftForm.flatMap(form -> form(target, mapping, right));
        // Both or none: where Java has to write one of the two, it writes both.
        return new Pair(
                layout(mapping, one, left, rightForm.isPresent() ? leftForm : Optional.empty()),
                layout(mapping, other, right, rightForm));
    }

    private interface Question {
        SelectedColumns ask(TableMapping mapping, DataSource database) throws SQLException;
    }

    private static SelectedColumns ask(
            String side, String table, TableMapping mapping, DataSource database, Question question) {
        try {
            return question.ask(mapping, database);
        } catch (SQLException e) {
            throw new VerifyException(
                    "The columns of the " + side + " '" + table + "' cannot be looked at: " + SqlFailure.describe(e),
                    e);
        }
    }

    private static List<ValueKind> kinds(TableMapping mapping, SelectedColumns source, SelectedColumns target) {
        ComparedColumns compared = new ComparedColumns(mapping, source, target);
        if (!compared.refused().isEmpty() || mapping.versions().size() > 2) {
            throw new IllegalArgumentException("The tables of " + mapping + " cannot be compared in these columns: "
                    + compared.refused().values()
                    + ". Leave them out, give computed(...) or a function that makes one type of both, or call unverified(...) for those"
                    + " that need not be compared. A key can be of numbers, texts, UUIDs, dates and timestamps, a version of at most two"
                    + " integers or timestamps.");
        }
        return compared.kinds();
    }

    private static List<TableColumn> columns(
            TableMapping mapping,
            SelectedColumns side,
            SelectedColumns otherSide,
            List<ValueKind> kinds,
            boolean isSource) {
        List<MappedColumn> all = mapping.all();
        List<TableColumn> columns = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            MappedColumn column = all.get(i);
            MappedColumn conversion = isSource && column.isConvertedInJava() ? column : null;
            ColumnType type = side.types().get(i);
            ColumnType otherType = otherSide.types().get(i);
            String sql = side.sql().get(i);
            if (conversion != null) {
                columns.add(TableColumn.of(column.target(), sql, otherType, kinds.get(i), conversion));
                continue;
            }
            // Padding that the other side adds means nothing there, so it means nothing here either.
            boolean isCut = kinds.get(i) == ValueKind.TEXT && otherType.isPadded() && !type.isPadded();
            columns.add(TableColumn.of(
                    column.target(),
                    isCut && !column.isConvertedInJava()
                            ? cut(sql, type)
                            : asText(
                                    exact(sql, type),
                                    type,
                                    kinds.get(i),
                                    mapping.keys().contains(column)),
                    type,
                    kinds.get(i),
                    null));
        }
        return columns;
    }

    // MariaDB's driver gives null for the zero date, even as a text; a key of that kind is refused.
    private static String asText(String sql, ColumnType type, ValueKind kind, boolean isKey) {
        if (kind == ValueKind.OWN) {
            return owned(sql, type);
        }
        return switch (type.dialect()) {
            case H2 -> sql;
            case POSTGRES -> kind == ValueKind.TIME ? "CAST(" + sql + " AS text)" : sql;
            case MARIADB, MYSQL ->
                kind == ValueKind.TIME || (type.jdbc() == Types.TIMESTAMP && !isKey)
                        ? "CAST(" + sql + " AS CHAR)"
                        : sql;
        };
    }

    /** As the database writes it, such that other values have other texts. */
    private static String owned(String sql, ColumnType type) {
        return switch (type.dialect()) {
            // As a text, an array does not show what its elements are parts of.
            case H2 -> "CAST(" + (type.jdbc() == Types.ARRAY ? "CAST(" + sql + " AS JSON)" : sql) + " AS VARCHAR)";
            case POSTGRES -> "CAST(" + sql + " AS text)";
            case MARIADB, MYSQL -> type.isBits() ? "HEX(" + sql + ")" : "CAST(" + sql + " AS CHAR)";
        };
    }

    private static String cut(String sql, ColumnType type) {
        return type.dialect() == Dialect.POSTGRES ? "rtrim(CAST(" + sql + " AS text))" : "RTRIM(" + sql + ")";
    }

    /** Those in which a side has its keys. */
    private static List<String> orders(
            TableMapping mapping, DataSource database, SelectedColumns side, List<TableColumn> columns) {
        try {
            return Transactions.run(database, connection -> {
                List<String> orders = new ArrayList<>();
                for (TableColumn key : columns.subList(0, mapping.keys().size())) { // they come first
                    orders.add(KeyOrder.of(connection, side.table(), key.sql(), key.type(), key.kind()));
                }
                return orders;
            });
        } catch (SQLException e) {
            throw new VerifyException(
                    "The database of '" + side.table() + "' cannot be asked how it orders keys: "
                            + SqlFailure.describe(e),
                    e);
        }
    }

    private static List<TableColumn> inOneOrder(
            List<TableColumn> columns, List<String> orders, List<String> otherOrders) {
        List<TableColumn> ordered = new ArrayList<>(columns);
        for (int i = 0; i < orders.size(); i++) {
            if (KeyOrder.mustCompareBytes(orders.get(i), otherOrders.get(i))) {
                ordered.set(i, columns.get(i).byBytes());
            }
        }
        return ordered;
    }

    /** What loses nothing before the driver. */
    private static String exact(String sql, ColumnType type) {
        boolean isMySqlInstant = type.isMySql() && type.kind().equals(Optional.of(ValueKind.INSTANT));
        return isMySqlInstant
                // In no session's zone. The zero date, which has no moment, is the only one with second 0.
                ? "IF(UNIX_TIMESTAMP(%1$s) = 0, %1$s, TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(%1$s) SECOND)"
                        .formatted(sql)
                : type.dialect().exactly(sql, type.jdbc());
    }

    private static Optional<CanonicalSql> form(DataSource database, TableMapping mapping, List<TableColumn> columns) {
        try {
            return Transactions.singlePatiently(
                    database,
                    connection -> CanonicalSql.of(
                            connection, columns.stream().map(TableColumn::part).toList()));
        } catch (SQLException e) {
            throw new VerifyException(
                    "A database of " + mapping + " cannot be asked for its settings: " + SqlFailure.describe(e), e);
        }
    }

    private static Layout layout(
            TableMapping mapping, SelectedColumns side, List<TableColumn> columns, Optional<CanonicalSql> form) {
        Function<List<MappedColumn>, List<TableColumn>> those = wanted -> wanted.stream()
                .map(column -> columns.get(mapping.all().indexOf(column)))
                .collect(Collectors.toList());
        return new Layout(
                side.names().dialect(),
                side.table(),
                those.apply(mapping.keys()),
                those.apply(mapping.columns()),
                those.apply(mapping.versions()),
                mapping.deleted()
                        .map(column -> those.apply(List.of(column)).get(0))
                        .orElse(null),
                form.orElse(null));
    }
}

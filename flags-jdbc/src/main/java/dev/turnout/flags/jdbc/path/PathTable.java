package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.TableShape;
import dev.turnout.flags.jdbc.type.ColumnType;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A table on one side, as a mapping has it; with the first connection it is checked against what the database has. Thread-safe. */
final class PathTable {
    private final String name;
    private final List<PathColumn> parent;
    private final List<PathColumn> rest;
    private final List<PathColumn> columns;
    private final List<PathColumn> marks;
    private volatile @Nullable TableStatements statements; // of a table that has been checked

    /**
     * @param parent the columns of the key by which rows are found
     * @param rest the other ones of the key, if the table is one of children
     * @param columns what else is read and written
     * @param marks what no component stands for: the two parts of the version, and the mark of tombstones; or nothing
     */
    PathTable(
            String name,
            List<PathColumn> parent,
            List<PathColumn> rest,
            List<PathColumn> columns,
            List<PathColumn> marks) {
        this.name = name;
        this.parent = List.copyOf(parent);
        this.rest = List.copyOf(rest);
        this.columns = List.copyOf(columns);
        this.marks = List.copyOf(marks);
    }

    String name() {
        return name;
    }

    /**
     * What can be asked of it on this connection.
     *
     * @throws IllegalArgumentException if it cannot be read and written exactly, with all reasons
     */
    TableStatements on(Connection connection) throws SQLException {
        TableStatements known = statements;
        if (known == null) {
            known = checked(connection);
            statements = known;
        }
        return known;
    }

    private TableStatements checked(Connection connection) throws SQLException {
        Names names = Names.of(connection);
        TableShape shape = TableShape.of(connection, names, name);
        List<PathColumn> all =
                Stream.of(parent, rest, columns, marks).flatMap(List::stream).toList();
        List<TableShape.Column> found = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (PathColumn column : all) {
            shape.column(names, column.name())
                    .ifPresentOrElse(found::add, () -> problems.add("there is no column '" + column.name() + "'"));
        }
        refuse(problems);
        List<ColumnType> types = types(connection, names, all);
        List<StoredColumn> stored = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        int keys = parent.size() + rest.size();
        int firstMark = keys + columns.size();
        for (int i = 0; i < all.size(); i++) {
            TableShape.Column column = found.get(i);
            StoredColumn each =
                    new StoredColumn(all.get(i), names.quote(all.get(i).name()), shape.type(column), types.get(i));
            stored.add(each);
            if (!seen.add(column.name())) {
                problems.add("column '" + column.name() + "' is mapped twice");
            }
            Optional<String> refusal = each.refusal(i < keys);
            refusal.ifPresent(problems::add);
            if (refusal.isEmpty() && i >= firstMark) {
                each.refusalOfMark(column.isNullable()).ifPresent(problems::add);
            }
            boolean isEmptied = !marks.isEmpty() && i >= keys && i < firstMark;
            if (isEmptied && !column.isNullable() && !column.hasDefault()) {
                problems.add("column '" + column.name()
                        + "' has to have a default, or may have to be NULL, for the tombstones of deleted records");
            }
        }
        addKeyProblem(shape, found.subList(0, keys), problems);
        refuse(problems);
        return new TableStatements(names, name, stored, parent.size(), keys, marks.size());
    }

    private static void addKeyProblem(TableShape shape, List<TableShape.Column> keys, List<String> problems) {
        Set<String> key = keys.stream().map(TableShape.Column::name).collect(Collectors.toSet());
        if (shape.uniqueKeys().stream().noneMatch(unique -> Set.copyOf(unique).equals(key))) {
            problems.add("no unique index is over the key " + key + " alone, so it could have two rows of one key");
        }
    }

    private void refuse(List<String> problems) {
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(
                    "A path cannot be made of the table " + name + ": " + String.join("; ", problems) + ".");
        }
    }

    private List<ColumnType> types(Connection connection, Names names, List<PathColumn> all) throws SQLException {
        String nothing =
                all.stream().map(column -> names.quote(column.name())).collect(Collectors.joining(", ", "SELECT ", ""))
                        + " FROM " + names.table(name) + " WHERE 1 = 0";
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(nothing)) {
            ResultSetMetaData metaData = rows.getMetaData();
            List<ColumnType> types = new ArrayList<>();
            for (int i = 1; i <= all.size(); i++) {
                types.add(ColumnType.of(names.dialect(), metaData, i));
            }
            return types;
        }
    }
}

package dev.turnout.flags.jdbc.type;

import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import javax.sql.DataSource;

/**
 * What is selected of one of the two tables of a mapping, in the order of {@link TableMapping#all}, and of what types that is.
 *
 * @param table its identifier
 * @param sql what is selected
 */
public record SelectedColumns(Names names, String table, List<String> sql, List<ColumnType> types) {
    /** Copies. */
    public SelectedColumns {
        sql = List.copyOf(sql);
        types = List.copyOf(types);
    }

    /** Asks the database that is read. What passes by itself is waited for, as in {@link Transactions#patiently}; the same for the other. */
    public static SelectedColumns ofSource(TableMapping mapping, DataSource database) throws SQLException {
        return ask(mapping, mapping.sourceTable(), database, (column, names) -> column.selected(names::quote));
    }

    /** Asks the database that is written. */
    public static SelectedColumns ofTarget(TableMapping mapping, DataSource database) throws SQLException {
        return ask(mapping, mapping.targetTable(), database, (column, names) -> names.quote(column.target()));
    }

    private static SelectedColumns ask(
            TableMapping mapping, String table, DataSource database, BiFunction<MappedColumn, Names, String> selected)
            throws SQLException {
        return Transactions.singlePatiently(database, connection -> {
            Names names = Names.of(connection);
            List<String> sql = mapping.all().stream()
                    .map(column -> selected.apply(column, names))
                    .toList();
            return new SelectedColumns(names, names.table(table), sql, types(connection, names, table, sql));
        });
    }

    private static List<ColumnType> types(Connection connection, Names names, String table, List<String> sql)
            throws SQLException {
        String nothing = "SELECT " + String.join(", ", sql) + " FROM " + names.table(table) + " WHERE 1 = 0";
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(nothing)) {
            ResultSetMetaData metaData = rows.getMetaData();
            List<ColumnType> types = new ArrayList<>();
            for (int i = 1; i <= sql.size(); i++) {
                types.add(ColumnType.of(names.dialect(), metaData, i));
            }
            return types;
        }
    }
}

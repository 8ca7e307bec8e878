package dev.turnout.flags.jdbc.sql;

import dev.turnout.flags.jdbc.sql.TableShape.Place;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;

/**
 * An index that is neither unique nor needed by a constraint, a foreign key or a replica, so a table can do without it for a while.
 *
 * @param name as the catalog has it
 * @param create the statement that makes it, without its comment and its tablespace
 * @param drop the statement that drops it
 */
public record SecondaryIndex(String name, String create, String drop) {
    // That of a partitioned table is "ON ONLY" it, as the catalog has it, without those of its partitions.
    private static final String OF_POSTGRES = """
            SELECT c.relname,
                CASE WHEN c.relkind = 'I' THEN replace(pg_get_indexdef(c.oid), ' ON ONLY ' || t.name, ' ON ' || t.name) ELSE pg_get_indexdef(c.oid) END,
                c.oid::regclass::text
            FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid,
                LATERAL (SELECT format('%I.%I', n.nspname, r.relname) AS name FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace
                    WHERE r.oid = i.indrelid) t
            WHERE i.indrelid = to_regclass(?) AND indisvalid AND NOT indisunique AND NOT indisexclusion AND NOT indisreplident
                AND NOT c.relispartition AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = c.oid)
            ORDER BY 1""";

    private static final String OF_H2 = """
            SELECT i.index_name, c.column_name, c.ordering_specification || ' NULLS ' || c.null_ordering
            FROM information_schema.indexes i JOIN information_schema.index_columns c
                ON c.index_schema = i.index_schema AND c.index_name = i.index_name
            WHERE i.table_schema = ? AND i.table_name = ? AND i.index_type_name = 'INDEX' AND NOT i.is_generated
                AND NOT EXISTS (SELECT 1 FROM information_schema.table_constraints k
                    WHERE k.index_schema = i.index_schema AND k.index_name = i.index_name)
            ORDER BY 1, c.ordinal_position""";

    // Each query names the table it is about: for one that does not, MariaDB opens every table of the server, and does
    // so again for each row where it is part of another query.
    private static final String OF_MYSQL = """
            SELECT s.index_name, s.column_name,
                CONCAT(CASE WHEN s.sub_part IS NULL THEN '' ELSE CONCAT('(', s.sub_part, ')') END, CASE s.collation WHEN 'D' THEN ' DESC' ELSE '' END),
                s.non_unique = 0 OR s.index_type <> 'BTREE' OR s.column_name IS NULL, s.seq_in_index
            FROM information_schema.statistics s WHERE s.table_schema = ? AND s.table_name = ? ORDER BY 1, s.seq_in_index""";

    private static final String REFERRING_IN_MYSQL =
            "SELECT column_name FROM information_schema.key_column_usage WHERE table_schema = ? AND table_name = ?"
                    + " AND referenced_table_name IS NOT NULL";

    // The one that has to look at every table, once.
    private static final String REFERRED_TO_IN_MYSQL =
            "SELECT referenced_column_name FROM information_schema.key_column_usage"
                    + " WHERE referenced_table_schema = ? AND referenced_table_name = ?";

    /** Those of a table, by name. */
    public static List<SecondaryIndex> of(Connection connection, Names names, String table) throws SQLException {
        if (names.dialect() == Dialect.POSTGRES) {
            return Statements.query(
                    connection,
                    row -> new SecondaryIndex(row.getString(1), row.getString(2), "DROP INDEX " + row.getString(3)),
                    OF_POSTGRES,
                    names.table(table));
        }
        Place place = TableShape.place(connection, names, table);
        List<Part> parts =
                names.dialect() == Dialect.H2 ? partsInH2(connection, place) : partsInMySql(connection, place);
        Map<String, StringJoiner> columns = new LinkedHashMap<>();
        for (Part part : parts) {
            columns.computeIfAbsent(part.index(), name -> new StringJoiner(", "))
                    .add(quoted(names, part.column()) + part.order());
        }
        return columns.entrySet().stream()
                .map(index -> made(names, names.table(table), place, index.getKey(), index.getValue()))
                .toList();
    }

    /** A column of an index, with what follows its name in the statement. */
    private record Part(String index, String column, String order) {}

    private static List<Part> partsInH2(Connection connection, Place place) throws SQLException {
        return Statements.query(
                connection,
                row -> new Part(row.getString(1), row.getString(2), " " + row.getString(3)),
                OF_H2,
                String.valueOf(place.qualifier()),
                place.table());
    }

    /** A foreign key needs an index that begins with its columns, on both sides. One of them is enough to leave it alone. */
    private static List<Part> partsInMySql(Connection connection, Place place) throws SQLException {
        Set<String> ofForeignKeys = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (String sql : List.of(REFERRING_IN_MYSQL, REFERRED_TO_IN_MYSQL)) {
            ofForeignKeys.addAll(Statements.query(
                    connection, row -> row.getString(1), sql, String.valueOf(place.qualifier()), place.table()));
        }
        Set<String> left = new HashSet<>();
        List<Part> all = Statements.query(
                connection,
                row -> {
                    String column = String.valueOf(row.getString(2));
                    if (row.getBoolean(4) || (row.getInt(5) == 1 && ofForeignKeys.contains(column))) {
                        left.add(row.getString(1));
                    }
                    return new Part(row.getString(1), column, row.getString(3));
                },
                OF_MYSQL,
                String.valueOf(place.qualifier()),
                place.table());
        return all.stream().filter(part -> !left.contains(part.index())).toList();
    }

    private static SecondaryIndex made(Names names, String table, Place place, String name, StringJoiner columns) {
        String index = quoted(names, name);
        return new SecondaryIndex(
                name,
                "CREATE INDEX " + index + " ON " + table + " (" + columns + ")",
                names.dialect() == Dialect.H2
                        ? "DROP INDEX " + quoted(names, String.valueOf(place.qualifier())) + "." + index
                        : "DROP INDEX " + index + " ON " + table);
    }

    private static String quoted(Names names, String stored) {
        return names.quote(names.spelled(stored));
    }

    /** Whether a table has an index of that name, of any kind, that is complete. */
    public static boolean exists(Connection connection, Names names, String table, String index) throws SQLException {
        if (names.dialect() == Dialect.POSTGRES) {
            return !Statements.query(
                            connection,
                            row -> 1,
                            "SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
                                    + " WHERE i.indrelid = to_regclass(?) AND c.relname = ? AND i.indisvalid",
                            names.table(table),
                            index)
                    .isEmpty();
        }
        Place place = TableShape.place(connection, names, table);
        boolean isH2 = names.dialect() == Dialect.H2;
        return !Statements.query(
                        connection,
                        row -> 1,
                        "SELECT 1 FROM information_schema." + (isH2 ? "indexes" : "statistics")
                                + " WHERE table_schema = ? AND table_name = ? AND "
                                + (isH2 ? "index_name = ?" : "LOWER(index_name) = LOWER(?)"),
                        String.valueOf(place.qualifier()),
                        place.table(),
                        index)
                .isEmpty();
    }
}

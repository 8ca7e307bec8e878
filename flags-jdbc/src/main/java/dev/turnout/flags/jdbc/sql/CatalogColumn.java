package dev.turnout.flags.jdbc.sql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The catalog's own description of a column. JDBC's description differs by driver: some count digits in bits, some put
 * fractions of a second into the size, and none has collations.
 *
 * @param type in small letters, without sizes; of a domain, the type below it
 * @param declared the same with its sizes, as one declares it
 * @param size in characters, bytes or digits; {@link #UNLIMITED} where there is no limit, or one beyond a billion
 * @param scale digits behind the point, or fractions of a second; {@link #UNLIMITED} where there is no limit
 * @param collation of texts only
 * @param characters the character set, where a column has its own one
 * @param isLoose whether texts that differ in more than trailing spaces may be equal
 * @param isPadded whether texts that differ in trailing spaces are equal
 * @param isComputed whether it is made of other columns
 * @param isAlwaysNumbered whether the database numbers its rows, and refuses other numbers
 */
public record CatalogColumn(
        Dialect dialect,
        String type,
        String declared,
        boolean isEnum,
        long size,
        int scale,
        @Nullable String collation,
        @Nullable String characters,
        boolean isLoose,
        boolean isPadded,
        boolean isComputed,
        boolean isAlwaysNumbered) {
    /** No limit. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    private static final long HUGE = 1_000_000_000; // PostgreSQL's longest value, and that of H2
    private static final int POSTGRES_HEADER = 4; // what PostgreSQL adds to each size
    private static final int POSTGRES_SCALE_BITS = 11; // of a number; it may be negative
    private static final int MOST_FRACTIONS = 6;
    private static final Set<String> FIXED = Set.of("char", "character", "bpchar");

    // A domain may be over another one, which is where a size is then.
    private static final String OF_POSTGRES = """
            SELECT a.attname, b.typname, format_type(b.oid, b.modifier), b.typtype = 'e',
                b.modifier, c.collname, COALESCE(NOT c.collisdeterministic, FALSE), a.attgenerated <> '', a.attidentity = 'a'
            FROM pg_attribute a LEFT JOIN pg_collation c ON c.oid = a.attcollation
                CROSS JOIN LATERAL (
                    WITH RECURSIVE below AS (
                        SELECT t.oid, t.typname, t.typtype, t.typbasetype, t.typtypmod, a.atttypmod AS modifier
                            FROM pg_type t WHERE t.oid = a.atttypid
                        UNION ALL
                        SELECT t.oid, t.typname, t.typtype, t.typbasetype, t.typtypmod, above.typtypmod
                            FROM below above JOIN pg_type t ON above.typtype = 'd' AND t.oid = above.typbasetype)
                    SELECT * FROM below WHERE typtype <> 'd') b
            WHERE a.attrelid = to_regclass(?) AND a.attnum > 0 AND NOT a.attisdropped""";

    private static final String OF_H2 = """
            SELECT column_name, data_type, character_maximum_length, numeric_precision, COALESCE(datetime_precision, numeric_scale),
                collation_name, is_generated = 'ALWAYS', COALESCE(identity_generation, '') = 'ALWAYS',
                (SELECT CONCAT_WS(' ', e.data_type, e.character_maximum_length, e.numeric_precision, e.numeric_scale, e.datetime_precision)
                    FROM information_schema.element_types e WHERE e.object_schema = c.table_schema AND e.object_name = c.table_name
                        AND e.object_type = 'TABLE' AND e.collection_type_identifier = c.dtd_identifier)
            FROM information_schema.columns c WHERE table_schema = ? AND table_name = ?""";

    private static final String OF_MYSQL = """
            SELECT column_name, data_type, column_type, COALESCE(character_maximum_length, numeric_precision, 0),
                COALESCE(datetime_precision, numeric_scale, 0), collation_name, character_set_name, COALESCE(generation_expression, '') <> ''
            FROM information_schema.columns WHERE table_schema = ? AND table_name = ?""";

    /** Whether the rest of a text is filled up with spaces, which then say nothing. */
    public boolean isFixed() {
        return FIXED.contains(type);
    }

    /** Whether both are of one kind of database; MariaDB and MySQL are. */
    public boolean isLike(CatalogColumn other) {
        return dialect == other.dialect || (isMySql() && other.isMySql());
    }

    /** Whether it is of MariaDB or MySQL. */
    public boolean isMySql() {
        return dialect.isMySql();
    }

    /** Those of a table, by name; one round trip. */
    static Map<String, CatalogColumn> all(
            Connection connection, Names names, String identifier, @Nullable String schema, String table)
            throws SQLException {
        Statements.Row<Map.Entry<String, CatalogColumn>> row = found -> Map.entry(
                found.getString(1),
                switch (names.dialect()) {
                    case POSTGRES -> ofPostgres(found);
                    case H2 -> ofH2(found);
                    case MARIADB, MYSQL -> ofMySql(names.dialect(), found);
                });
        List<Map.Entry<String, CatalogColumn>> columns = switch (names.dialect()) {
            case POSTGRES -> Statements.query(connection, row, OF_POSTGRES, identifier);
            case H2 -> Statements.query(connection, row, OF_H2, String.valueOf(schema), table);
            case MARIADB, MYSQL -> Statements.query(connection, row, OF_MYSQL, String.valueOf(schema), table);
        };
        return columns.stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    private static CatalogColumn ofPostgres(ResultSet row) throws SQLException {
        String type = row.getString(2);
        boolean isEnum = row.getBoolean(4);
        int modifier = row.getInt(5);
        long size = UNLIMITED;
        int scale = 0;
        switch (type) {
            case "varchar", "bpchar" -> size = modifier < 0 ? UNLIMITED : modifier - POSTGRES_HEADER;
            case "numeric" -> {
                int bits = modifier - POSTGRES_HEADER;
                int spare = Integer.SIZE - POSTGRES_SCALE_BITS;
                size = modifier < 0 ? UNLIMITED : bits >>> Short.SIZE;
                scale = modifier < 0 ? UNLIMITED : bits << spare >> spare;
            }
            case "time", "timetz", "timestamp", "timestamptz" -> scale = modifier < 0 ? MOST_FRACTIONS : modifier;
            default -> {} // nothing of it is limited by its declaration
        }
        return new CatalogColumn(
                Dialect.POSTGRES,
                type,
                row.getString(3),
                isEnum,
                size,
                scale,
                type.equals("citext") ? "citext" : row.getString(6),
                null,
                row.getBoolean(7) || type.equals("citext"),
                type.equals("bpchar"),
                row.getBoolean(8),
                row.getBoolean(9));
    }

    private static CatalogColumn ofH2(ResultSet row) throws SQLException {
        String type = row.getString(2).toLowerCase(Locale.ROOT);
        long length = row.getLong(3);
        boolean isLong = !row.wasNull();
        long size = isLong ? length : row.getLong(4);
        boolean isSized = isLong || !row.wasNull();
        int scale = row.getInt(5);
        boolean isScaled = !row.wasNull() && !isLong;
        String sizes = Stream.of(isSized ? size + "" : "", isScaled ? scale + "" : "")
                .filter(each -> !each.isEmpty())
                .collect(Collectors.joining(", ", "(", ")"));
        String collation = row.getString(6);
        boolean ignoresCase = type.equals("varchar_ignorecase");
        String elements = row.getString(9);
        return new CatalogColumn(
                Dialect.H2,
                type,
                type + (isWhole(type) || sizes.equals("()") ? "" : sizes) + (elements == null ? "" : " of " + elements),
                type.equals("enum"),
                isSized && size < HUGE ? size : UNLIMITED,
                scale,
                ignoresCase ? "ignorecase " + collation : collation,
                null,
                ignoresCase || !(collation == null || collation.equals("OFF")),
                type.equals("character"),
                row.getBoolean(7),
                row.getBoolean(8));
    }

    private static boolean isWhole(String type) {
        return switch (type) {
            case "tinyint", "smallint", "integer", "bigint", "real", "double precision" -> true;
            default -> false;
        };
    }

    private static CatalogColumn ofMySql(Dialect dialect, ResultSet row) throws SQLException {
        String type = row.getString(2).toLowerCase(Locale.ROOT);
        long size = row.getLong(4);
        String collation = row.getString(6);
        boolean isText = collation != null;
        boolean isPaddedByCollation = isText && !collation.contains("nopad") && !collation.contains("_0900_");
        return new CatalogColumn(
                dialect,
                type,
                row.getString(3),
                type.equals("enum"),
                size < HUGE ? size : UNLIMITED,
                row.getInt(5),
                collation,
                row.getString(7),
                isText && !collation.endsWith("_bin"),
                isText && (isPaddedByCollation || type.equals("char")),
                row.getBoolean(8),
                false);
    }
}

package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.sql.CatalogColumn;
import dev.turnout.flags.jdbc.sql.Dialect;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * The types that a column of a key may have: those whose values come back from their text as the same values, and which the database sorts by what
 * it compares. With any other one, rows would be skipped without an error.
 */
final class KeyTypes {
    private static final Set<String> OF_POSTGRES = Set.of(
            "int2",
            "int4",
            "int8",
            "numeric",
            "bpchar",
            "varchar",
            "text",
            "citext",
            "uuid",
            "date",
            "timestamp",
            "timestamptz",
            "bool",
            "bytea");
    private static final Set<String> OF_H2 = Set.of(
            "tinyint",
            "smallint",
            "integer",
            "bigint",
            "numeric",
            "decimal",
            "character",
            "character varying",
            "varchar_ignorecase",
            "uuid",
            "date",
            "timestamp",
            "timestamp with time zone",
            "boolean",
            "binary",
            "binary varying");
    private static final Set<String> OF_MYSQL = Set.of(
            "tinyint",
            "smallint",
            "mediumint",
            "int",
            "bigint",
            "decimal",
            "char",
            "varchar",
            "tinytext",
            "text",
            "mediumtext",
            "longtext",
            "uuid",
            "date",
            "datetime",
            "binary",
            "varbinary");

    private KeyTypes() {}

    /** Why a key cannot have this type; empty if it can. */
    static Optional<String> refusal(CatalogColumn column) {
        return isAllowed(column) ? Optional.empty() : Optional.of(reason(column));
    }

    private static boolean isAllowed(CatalogColumn column) {
        return switch (column.dialect()) {
            case POSTGRES -> column.isEnum() || OF_POSTGRES.contains(column.type());
            case H2 -> column.isEnum() || OF_H2.contains(column.type());
            case MARIADB, MYSQL -> OF_MYSQL.contains(column.type());
        };
    }

    private static String reason(CatalogColumn column) {
        return switch (column.type()) {
            case "enum", "set" -> "it is sorted by number and compared as text, so rows would be skipped";
            case "float", "real", "double", "double precision", "float4", "float8" ->
                "its text may stand for another number, so rows would be skipped";
            case "timestamp" -> "two moments look the same in the hour that comes twice when clocks are set back";
            default -> "no way is known to distinguish and sort its values";
        };
    }

    /**
     * What two texts that are different keys in the source may have in common, so they are one key in the target; empty
     * if all stay different.
     */
    static Optional<String> collision(CatalogColumn from, CatalogColumn into) {
        boolean isSame = from.isLike(into) && Objects.equals(into.collation(), from.collation());
        if (into.isLoose() && !isSame) {
            return Optional.of("case, accents or the like");
        }
        return into.isPadded() && !from.isPadded() ? Optional.of("trailing spaces") : Optional.empty();
    }

    /** How a column of this database distinguishes all texts. */
    static String exactText(Dialect dialect) {
        return switch (dialect) {
            case POSTGRES -> "type VARCHAR and COLLATE \"C\"";
            case H2 -> "type VARCHAR, in a database without SET COLLATION";
            case MARIADB -> "type VARCHAR and COLLATE utf8mb4_nopad_bin";
            case MYSQL -> "type VARCHAR and COLLATE utf8mb4_0900_bin";
        };
    }
}

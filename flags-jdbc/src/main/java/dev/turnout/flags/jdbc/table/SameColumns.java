package dev.turnout.flags.jdbc.table;

import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.TableShape;
import dev.turnout.flags.jdbc.sql.Transactions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** Two tables as their databases' catalogs have them, of which columns of the same name belong together. Immutable. */
final class SameColumns {
    private final Side source;
    private final Side target;

    private SameColumns(Side source, Side target) {
        this.source = source;
        this.target = target;
    }

    /**
     * Reads both catalogs.
     *
     * @throws IllegalArgumentException if one of the tables is not there
     * @throws IllegalStateException if a database cannot be asked
     */
    static SameColumns of(String sourceTable, DataSource source, String targetTable, DataSource target) {
        return new SameColumns(Side.of("source", sourceTable, source), Side.of("target", targetTable, target));
    }

    /** One of the two tables. */
    private record Side(String name, String table, Names names, TableShape shape, List<String> primaryKey) {
        static Side of(String name, String table, DataSource database) {
            try {
                return Transactions.single(database, connection -> {
                    Names names = Names.of(connection);
                    TableShape shape = TableShape.of(connection, names, table);
                    if (shape.columns().isEmpty()) {
                        throw new IllegalArgumentException("There is no table " + table + " in the " + name
                                + ", or it may not be seen. Look at its name, its schema and the rights of the user.");
                    }
                    return new Side(name, table, names, shape, TableShape.primaryKey(connection, names, table));
                });
            } catch (SQLException e) {
                throw new IllegalStateException(
                        "The catalog of the " + name + " cannot be asked for table " + table + ": " + e.getMessage(),
                        e);
            }
        }

        /** What both databases call a column by: its name in small letters, unless columns of this table differ in nothing else. */
        String common(String column) {
            String small = column.toLowerCase(Locale.ROOT);
            boolean isAlone = shape.columns().stream()
                            .filter(other ->
                                    other.name().toLowerCase(Locale.ROOT).equals(small))
                            .count()
                    <= 1;
            return isAlone || names.stored(small).equals(column) ? small : column;
        }

        /** A column's name as mappings have it. */
        String spelled(String column) {
            return names.spelled(column);
        }

        /** Those of its unique indexes. */
        List<List<String>> spelledKeys() {
            return shape.uniqueKeys().stream()
                    .map(key -> key.stream().map(this::spelled).toList())
                    .toList();
        }

        Optional<TableShape.Column> column(String common) {
            return shape.columns().stream()
                    .filter(column -> common(column.name()).equals(common))
                    .findFirst();
        }

        boolean isComputed(TableShape.Column column) {
            return shape.type(column).isComputed();
        }

        String commonOf(String mapped) {
            return common(names.stored(mapped));
        }

        Set<String> commonOf(Collection<String> columns) {
            return columns.stream().map(this::common).collect(Collectors.toSet());
        }
    }

    /**
     * The key that both have: the source's primary key, or else that of its unique indexes over columns that are NOT NULL which has the fewest columns.
     *
     * @throws IllegalStateException if there is none
     */
    List<MappedColumn> key() {
        return findKey()
                .orElseThrow(() -> new IllegalStateException("Table " + source.table()
                        + " of the source has no primary key, and no unique index over columns that are NOT NULL, on which table "
                        + target.table() + " of the target has a unique one too. The source has "
                        + source.spelledKeys() + ", the target " + target.spelledKeys()
                        + ". Create one there, or an index in both over columns that together distinguish rows; or, if nothing writes to the"
                        + " table while it is moved, call withoutKey()."));
    }

    /** The same, or empty if there is none. */
    Optional<List<MappedColumn>> findKey() {
        Set<Set<String>> ofTarget =
                target.shape().uniqueKeys().stream().map(target::commonOf).collect(Collectors.toSet());
        List<List<String>> candidates = new ArrayList<>();
        if (!source.primaryKey().isEmpty()) {
            candidates.add(source.primaryKey());
        }
        source.shape().uniqueKeys().stream()
                .filter(this::isNeverNull)
                .sorted(Comparator.<List<String>>comparingInt(List::size).thenComparing(List::toString))
                .forEach(candidates::add);
        return candidates.stream()
                .filter(key -> ofTarget.contains(source.commonOf(key)))
                .findFirst()
                .map(key -> key.stream().map(this::copied).toList());
    }

    private boolean isNeverNull(List<String> key) {
        return key.stream()
                .allMatch(name -> source.shape().columns().stream()
                        .anyMatch(column -> column.name().equals(name) && !column.isNullable()));
    }

    private MappedColumn copied(String ofSource) {
        String common = source.common(ofSource);
        String ofTarget = target.column(common).map(TableShape.Column::name).orElse(ofSource);
        return new MappedColumn.Copied(source.spelled(ofSource), target.spelled(ofTarget));
    }

    /**
     * The columns that both have, without those that the target computes.
     *
     * @param given what is mapped already
     * @param left names of columns of either table that are left alone
     * @throws IllegalStateException if one of the tables has a column beside these for which the other one has nothing; the message has all of them
     */
    List<MappedColumn> others(List<MappedColumn> given, Set<String> left) {
        Set<String> filled =
                given.stream().map(column -> target.commonOf(column.target())).collect(Collectors.toSet());
        Set<String> read = given.stream()
                .flatMap(column -> sourceOf(column).stream())
                .map(source::commonOf)
                .collect(Collectors.toSet());
        Set<String> ofSource = left.stream().map(source::commonOf).collect(Collectors.toSet());
        Set<String> ofTarget = left.stream().map(target::commonOf).collect(Collectors.toSet());
        List<String> problems = new ArrayList<>();
        refuseUnknown(left, problems);
        List<MappedColumn> others = new ArrayList<>();
        Set<String> both = new HashSet<>();
        for (TableShape.Column column : source.shape().columns()) {
            String common = source.common(column.name());
            Optional<TableShape.Column> into = target.column(common);
            if (ofSource.contains(common)
                    || filled.contains(common)
                    || into.filter(target::isComputed).isPresent()) {
                continue;
            }
            if (into.isPresent()) {
                both.add(common);
                others.add(copied(column.name()));
            } else if (!read.contains(common) && !source.isComputed(column)) {
                problems.add("the target has no column '" + source.spelled(column.name()) + "'");
            }
        }
        target.shape().columns().stream()
                .filter(column -> !column.isNullable() && !column.hasDefault() && !column.isGenerated())
                .filter(column -> !target.isComputed(column))
                .filter(column -> Stream.of(both, filled, ofTarget)
                        .noneMatch(names -> names.contains(target.common(column.name()))))
                .forEach(column -> problems.add("the source has no column '" + target.spelled(column.name())
                        + "', which the target needs, as it is NOT NULL without a default"));
        if (!problems.isEmpty()) {
            throw new IllegalStateException("The tables " + source.table() + " of the source and " + target.table()
                    + " of the target do not have the same columns: " + String.join("; ", problems)
                    + ". Map each by column(...) or computed(...), or leave it out by except(...).");
        }
        return others;
    }

    private void refuseUnknown(Set<String> left, List<String> problems) {
        left.stream()
                .filter(name -> source.column(source.commonOf(name)).isEmpty()
                        && target.column(target.commonOf(name)).isEmpty())
                .sorted()
                .forEach(name -> problems.add("'" + name + "', which is to be left out, is in neither"));
    }

    private static Optional<String> sourceOf(MappedColumn column) {
        if (column instanceof MappedColumn.Copied copied) {
            return Optional.of(copied.source());
        }
        return column instanceof MappedColumn.Converted<?> converted
                ? Optional.of(converted.source())
                : Optional.empty();
    }
}

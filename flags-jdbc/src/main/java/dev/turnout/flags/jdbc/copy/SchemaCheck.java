package dev.turnout.flags.jdbc.copy;

import dev.turnout.flags.jdbc.copy.Plan.Finding;
import dev.turnout.flags.jdbc.copy.Plan.Severity;
import dev.turnout.flags.jdbc.copy.TablePair.End;
import dev.turnout.flags.jdbc.sql.Replication;
import dev.turnout.flags.jdbc.sql.TableShape;
import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/** Compares two schemas by way of a mapping. Used once. */
final class SchemaCheck {
    private final TablePair pair;
    private final List<Finding> findings = new ArrayList<>();

    private SchemaCheck(TablePair pair) {
        this.pair = pair;
    }

    static List<Finding> findings(TableMapping mapping, DataSource source, DataSource target) throws SQLException {
        Guard guard = TableCopy.of(mapping, null, 0, 0, null, false).guard();
        TablePair pair = new TablePair(
                mapping,
                guard,
                End.of("source", source, mapping.sourceTable()),
                End.of("target", target, mapping.targetTable()));
        SchemaCheck check = new SchemaCheck(pair);
        if (Replication.lagSeconds(source).isPresent()) {
            check.findings.add(new Finding(Severity.ERROR, Backfill.SOURCE_IS_REPLICA, "", ""));
        }
        pair.problems().forEach(problem -> check.findings.add(new Finding(Severity.ERROR, problem, "", "")));
        if (check.findings.isEmpty()) {
            check.columns();
            check.uniqueKeys();
            check.surroundings(target);
        }
        return check.findings;
    }

    private void warn(String what, String hazard, String remedy) {
        findings.add(new Finding(Severity.WARNING, what, hazard, remedy));
    }

    private void columns() {
        Set<String> filled = new HashSet<>();
        Set<String> read = new HashSet<>();
        for (MappedColumn column : pair.mapping.all()) {
            TableShape.Column into = pair.target.column(column.target());
            filled.add(into.name());
            Optional<TableShape.Column> from = TablePair.sourceColumn(column).map(pair.source::column);
            from.ifPresent(found -> read.add(found.name()));
            if (column instanceof MappedColumn.Copied && from.isPresent()) {
                compare(from.get(), into);
            }
        }
        for (TableShape.Column column : pair.target.shape().columns()) {
            if (!filled.contains(column.name())
                    && !column.isNullable()
                    && !column.hasDefault()
                    && !column.isGenerated()) {
                findings.add(new Finding(
                        Severity.ERROR,
                        "Column '" + column.name()
                                + "' of the target is NOT NULL, has no default, and nothing is mapped to it.",
                        "No row could be inserted.",
                        "Map something to it, or give it a default."));
            }
        }
        pair.source.shape().columns().stream()
                .map(TableShape.Column::name)
                .filter(name ->
                        !read.contains(name) && pair.mapping.columns().stream().noneMatch(this::isComputed))
                .forEach(name -> warn(
                        "Column '" + name + "' of the source is not mapped.",
                        "What is in it stays behind, and there is no way back for it.",
                        "Map it, or be sure that nobody needs it."));
    }

    private boolean isComputed(MappedColumn column) {
        return column instanceof MappedColumn.Computed; // reads what can't be told
    }

    private void compare(TableShape.Column from, TableShape.Column into) {
        String names =
                "'" + from.name() + "' " + described(from) + " becomes '" + into.name() + "' " + described(into) + ".";
        if (from.isNullable() && !into.isNullable()) {
            warn(
                    names,
                    "NULL is allowed in the source only: a row with NULL would be refused.",
                    "Map it by COALESCE, or allow NULL.");
        }
        if (isText(from) != isText(into) || isTime(from) != isTime(into)) {
            warn(
                    names,
                    "The types differ in kind, and what one database makes of the other's values is its own affair.",
                    "Map it by a function.");
        } else if (isText(from) && into.size() < from.size()) {
            warn(
                    names,
                    "The target takes shorter texts: a longer one would be refused, or cut off.",
                    "Make it as long, or be sure.");
        } else if (isNumber(from) && (digits(into) < digits(from) || into.scale() < from.scale())) {
            warn(
                    names,
                    "The target keeps fewer digits: a number would be refused, or rounded.",
                    "Give it as many, or be sure.");
        } else if (isTime(from) && isZoned(from) != isZoned(into)) {
            warn(
                    names,
                    "A time zone on one side only: the same value means another moment after it.",
                    "Map it by AT TIME ZONE.");
        } else if (isTime(from) && into.scale() < from.scale()) {
            warn(names, "The target keeps fewer fractions of a second.", "Give it as many, or be sure.");
        }
    }

    private static String described(TableShape.Column column) {
        return column.type()
                + (isNumber(column) || isText(column) ? "(" + column.size() + ", " + column.scale() + ")" : "");
    }

    private static boolean isText(TableShape.Column column) {
        return switch (column.jdbcType()) {
            case Types.CHAR,
                    Types.VARCHAR,
                    Types.LONGVARCHAR,
                    Types.CLOB,
                    Types.NVARCHAR,
                    Types.NCHAR,
                    Types.LONGNVARCHAR -> true;
            default -> false;
        };
    }

    private static boolean isNumber(TableShape.Column column) {
        return switch (column.jdbcType()) {
            case Types.TINYINT, Types.SMALLINT, Types.INTEGER, Types.BIGINT, Types.DECIMAL, Types.NUMERIC -> true;
            default -> false;
        };
    }

    private static int digits(TableShape.Column column) {
        return column.size() - column.scale();
    }

    private static boolean isTime(TableShape.Column column) {
        return column.jdbcType() == Types.TIMESTAMP || column.jdbcType() == Types.TIMESTAMP_WITH_TIMEZONE;
    }

    private static boolean isZoned(TableShape.Column column) {
        return column.jdbcType() == Types.TIMESTAMP_WITH_TIMEZONE
                || column.type().equals("timestamptz");
    }

    private void uniqueKeys() {
        Map<String, String> targetNames = new HashMap<>();
        for (MappedColumn column : pair.mapping.all()) {
            TablePair.sourceColumn(column)
                    .ifPresent(name -> targetNames.put(
                            pair.source.column(name).name(),
                            pair.target.column(column.target()).name()));
        }
        Set<Set<String>> inSource = pair.source.shape().uniqueKeys().stream()
                .map(key -> key.stream()
                        .map(name -> targetNames.getOrDefault(name, "?" + name))
                        .collect(Collectors.toSet()))
                .collect(Collectors.toSet());
        Set<Set<String>> inTarget =
                pair.target.shape().uniqueKeys().stream().map(Set::copyOf).collect(Collectors.toSet());
        inTarget.stream()
                .filter(key -> !inSource.contains(key))
                .forEach(key -> warn(
                        "A unique constraint on one side only: the target's on " + sorted(key) + ".",
                        "Rows that live together in the source exclude each other in the target; and two that swap their values can be written in"
                                + " no order.",
                        "Look for duplicates in the source first, or create it after the backfill."));
        inSource.stream()
                .filter(key -> !inTarget.contains(key))
                .forEach(key -> warn(
                        "A unique constraint on one side only: the source's on " + sorted(key) + ".",
                        "When the target leads, it takes rows that the source refuses, and the way back is blocked.",
                        "Create it in the target too."));
    }

    private static String sorted(Set<String> key) {
        return key.stream().sorted().collect(Collectors.joining(", "));
    }

    private void surroundings(DataSource target) throws SQLException {
        String table = pair.mapping.targetTable();
        try (Connection connection = target.getConnection()) {
            TableShape.foreignKeys(connection, pair.target.names(), table)
                    .forEach(key -> warn(
                            "'" + key.column() + "' of the target refers to " + key.parent()
                                    + (key.cascades() ? ", which deletes or changes rows here." : "."),
                            key.cascades()
                                    ? "What happens to a parent happens to its children twice, once of each store."
                                    : "A child that comes before its parent is refused.",
                            key.cascades()
                                    ? "Drop the cascade in the target."
                                    : "Copy the parent first, or create it after the backfill."));
            TableShape.triggers(connection, pair.target.names(), table)
                    .forEach(trigger -> warn(
                            "The target has a trigger, " + trigger.toLowerCase(Locale.ROOT) + ".",
                            "It does for each copied row what was done once already, and may change the row.",
                            "Switch it off until the target leads, or be sure."));
        }
        pair.target.shape().columns().stream()
                .filter(TableShape.Column::isGenerated)
                .forEach(column -> warn(
                        "The target numbers '" + column.name() + "' itself.",
                        "Copied rows don't move its sequence, so that it gives out used numbers once it leads.",
                        "Set it beyond the greatest one, with a margin, before that."));
        if (pair.mapping.versions().isEmpty()) {
            warn(
                    "There is no version.",
                    "Which of two writes of a row came later can't be told afterwards.",
                    "Guard " + pair.guard
                            + " is used, which relies on writers that write the source first. Better add a version.");
        }
    }
}

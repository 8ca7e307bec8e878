package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.Plan.Finding;
import dev.turnout.flags.jdbc.backfill.Plan.Severity;
import dev.turnout.flags.jdbc.backfill.TablePair.End;
import dev.turnout.flags.jdbc.sql.CatalogColumn;
import dev.turnout.flags.jdbc.sql.Replication;
import dev.turnout.flags.jdbc.sql.SecondaryIndex;
import dev.turnout.flags.jdbc.sql.TableShape;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.sql.DataSource;

/** Compares two schemas by way of a mapping. Used once. */
final class SchemaCheck {
    private final TablePair pair;
    private final Predicate<TableShape.ForeignKey> isParentFirst;
    private final List<Finding> findings = new ArrayList<>();

    private SchemaCheck(TablePair pair, Predicate<TableShape.ForeignKey> isParentFirst) {
        this.pair = pair;
        this.isParentFirst = isParentFirst;
    }

    /** @param isParentFirst whether it is known that what a reference of the target refers to is copied before */
    static List<Finding> findings(
            TableMapping mapping, DataSource source, DataSource target, Predicate<TableShape.ForeignKey> isParentFirst)
            throws SQLException {
        TablePair pair = new TablePair(
                mapping,
                TableCopy.defaultGuard(mapping),
                End.of("source", source, mapping.sourceTable()),
                End.of("target", target, mapping.targetTable()));
        SchemaCheck check = new SchemaCheck(pair, isParentFirst);
        if (Replication.lagSeconds(source).isPresent()) {
            check.findings.add(new Finding(Severity.ERROR, BackfillContext.SOURCE_IS_REPLICA, "", ""));
        }
        pair.problems().forEach(problem -> check.findings.add(new Finding(Severity.ERROR, problem, "", "")));
        if (check.findings.isEmpty()) {
            TablePair.unverifiable(mapping, source, target)
                    .forEach(problem -> check.findings.add(new Finding(Severity.ERROR, problem, "", "")));
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
                compare(column, from.get(), into);
            }
        }
        pair.mapping.unverified().stream()
                .sorted()
                .forEach(name -> warn(
                        "Column '" + name + "' of the target will not be verified.",
                        "What becomes of its values is not seen by anybody.",
                        "Compare it by other means, or be sure."));
        for (TableShape.Column column : pair.target.shape().columns()) {
            if (!filled.contains(column.name())
                    && !column.isNullable()
                    && !column.hasDefault()
                    && !column.isGenerated()
                    && !pair.target.shape().type(column).isComputed()) {
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
                        "Map it, or be sure that it is not needed."));
    }

    private boolean isComputed(MappedColumn column) {
        return column instanceof MappedColumn.Computed; // what it reads is unknown
    }

    private void compare(MappedColumn column, TableShape.Column from, TableShape.Column into) {
        CatalogColumn type = pair.source.shape().type(from);
        CatalogColumn other = pair.target.shape().type(into);
        String names =
                "'" + from.name() + "' " + type.declared() + " becomes '" + into.name() + "' " + other.declared() + ".";
        boolean isKey = pair.mapping.keys().contains(column);
        if (from.isNullable() && !into.isNullable()) {
            warn(
                    names,
                    "NULL is allowed in the source only: a row with NULL would be refused.",
                    "Map it by COALESCE, or allow NULL.");
        }
        LosslessTypes.loss(type, other)
                .ifPresent(loss -> warn(
                        names,
                        loss.hazard()
                                + (isKey ? " It belongs to the key: rows that become one overwrite each other." : ""),
                        loss.remedy()));
        if (isKey) {
            KeyTypes.collision(type, other)
                    .ifPresent(difference -> warn(
                            "Key '" + from.name() + "' " + compared(type) + " becomes '" + into.name() + "' "
                                    + compared(other) + ".",
                            "Keys that differ in " + difference
                                    + " alone are one key in the target: such rows overwrite each other, without an error.",
                            "Give the target's column " + KeyTypes.exactText(other.dialect())
                                    + ", or look for such keys in the source first."));
        }
    }

    private static String compared(CatalogColumn column) {
        return column.declared() + (column.collation() == null ? "" : " with collation " + column.collation());
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
                        "When the target leads, it takes rows that the source refuses, and the rollback is blocked.",
                        "Create it in the target too."));
    }

    private static String sorted(Set<String> key) {
        return key.stream().sorted().collect(Collectors.joining(", "));
    }

    private void surroundings(DataSource target) throws SQLException {
        String table = pair.mapping.targetTable();
        Transactions.single(target, connection -> TableShape.foreignKeys(connection, pair.target.names(), table))
                .stream()
                .filter(key -> key.cascades() || !isParentFirst.test(key))
                .forEach(key -> warn(
                        "'" + key.column() + "' of the target refers to " + key.parent()
                                + (key.cascades() ? ", which deletes or changes rows here." : "."),
                        key.cascades()
                                ? "What happens to a parent happens to its children twice, once of each store."
                                : "A child that comes before its parent is refused.",
                        key.cascades()
                                ? "Drop the cascade in the target."
                                : "Copy the parent first, or create it after the backfill."));
        Transactions.single(target, connection -> TableShape.triggers(connection, pair.target.names(), table))
                .forEach(trigger -> warn(
                        "The target has a trigger, " + trigger.toLowerCase(Locale.ROOT) + ".",
                        "It does for each copied row what was done once already, and may change the row.",
                        "Switch it off until the target leads, or be sure."));
        secondaryIndexes(
                Transactions.single(target, connection -> SecondaryIndex.of(connection, pair.target.names(), table)));
        pair.target.shape().columns().stream()
                .filter(TableShape.Column::isGenerated)
                .forEach(column -> warn(
                        "The target numbers '" + column.name() + "' itself.",
                        "Copied rows do not move its sequence, so it gives out used numbers once it leads.",
                        "Set it beyond the greatest one, with a margin, before that."));
        if (!pair.mapping.hasKey()) {
            warn(
                    "There is no key.",
                    "The table is copied as a whole, in one transaction, and compared by how often each row is there: what is written to it meanwhile"
                            + " stays behind, and nothing repairs single rows.",
                    "Keep writers away from it until verification has found both equal, or give it a key.");
        } else if (pair.mapping.versions().isEmpty()) {
            warn(
                    "There is no version.",
                    "Which of two writes of a row came later cannot be determined afterwards.",
                    "OverwriteGuard " + pair.guard
                            + " is used, which relies on writers that write the source first. Better add a version.");
        }
    }

    private void secondaryIndexes(List<SecondaryIndex> indexes) {
        if (!indexes.isEmpty()) {
            warn(
                    "The target has indexes that no constraint needs: "
                            + indexes.stream().map(SecondaryIndex::name).collect(Collectors.joining(", ")) + ".",
                    "Each row that is copied has to be put into each of them, which takes longer than to build them in the end.",
                    "Where the target is empty and not read yet, drop them, and let the backfill create them by createIndexesAfter(...). To drop: "
                            + indexes.stream().map(index -> index.drop() + ";").collect(Collectors.joining(" "))
                            + " To create: "
                            + indexes.stream()
                                    .map(index -> index.create() + ";")
                                    .collect(Collectors.joining(" ")));
        }
    }
}

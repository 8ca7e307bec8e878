package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.sql.CatalogColumn;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.TableShape;
import dev.turnout.flags.jdbc.sql.TableTree;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.jdbc.type.ComparedColumns;
import dev.turnout.flags.jdbc.type.SelectedColumns;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** Both tables of a mapping as they are when a run begins, seen to be fit for it. */
final class TablePair {
    final TableMapping mapping;
    final OverwriteGuard guard;
    final End source;
    final End target;

    /** One of the two tables, as it was found. */
    record End(
            String side,
            String table,
            Names names,
            TableShape shape,
            String fingerprint,
            boolean canCopy,
            boolean isFiltered,
            List<String> heirs) {
        static End of(String side, DataSource database, String table) throws SQLException {
            return Transactions.singlePatiently(database, connection -> {
                Names names = Names.of(connection);
                TableShape shape = TableShape.of(connection, names, table);
                if (shape.columns().isEmpty()) {
                    throw new BackfillException("There is no table " + table + " in the " + side
                            + ", or it may not be seen. Look at its name, its schema and the rights of the user.");
                }
                return new End(
                        side,
                        table,
                        names,
                        shape,
                        TableShape.fingerprint(connection, names, table),
                        names.dialect() == Dialect.POSTGRES && PostgresCopy.isPossible(connection),
                        TableShape.isFiltered(connection, names, table),
                        TableTree.heirs(connection, names, table));
            });
        }

        /** Fails if the table is another one than it was. In the transaction in which it was read or written. */
        void checkUnchanged(Connection connection) throws SQLException {
            if (isChanged(connection)) {
                throw new BackfillException("Table " + table + " of the " + side
                        + " was changed since the backfill began. Nothing of this chunk was written. Check that the mapping is still"
                        + " right, then " + TableRun.START_OVER);
            }
        }

        boolean isChanged(Connection connection) throws SQLException {
            return !TableShape.fingerprint(connection, names, table).equals(fingerprint);
        }

        TableShape.Column column(String name) {
            return shape.column(names, name)
                    .orElseThrow(() -> new IllegalStateException("Column '" + name + "' was checked before."));
        }

        CatalogColumn type(String name) {
            return shape.type(column(name));
        }

        private Optional<String> missing(String name) {
            return shape.column(names, name).isPresent()
                    ? Optional.empty()
                    : Optional.of("Table " + table + " of the " + side + " has no column '" + name + "'. It has: "
                            + shape.columns().stream()
                                    .map(TableShape.Column::name)
                                    .collect(Collectors.joining(", "))
                            + ".");
        }

        private boolean isUnique(List<String> columns) {
            Set<String> names =
                    columns.stream().map(name -> column(name).name()).collect(Collectors.toSet());
            return shape.uniqueKeys().stream().anyMatch(key -> key.size() == names.size() && names.containsAll(key));
        }
    }

    TablePair(TableMapping mapping, OverwriteGuard guard, End source, End target) {
        this.mapping = mapping;
        this.guard = guard;
        this.source = source;
        this.target = target;
    }

    static TablePair of(TableMapping mapping, OverwriteGuard guard, DataSource source, DataSource target)
            throws SQLException {
        TablePair pair = new TablePair(
                mapping,
                guard,
                End.of("source", source, mapping.sourceTable()),
                End.of("target", target, mapping.targetTable()));
        List<String> problems = new ArrayList<>(pair.problems());
        if (problems.isEmpty()) {
            problems.addAll(unverifiable(mapping, source, target));
        }
        if (!problems.isEmpty()) {
            throw new BackfillException(String.join(" ", problems));
        }
        return pair;
    }

    /** The columns that are not to be copied, as nothing could compare them afterwards, unless they are declared unverified; each with what to do. */
    static List<String> unverifiable(TableMapping mapping, DataSource source, DataSource target) throws SQLException {
        TableMapping verified = mapping.verified();
        ComparedColumns compared = new ComparedColumns(
                verified, SelectedColumns.ofSource(verified, source), SelectedColumns.ofTarget(verified, target));
        return compared.refused().entrySet().stream()
                .map(refused -> "Column '" + refused.getKey().target() + "' of " + mapping.targetTable()
                        + " cannot be verified: it is not known how to compare " + refused.getValue()
                        + (mapping.columns().contains(refused.getKey())
                                ? ". Make one type of both by computed(...) or a function, leave it out, or call unverified(\""
                                        + refused.getKey().target() + "\") if it need not be compared."
                                : ". A key can be of numbers, texts, UUIDs, bytes, dates and timestamps, a version of integers or timestamps, a mark of"
                                        + " tombstones is a boolean."))
                .toList();
    }

    /** What keeps it from being copied, each with what to do; empty if nothing does. */
    List<String> problems() {
        List<String> problems = new ArrayList<>();
        for (MappedColumn column : mapping.all()) {
            sourceColumn(column).flatMap(source::missing).ifPresent(problems::add);
            target.missing(column.target()).ifPresent(problems::add);
        }
        if (problems.isEmpty()) {
            if (mapping.hasKey()) {
                addKeyProblems(problems);
            }
            addKeyTypeProblems(problems, source, copied(mapping.keys()));
            addKeyTypeProblems(
                    problems,
                    target,
                    mapping.keys().stream().map(MappedColumn::target).toList());
            mapping.all().forEach(column -> addNotWritable(problems, column));
            addVersionProblems(problems);
        }
        Stream.of(source, target)
                .filter(End::isFiltered)
                .forEach(end -> problems.add("Row-level security of " + end.table()
                        + " in the " + end.side()
                        + " applies to this user: rows that a policy hides would not be copied. Use the table's owner, without FORCE ROW LEVEL"
                        + " SECURITY, or a user with BYPASSRLS."));
        addHeirs(problems, source, "rows with one key might be skipped");
        addHeirs(problems, target, "a row might come in twice");
        return problems;
    }

    /** Tables that inherit are tables of their own to a schema's mapping, so their rows would be copied twice too. */
    private static void addHeirs(List<String> problems, End end, String hazard) {
        if (!end.heirs().isEmpty()) {
            problems.add(
                    "Tables inherit from " + end.table() + " in the " + end.side() + ": "
                            + String.join(", ", end.heirs())
                            + ". It shows their rows as its own, but no unique index of it reaches over them, so "
                            + hazard
                            + ". If it has no rows of its own, leave it out and map each of them. Partitions can be copied as one table.");
        }
    }

    /** Of what column of the source that one is made, if it is of just one. */
    static Optional<String> sourceColumn(MappedColumn column) {
        if (column instanceof MappedColumn.Copied copied) {
            return Optional.of(copied.source());
        }
        return column instanceof MappedColumn.Converted<?> converted
                ? Optional.of(converted.source())
                : Optional.empty();
    }

    private void addKeyProblems(List<String> problems) {
        List<String> sourceKey = copied(mapping.keys());
        for (String name : sourceKey) {
            if (source.column(name).isNullable()) {
                problems.add(
                        "Column '" + name + "' of " + mapping.sourceTable()
                                + " belongs to the key and may be NULL; such rows cannot be distinguished. Make it NOT NULL, or choose another key.");
            }
        }
        if (!source.isUnique(sourceKey)) {
            problems.add("In the source, " + mapping.sourceTable() + " has no unique index on exactly " + sourceKey
                    + ", so rows with one key might be skipped, and each chunk would read all of it. It has unique ones on "
                    + source.shape().uniqueKeys() + ": choose one of them, or create one.");
        }
        List<String> targetKey =
                mapping.keys().stream().map(MappedColumn::target).toList();
        if (!target.isUnique(targetKey)) {
            problems.add("In the target, " + mapping.targetTable() + " has no unique index on exactly " + targetKey
                    + ", so a row might come in twice. It has unique ones on "
                    + target.shape().uniqueKeys()
                    + ": create a primary key there first.");
        }
        if (target.names().dialect().isMySql() && target.shape().uniqueKeys().size() > 1) {
            problems.add("In the target, " + mapping.targetTable() + " has more than one unique index: "
                    + target.shape().uniqueKeys()
                    + ". MariaDB and MySQL would take a conflict of any of them for one of the key. Write a RowTarget for this"
                    + " table, or create the others after the backfill.");
        }
    }

    private static void addKeyTypeProblems(List<String> problems, End end, List<String> key) {
        for (String name : key) {
            KeyTypes.refusal(end.type(name))
                    .ifPresent(
                            reason -> problems.add(
                                    "Column '" + name + "' of " + end.table() + " in the " + end.side()
                                            + " belongs to the key, but is of type "
                                            + end.type(name).type() + ": " + reason
                                            + ". Choose another unique key: of integers, decimals, texts, UUIDs, bytes, dates or timestamps."));
        }
    }

    /** What has no version is never newer than another, and nothing is newer than it. */
    private void addVersionProblems(List<String> problems) {
        if (guard != OverwriteGuard.VERSION) {
            return;
        }
        for (MappedColumn version : mapping.versions()) {
            sourceColumn(version).ifPresent(name -> addVersionProblem(problems, source, name));
            addVersionProblem(problems, target, version.target());
        }
    }

    private static void addVersionProblem(List<String> problems, End end, String name) {
        if (end.column(name).isNullable()) {
            problems.add("Column '" + name + "' of " + end.table() + " in the " + end.side()
                    + " belongs to the version and may be NULL: such rows would never be overwritten by newer ones. Make it NOT NULL, or use"
                    + " another guard.");
        }
    }

    private void addNotWritable(List<String> problems, MappedColumn column) {
        CatalogColumn type = target.type(column.target());
        String name = "Column '" + column.target() + "' of " + target.table() + " in the target";
        if (type.isComputed()) {
            problems.add(name
                    + " is computed by the database, so nothing can be written to it. Leave it out of the mapping.");
        }
        // COPY overrides a key's, which nothing has to update afterwards.
        boolean isWrittenOnce = (mapping.keys().contains(column) || !mapping.hasKey()) && target.canCopy();
        if (type.isAlwaysNumbered() && !isWrittenOnce) {
            problems.add(name
                    + " is GENERATED ALWAYS AS IDENTITY, so it cannot be set to the source's number. Make it GENERATED BY DEFAULT, or"
                    + " leave it out of the mapping.");
        }
    }

    private static List<String> copied(List<MappedColumn> keys) {
        return keys.stream().map(key -> ((MappedColumn.Copied) key).source()).toList();
    }

    /** Whether rows can go through without being decoded. */
    boolean isStreamed() {
        return source.canCopy() && target.canCopy() && !mapping.isConvertedInJava();
    }

    SourceTable sourceTable() {
        return new SourceTable(mapping, source.names(), source.shape());
    }

    boolean isTargetEmpty(Connection connection) throws SQLException {
        return Statements.query(
                        connection,
                        row -> 1,
                        "SELECT 1 FROM " + target.names().table(mapping.targetTable()) + " LIMIT 1")
                .isEmpty();
    }

    RowWriter<FetchedRow> fetchedWriter(boolean remapped) {
        return target.canCopy()
                ? new EncodingWriter(mapping, new PostgresWriter(mapping, target.names(), guard, remapped))
                : new StatementWriter(mapping, target, guard, remapped);
    }

    /** What all chunks of a sweep have in common; another one after any change of that. */
    String hash() {
        String text = mapping.description() + '\n' + source.fingerprint() + '\n' + target.fingerprint();
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }
}

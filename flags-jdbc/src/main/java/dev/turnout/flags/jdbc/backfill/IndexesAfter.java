package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.sql.AdvisoryLocks;
import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.SchemaTables;
import dev.turnout.flags.jdbc.sql.SecondaryIndex;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The indexes that a run creates in the target when all rows are there, each unless it is there. Nothing is ever
 * dropped. The list of indexes is the user's setting, not in a table of Turnout: so a second run, after or beside the
 * first, creates what is missing, and no crash can lose anything. Used by one thread.
 */
final class IndexesAfter {
    private static final Logger log = LoggerFactory.getLogger(IndexesAfter.class);

    private final String backfill;
    private final DataSource target;
    private final List<IndexAfter> indexes;

    IndexesAfter(String backfill, DataSource target, List<IndexAfter> indexes) {
        this.backfill = backfill;
        this.target = target;
        this.indexes = indexes;
    }

    /**
     * Before anything is copied.
     *
     * @throws BackfillException if one of them is of no table that is filled
     */
    void requireTables(Collection<TableMapping> filled) {
        if (indexes.isEmpty()) {
            return;
        }
        try {
            tables(filled);
        } catch (SQLException e) {
            throw new BackfillException("Backfill '" + backfill + "' cannot begin: " + SqlFailure.describe(e), e);
        }
    }

    /** The mapping whose target each is of. */
    private Map<IndexAfter, TableMapping> tables(Collection<TableMapping> filled) throws SQLException {
        Names names = Transactions.singlePatiently(target, Names::of);
        String current = Transactions.singlePatiently(target, connection -> SchemaTables.current(connection, names));
        Map<SchemaTables.Id, TableMapping> byId = new LinkedHashMap<>();
        filled.forEach(mapping -> byId.put(SchemaTables.id(names, current, mapping.targetTable()), mapping));
        Map<IndexAfter, TableMapping> tables = new LinkedHashMap<>();
        List<String> problems = new ArrayList<>();
        for (IndexAfter index : indexes) {
            @Nullable TableMapping mapping = byId.get(index.storedTable(names, current));
            if (mapping == null) {
                problems.add(index.sql());
            } else {
                tables.put(index, mapping);
            }
        }
        if (!problems.isEmpty()) {
            throw new BackfillException("Backfill '" + backfill
                    + "' was not begun. Indexes can be created of the tables that it fills, "
                    + byId.values().stream().map(TableMapping::targetTable).collect(Collectors.joining(", "))
                    + ", but these are of others: "
                    + String.join("; ", problems)
                    + ". Look at their tables' names and schemas.");
        }
        return tables;
    }

    /**
     * When all rows are copied. Blocks as long as that takes.
     *
     * @throws BackfillException if one of them cannot be created; those before it are
     */
    void create(Collection<TableMapping> filled) {
        if (indexes.isEmpty()) {
            return;
        }
        String[] last = {""};
        try {
            for (Map.Entry<IndexAfter, TableMapping> index : tables(filled).entrySet()) {
                last[0] = index.getKey().sql();
                create(index.getKey(), index.getValue().targetTable());
            }
        } catch (SQLException e) {
            throw new BackfillException(
                    "Backfill '" + backfill
                            + "' has copied all rows, and cannot create all indexes of the target. It stopped at "
                            + last[0] + ": " + SqlFailure.describe(e),
                    e);
        }
    }

    private void create(IndexAfter index, String table) throws SQLException {
        try {
            boolean isNew = Transactions.run(target, connection -> createUnlessThere(connection, index, table));
            log.info(
                    "Backfill '{}': index {} of {} {}.",
                    backfill,
                    index.name(),
                    table,
                    isNew ? "is created" : "is there");
        } catch (SQLException e) {
            if (!isThere(index, table, e)) { // another process was faster, where a database has no lock for that
                throw e;
            }
        }
    }

    private boolean isThere(IndexAfter index, String table, SQLException failure) {
        try {
            return Transactions.singlePatiently(target, connection -> isThere(connection, index, table));
        } catch (SQLException e) {
            failure.addSuppressed(e);
            return false;
        }
    }

    private static boolean isThere(Connection connection, IndexAfter index, String table) throws SQLException {
        Names names = Names.of(connection);
        return SecondaryIndex.exists(connection, names, table, index.storedName(names));
    }

    private static boolean createUnlessThere(Connection connection, IndexAfter index, String table)
            throws SQLException {
        if (Dialect.of(connection)
                == Dialect.POSTGRES) { // two may build it at once, and only one can name it in the end
            Statements.query(
                    connection,
                    row -> 1,
                    "SELECT 1 FROM pg_advisory_xact_lock(?)",
                    AdvisoryLocks.key("turnout_index " + table + " " + index.name()));
        }
        if (isThere(connection, index, table)) {
            return false;
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute(index.sql());
        }
        if (!isThere(connection, index, table)) {
            throw new SQLException("The index was created, but table " + table + " does not have it.");
        }
        return true;
    }
}

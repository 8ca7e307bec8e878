package dev.turnout.flags.jdbc.path;

import dev.turnout.flags.jdbc.path.TableStatements.Lock;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Records of one class in the tables of one side: a row each, and the rows of its children.
 *
 * @param rows the row itself
 * @param children what belongs to it
 * @param isVersioned whether its row has marks
 */
record Aggregate<V>(Rows<V> rows, List<Children<?>> children, boolean isVersioned) {
    private static final int OPTIMISTIC_READS = 3;
    private static final int ATTEMPTS_TO_INSERT = 3;

    /** As rows: one, and for each list those of its elements. */
    record Stored(PathRow row, List<List<PathRow>> children) {}

    /**
     * What is to be stored of a record.
     *
     * @param record {@code null} for a tombstone, or to delete it
     * @throws IllegalArgumentException if the record cannot be written under that key
     */
    Stored stored(List<?> key, @Nullable V record, List<?> marks) {
        PathRow row = rows.row(key, record, marks);
        List<List<PathRow>> all = new ArrayList<>();
        for (Children<?> child : children) {
            all.add(
                    record == null
                            ? List.of()
                            : child.of(
                                    key,
                                    rows.shape().get(record, child.component()),
                                    rows.shape().name(child.component())));
        }
        return new Stored(row, all);
    }

    /** The record. What its constructor throws comes through. */
    V record(Stored stored) {
        @Nullable Object[] components = rows.components(stored.row());
        for (int i = 0; i < children.size(); i++) {
            components[children.get(i).component()] =
                    children.get(i).list(stored.children().get(i));
        }
        return rows.shape().create(components);
    }

    /** All of it as of one moment; without children for a tombstone. */
    Optional<Stored> read(Connection connection, List<?> key) throws SQLException {
        if (children.isEmpty()) {
            return find(connection, key, Lock.NONE);
        }
        for (int i = 0; isVersioned && i < OPTIMISTIC_READS; i++) {
            Optional<Stored> found = find(connection, key, Lock.NONE);
            if (found.isEmpty()
                    || marks(connection, key, Lock.NONE).map(PathRow::marks).equals(found.map(Aggregate::marksOf))) {
                return found;
            }
        }
        return find(connection, key, Lock.SHARED);
    }

    private static List<?> marksOf(Stored stored) {
        return stored.row().marks();
    }

    private Optional<Stored> find(Connection connection, List<?> key, Lock lock) throws SQLException {
        Optional<PathRow> row = single(rows.table().on(connection).find(connection, key, lock), key);
        if (row.isEmpty()) {
            return Optional.empty();
        }
        List<List<PathRow>> all = new ArrayList<>();
        for (Children<?> child : children) {
            all.add(row.get().isTombstone() ? List.of() : child.find(connection, key, Lock.NONE));
        }
        return Optional.of(new Stored(row.get(), all));
    }

    private Optional<PathRow> marks(Connection connection, List<?> key, Lock lock) throws SQLException {
        return single(rows.table().on(connection).findMarks(connection, key, lock), key);
    }

    /** No other one that the database takes for it. */
    private Optional<PathRow> single(List<PathRow> found, List<?> key) {
        if (found.size() > 1 || found.stream().anyMatch(row -> !row.key().equals(key))) {
            throw severalOfOneKey();
        }
        return found.stream().findFirst();
    }

    IllegalArgumentException severalOfOneKey() {
        return new IllegalArgumentException("Table " + rows.table().name()
                + " has several rows of a key, or one whose key differs from the one that was asked for, such as by spaces at its end."
                + " Make keys unique, and compared exactly.");
    }

    /**
     * Writes a row and those of its children, with the row locked from before the decision to the end of the transaction, and reads them again.
     *
     * @param isWanted whether to write it, given the marks of the row that is there
     * @return whether it was written
     * @throws IllegalArgumentException if the database keeps something else; the transaction has to be rolled back
     */
    boolean write(Connection connection, Stored wanted, Predicate<Optional<PathRow>> isWanted) throws SQLException {
        TableStatements table = rows.table().on(connection);
        List<?> key = wanted.row().key();
        boolean isThere = false;
        for (int i = 1; i <= ATTEMPTS_TO_INSERT && !isThere; i++) {
            Optional<PathRow> found = marks(connection, key, Lock.EXCLUSIVE);
            if (!isWanted.test(found)) {
                return false;
            }
            if (found.isPresent()) {
                table.update(connection, wanted.row());
                isThere = true;
            } else if (i < ATTEMPTS_TO_INSERT) {
                isThere = table.insertMissing(connection, wanted.row()); // else it has just come, or is in the way
            } else {
                table.insert(connection, wanted.row()); // so it fails with what is in its way
            }
        }
        for (int i = 0; i < children.size(); i++) {
            children.get(i).replace(connection, key, wanted.children().get(i));
        }
        Optional<PathRow> kept = wanted.row().isEmpty()
                ? marks(connection, key, Lock.NONE)
                : single(table.find(connection, key, Lock.NONE), key);
        if (kept.filter(row -> wanted.row().isKeptBy(row)).isEmpty()) {
            throw changed(rows.table().name());
        }
        return true;
    }

    /** Deletes a row and those of its children. */
    boolean delete(Connection connection, List<?> key) throws SQLException {
        if (marks(connection, key, Lock.EXCLUSIVE).isEmpty()) {
            return false;
        }
        for (Children<?> child : children) {
            child.replace(connection, key, List.of());
        }
        if (rows.table().on(connection).delete(connection, key) == 0) {
            throw changed(rows.table().name());
        }
        return true;
    }

    static IllegalArgumentException changed(String table) {
        return new IllegalArgumentException(
                "Table " + table
                        + " does not keep a value as it is: the database rounds it, cuts it, writes it in another way, or a trigger or a function of the"
                        + " mapping changes it. Give the column a type that has all values of its component, or change the value.");
    }
}

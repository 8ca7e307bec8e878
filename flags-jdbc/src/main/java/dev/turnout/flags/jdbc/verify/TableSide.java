package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.sql.Dialect;
import dev.turnout.flags.jdbc.sql.FetchSize;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.TableTree;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.type.JdbcValue;
import dev.turnout.flags.jdbc.type.ValueKind;
import dev.turnout.flags.migration.Version;
import dev.turnout.flags.migration.Versioned;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.sql.DataSource;

/** One of the two tables of a {@link TableMapping}, in canonical form, which the database writes or else Java. Thread-safe. */
final class TableSide implements KeyedTable<RowKey, CanonicalRow> {
    private static final int ROWS_FETCHED_AT_ONCE = 1_000;

    private final String name;
    private final DataSource database;
    private final Layout layout;
    private final TableSql sql;
    // Unlike any other row's, also one of the other table: of two that nothing is known of, it is not known that they
    // are equal.
    private final RangeSum notTransformable;
    private final FetchSize fetchSize = new FetchSize(ROWS_FETCHED_AT_ONCE);

    TableSide(String name, DataSource database, Layout layout) {
        this.name = name;
        this.database = database;
        this.layout = layout;
        this.sql = new TableSql(layout);
        notTransformable = new RangeSum(1, 0, name.hashCode());
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public DataSource database() {
        return database;
    }

    List<KeyColumn> keyColumns() {
        return layout.keyColumns();
    }

    /** Whether ranges of its keys are ranges of its index. */
    boolean isOrdered() {
        return layout.isOrdered();
    }

    /** Rows without a key would be in no range. */
    void refuseNullKeys() {
        if (layout.keys().stream().noneMatch(key -> key.type().nullable())) {
            return;
        }
        boolean found = query(sql.nullKey(), List.of(), ResultSet::next);
        if (found) {
            throw new VerifyException("The table " + layout.table() + " of " + name
                    + " has rows without a key, which can be neither found nor compared. Give each of them one.");
        }
    }

    /** About how many rows there are; 0 where that would take long. */
    long estimatedRows() {
        if (layout.dialect() != Dialect.POSTGRES) {
            return 0;
        }
        return query(TableTree.ESTIMATED_ROWS, List.of(layout.table()), row -> row.next() ? row.getLong(1) : 0L);
    }

    /** The key that is so many rows into the range; empty if it has no more than them. */
    Optional<RowKey> boundary(KeyRange range, int rows) {
        List<Object> parameters = sql.parameters(range);
        parameters.add(rows - 1);
        return query(sql.boundary(range), parameters, row -> row.next() ? Optional.of(key(row)) : Optional.empty());
    }

    private RowKey key(ResultSet row) throws SQLException {
        List<Object> values = new ArrayList<>();
        List<KeyColumn> columns = layout.keyColumns();
        for (int i = 0; i < columns.size(); i++) {
            Object value = layout.keys().get(i).read(row, i + 1);
            if (value == null) {
                throw new VerifyException("The table " + layout.table() + " of " + name + " has a row without a key.");
            }
            if (value instanceof JdbcValue.NoDay) {
                throw new VerifyException("The table " + layout.table() + " of " + name + " has a row whose key '"
                        + layout.keys().get(i).name()
                        + "' is a date that is in no calendar, such as 0000-00-00, which cannot be"
                        + " compared. Give it another one.");
            }
            values.add(columns.get(i).normal(value));
        }
        return new RowKey(values);
    }

    RangeSum sum(KeyRange range) {
        if (layout.form() != null) {
            return query(sql.sum(layout.form(), range), sql.parameters(range), row -> {
                row.next();
                return sum(row, 1);
            });
        }
        return query(sql.rows(range), sql.parameters(range), row -> {
            RangeSum sum = RangeSum.NOTHING;
            MessageDigest md5 = CanonicalForm.md5();
            while (row.next()) {
                sum = sum.plus(hash(row, md5));
            }
            return sum;
        });
    }

    private RangeSum sum(ResultSet row, int column) throws SQLException {
        long rows = row.getLong(column);
        if (row.getLong(column + 1) != rows) {
            throw tooLarge();
        }
        return rows == 0
                ? RangeSum.NOTHING
                : RangeSum.of(rows, row.getBigDecimal(column + 2), row.getBigDecimal(column + 3));
    }

    /** The sum of each bucket that has rows; reads the range once. */
    Map<Integer, RangeSum> sums(Buckets buckets) {
        CanonicalSql form = layout.form();
        String statement = form == null ? sql.rows(buckets.range()) : sql.sums(form, buckets);
        return query(statement, sql.parameters(buckets.range()), row -> {
            Map<Integer, RangeSum> sums = new HashMap<>();
            MessageDigest md5 = CanonicalForm.md5();
            while (row.next()) {
                if (form == null) {
                    RangeSum hash = hash(row, md5);
                    RangeSum ofKey = layout.keys().isEmpty() ? hash : hash(row, layout.keys(), md5);
                    sums.merge(buckets.of(ofKey), hash, RangeSum::plus);
                } else {
                    sums.put(row.getInt(1), sum(row, 2));
                }
            }
            return sums;
        });
    }

    /** The hash of each key's row, or the sum of its rows' hashes. */
    Map<RowKey, RangeSum> hashes(KeyRange range) {
        CanonicalSql form = layout.form();
        String statement = form == null ? sql.rows(range) : sql.hashes(form, range);
        return hashes(statement, range, (row, md5) -> true);
    }

    /** The same of the keys in some buckets; reads the range once. */
    Map<RowKey, RangeSum> hashes(Buckets buckets) {
        CanonicalSql form = layout.form();
        return form == null
                ? hashes(
                        sql.rows(buckets.range()),
                        buckets.range(),
                        (row, md5) -> buckets.isWanted(hash(row, layout.keys(), md5)))
                : hashes(sql.hashes(form, buckets), buckets.range(), (row, md5) -> true);
    }

    /** How often it has each row of some buckets, by the row's hash; reads the table once. */
    Map<RangeSum, Long> counts(Buckets buckets) {
        CanonicalSql form = layout.form();
        return query(form == null ? sql.rows(KeyRange.ALL) : sql.counts(form, buckets), List.of(), row -> {
            Map<RangeSum, Long> counts = new HashMap<>();
            MessageDigest md5 = CanonicalForm.md5();
            while (row.next()) {
                RangeSum hash = form == null ? hash(row, md5) : hash(row, 0);
                if (buckets.isWanted(hash)) {
                    counts.merge(hash, form == null ? 1L : row.getLong(3), Long::sum);
                }
            }
            return counts;
        });
    }

    /** Some columns, in canonical form, of one row of each of these hashes that it has; reads the table once. */
    Map<RangeSum, List<String>> shown(Buckets buckets, Set<RangeSum> wanted, List<String> names) {
        List<TableColumn> columns = layout.columns();
        List<TableColumn> shown =
                columns.stream().filter(column -> names.contains(column.name())).toList();
        CanonicalSql form = layout.form();
        return query(form == null ? sql.rows(KeyRange.ALL) : sql.rows(form, buckets, shown), List.of(), row -> {
            Map<RangeSum, List<String>> found = new HashMap<>();
            MessageDigest md5 = CanonicalForm.md5();
            while (row.next()) {
                RangeSum hash = form == null ? hash(row, md5) : hash(row, 0);
                if (!wanted.contains(hash) || found.containsKey(hash) || isNotTransformable(hash)) {
                    continue;
                }
                List<String> forms = new ArrayList<>();
                for (int i = 0; i < shown.size(); i++) {
                    TableColumn column = shown.get(i);
                    forms.add(form == null ? column.canonical(row, columns.indexOf(column) + 1) : written(row, i + 3));
                }
                found.put(hash, forms);
            }
            return found;
        });
    }

    /** Whether that stands for rows whose form for comparison is unknown. */
    boolean isNotTransformable(RangeSum hash) {
        return hash.equals(notTransformable);
    }

    @FunctionalInterface
    private interface RowFilter {
        boolean takes(ResultSet row, MessageDigest md5) throws SQLException;
    }

    private Map<RowKey, RangeSum> hashes(String statement, KeyRange range, RowFilter filter) {
        int keys = layout.keys().size();
        return query(statement, sql.parameters(range), row -> {
            Map<RowKey, RangeSum> hashes = new HashMap<>();
            MessageDigest md5 = CanonicalForm.md5();
            while (row.next()) {
                if (filter.takes(row, md5)) {
                    RangeSum hash = layout.form() == null ? hash(row, md5) : hash(row, keys);
                    hashes.merge(key(row), hash, RangeSum::plus);
                }
            }
            return hashes;
        });
    }

    /** That which the database has made, in the two columns behind those of the key. */
    private RangeSum hash(ResultSet row, int keys) throws SQLException {
        BigDecimal high = row.getBigDecimal(keys + 1);
        BigDecimal low = row.getBigDecimal(keys + 2);
        if (high == null || low == null) {
            throw tooLarge();
        }
        return RangeSum.of(1, high, low);
    }

    private VerifyException tooLarge() {
        return new VerifyException("The table " + layout.table() + " of " + name
                + " has a row whose columns, taken together, are larger than its database can"
                + " put into one text, so it cannot be compared. Raise the database's limit, max_allowed_packet in MariaDB,"
                + " or leave large columns out of the mapping.");
    }

    private RangeSum hash(ResultSet row, MessageDigest md5) throws SQLException {
        return hash(row, layout.compared(), md5);
    }

    /** @param columns the first ones of those that are compared */
    private RangeSum hash(ResultSet row, List<TableColumn> columns, MessageDigest md5) throws SQLException {
        long bytes = 0;
        try {
            for (int i = 0; i < columns.size(); i++) {
                String form = columns.get(i).canonical(row, i + 1);
                bytes += CanonicalForm.bytes(form);
                md5.update(form.getBytes(StandardCharsets.UTF_8));
            }
        } catch (TableColumn.NotTransformableException e) {
            md5.reset();
            return notTransformable; // its column is found when it is looked at again
        }
        fetchSize.read(row, bytes);
        long[] halves = CanonicalForm.halves(md5.digest());
        return new RangeSum(1, halves[0], halves[1]);
    }

    @Override
    public List<Versioned<CanonicalRow>> read(List<RowKey> keys) {
        List<Object> parameters = new ArrayList<>();
        keys.forEach(key -> parameters.addAll(sql.bound(key)));
        Map<RowKey, Versioned<CanonicalRow>> found = query(sql.rowsOf(keys.size()), parameters, row -> {
            Map<RowKey, Versioned<CanonicalRow>> rows = new HashMap<>();
            while (row.next()) {
                rows.merge(key(row), record(row), TableSide::both);
            }
            return rows;
        });
        return keys.stream()
                .map(key -> found.getOrDefault(key, Versioned.absent()))
                .toList();
    }

    private static Versioned<CanonicalRow> both(Versioned<CanonicalRow> one, Versioned<CanonicalRow> other) {
        if (one.value().isEmpty() || other.value().isEmpty()) {
            return one.value().isEmpty() ? other : one;
        }
        return Versioned.of(
                one.version().max(other.version()),
                one.value().get().and(other.value().get()));
    }

    private Versioned<CanonicalRow> record(ResultSet row) throws SQLException {
        int column = layout.keys().size();
        long[] counts = new long[2];
        for (int i = 0; i < layout.versions().size(); i++) {
            counts[i] = TableColumn.counter(layout.versions().get(i).read(row, ++column));
        }
        Version version = new Version(counts[0], counts[1]);
        if (layout.deleted() != null) {
            TableColumn deleted = layout.deleted();
            if (CanonicalForm.of(ValueKind.BOOLEAN, deleted.read(row, ++column)).equals("bt;")) {
                return Versioned.deleted(version);
            }
        }
        return Versioned.of(version, contents(row, column));
    }

    private CanonicalRow contents(ResultSet row, int before) throws SQLException {
        List<String> columns = new ArrayList<>();
        int index = before;
        try {
            for (TableColumn column : layout.columns()) {
                index++;
                columns.add(layout.form() == null ? column.canonical(row, index) : written(row, index));
            }
        } catch (TableColumn.NotTransformableException e) {
            return CanonicalRow.notTransformable(e.column());
        }
        return CanonicalRow.of(columns);
    }

    private String written(ResultSet row, int column) throws SQLException {
        String form = row.getString(column);
        if (form == null) {
            throw tooLarge(); // that of NULL is a text too
        }
        return form;
    }

    @FunctionalInterface
    private interface Reading<T> {
        T of(ResultSet rows) throws SQLException;
    }

    private <T> T query(String statement, List<Object> parameters, Reading<T> reading) {
        try {
            return Transactions.runExact(database, connection -> {
                // PostgreSQL does nothing in parallel for those that come in portions.
                return query(connection, statement, parameters, layout.form() == null, reading);
            });
        } catch (SQLException e) {
            throw new VerifyException(
                    "The table " + layout.table() + " of " + name + " cannot be read: " + SqlFailure.describe(e), e);
        }
    }

    private <T> T query(
            Connection connection, String statement, List<Object> parameters, boolean isPortioned, Reading<T> reading)
            throws SQLException {
        try (PreparedStatement prepared = connection.prepareStatement(statement)) {
            if (isPortioned) {
                fetchSize.begin(prepared);
            }
            for (int i = 0; i < parameters.size(); i++) {
                if (parameters.get(i) instanceof KeyColumn.Untyped untyped) {
                    prepared.setObject(i + 1, untyped.text(), Types.OTHER);
                } else {
                    prepared.setObject(i + 1, parameters.get(i));
                }
            }
            try (ResultSet rows = prepared.executeQuery()) {
                return ofAll(rows, reading);
            }
        }
    }

    private static <T> T ofAll(ResultSet rows, Reading<T> reading) throws SQLException {
        try {
            return reading.of(rows);
        } catch (Error e) {
            Transactions.abort(rows.getStatement().getConnection(), e);
            throw e;
        }
    }
}

package dev.turnout.flags.jdbc.path;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.sql.OwnConnections;
import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.stage.Side;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * Makes both data paths of a migration from one description of their tables. A record of Java has a component for each column of the new table that is mapped,
 * of the same name or with capitals in the place of {@code _}; the mapping defines what the old table has instead. Immutable.
 *
 * <pre>{@code
 * record Place(long id, String name, String shortName, BigDecimal area) {}
 *
 * JdbcPath<Long, Place> places = JdbcPath.of(
 *         TableMapping.from("place").into("place_v2")
 *             .key("id").column("name").column("nm", "short_name").column("area")
 *             .version("version", "writer").deleted("deleted").build(),
 *         Long.class, Place.class);
 * Migration<Long, Place> migration =
 *         Migration.named("places", places.versioned(Side.OLD, oldDatabase), places.versioned(Side.NEW, newDatabase)).build(flags);
 * }</pre>
 *
 * <p>Components are of these classes: the primitives but {@code char}, their wrappers, {@code BigInteger}, {@code BigDecimal}, {@code String}, {@code UUID},
 * {@code ByteBuffer}, {@code LocalDate}, {@code LocalTime}, {@code LocalDateTime}, {@code OffsetDateTime}, {@code Instant}, and enums, by their names; those of keys
 * are whole numbers, {@code BigDecimal}, {@code String}, {@code UUID}, {@code LocalDate} or enums. Values that say the same are equal, from whichever database
 * they come: a {@code BigDecimal} has no zeros at its end, an {@code OffsetDateTime} is in UTC, and so is an {@code Instant} in a column without a time zone.
 *
 * <p>A path never changes a value silently. With its first connection it checks the table, and refuses what could not
 * be read and written exactly: types that do not fit the class of a component, keys that the database does not
 * distinguish exactly or that have no unique index, columns that the database computes. Each write is read again before
 * it is committed, and rolled back if the database keeps something else. Columns that are not mapped keep
 * their values.
 *
 * <p>The paths take a connection for each call and give it back. They are thread-safe, and block as long as the database does: a statement for ten seconds
 * at most. Each call is a transaction with several statements. A read that fails throws {@link PathException}, or {@link IllegalArgumentException} if the table
 * does not fit or a component cannot have a value. A write that fails throws {@link dev.turnout.flags.migration.RefusedWriteException} if it is certain that
 * nothing was written, and {@link PathException} otherwise.
 *
 * @param <K> the key: one of the classes above, or a record of them where the key has several columns
 * @param <V> the record
 */
public final class JdbcPath<K, V extends Record> {
    private final TableMapping mapping;
    private final PathKey<K> key;
    private final RecordShape<V> shape;
    private final List<Child<?>> children;

    /** The children in one of its lists. */
    private record Child<C>(TableMapping mapping, RecordShape<C> shape, int component) {}

    private JdbcPath(TableMapping mapping, PathKey<K> key, RecordShape<V> shape, List<Child<?>> children) {
        this.mapping = mapping;
        this.key = key;
        this.shape = shape;
        this.children = children;
    }

    /** The database of a path failed, or could not be reached. If the call was a write, it may have happened. */
    public static final class PathException extends RuntimeException {
        private static final long serialVersionUID = 1;

        PathException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * Describes both paths. No database is asked.
     *
     * @param mapping of the old table into the new one, with a key
     * @param key of which class keys are; if the record has a component for a column of the key, it is of the same class
     * @param record of which class records are; where it has components for the key, a record is written under its own key only
     * @throws IllegalArgumentException if the mapping has no key, or the classes do not fit it
     */
    public static <K, V extends Record> JdbcPath<K, V> of(TableMapping mapping, Class<K> key, Class<V> record) {
        if (!requireNonNull(mapping, "mapping").hasKey()) {
            throw new IllegalArgumentException(
                    "The mapping " + mapping + " has no key, by which a path finds records.");
        }
        return new JdbcPath<>(mapping, PathKey.of(mapping, key), RecordShape.of(record), List.of());
    }

    /**
     * The same, of records to which the rows of another table belong. They are written with the record, in one transaction: those of the same key are changed,
     * those that are not in the list are deleted. Lists come back in the order of their keys.
     *
     * @param component which component of the record is the list; its elements are records
     * @param mapping of the children's tables, without versions; their key begins with the columns of the parent's, and its other columns are components of the
     *     elements
     * @throws IllegalArgumentException if there is no such list, it or one of the tables is used already, or the mapping does not fit
     */
    public JdbcPath<K, V> children(String component, TableMapping mapping) {
        int at = IntStream.range(0, shape.size())
                .filter(i -> shape.name(i).equals(component))
                .findFirst()
                .orElse(-1);
        Optional<Class<?>> type = at < 0 ? Optional.empty() : shape.elementType(at);
        int parent = this.mapping.keys().size();
        if (type.isEmpty() || mapping.keys().size() <= parent) {
            throw new IllegalArgumentException("The children '" + component + "' of " + shape.name()
                    + " need a component of that name that is a List of records, and a table whose key begins with that of the parent, "
                    + parent + " columns, and has more.");
        }
        if (!mapping.versions().isEmpty()) {
            throw new IllegalArgumentException(
                    "The mapping " + mapping + " of the children '" + component
                            + "' has versions, which would not be kept: children have that of their parent. Leave version(...) and deleted(...) away.");
        }
        for (TableMapping other : mappings()) {
            if (other.sourceTable().equals(mapping.sourceTable())
                    || other.targetTable().equals(mapping.targetTable())) {
                throw new IllegalArgumentException("The mapping " + mapping + " of the children '" + component
                        + "' has a table that another one has, " + other
                        + ": each would delete the other's rows. Give each table once.");
            }
        }
        if (children.stream().anyMatch(child -> child.component() == at)) {
            throw new IllegalArgumentException("The list '" + component + "' has a table already. Give it one.");
        }
        List<Child<?>> all = new ArrayList<>(children);
        all.add(new Child<>(mapping, RecordShape.of(type.get()), at));
        return new JdbcPath<>(this.mapping, key, shape, List.copyOf(all));
    }

    private List<TableMapping> mappings() {
        List<TableMapping> all = new ArrayList<>(List.of(mapping));
        children.forEach(child -> all.add(child.mapping()));
        return all;
    }

    /**
     * The path over the table of a side, with the versions that the mapping names. A deleted record leaves a tombstone, in which each column beside the key has its
     * default: so these columns need one, or may be {@code NULL}. No database is asked before the first call of the path.
     *
     * @param side {@link Side#OLD} for the source of the mapping, {@link Side#NEW} for its target
     * @param database a pool; not one that gives the connections of its callers' transactions
     * @throws IllegalArgumentException if the mapping lacks two columns of versions, or one of tombstones, or has something that cannot be written to the
     *     side, or components and columns do not fit each other
     */
    public VersionedDataPath<K, V> versioned(Side side, DataSource database) {
        if (mapping.versions().size() != 2 || mapping.deleted().isEmpty()) {
            throw new IllegalArgumentException("The mapping " + mapping
                    + " needs version(counter, writer), two columns of BIGINT, and deleted(...), a boolean, for paths with versions. Add them, or"
                    + " use plain(...).");
        }
        List<PathColumn> marks = Stream.concat(
                        mapping.versions().stream()
                                .map(column -> PathColumn.same(PathColumn.name(column, side), long.class)),
                        mapping.deleted().stream()
                                .map(column -> PathColumn.same(PathColumn.name(column, side), boolean.class)))
                .toList();
        return new VersionedTablePath<>(checked(database), key::parts, aggregate(side, marks));
    }

    /**
     * The path over the table of a side, without versions. No database is asked before its first call.
     *
     * @throws IllegalArgumentException if the mapping has versions, which would not be kept, or as in {@link #versioned}
     */
    public DataPath<K, V> plain(Side side, DataSource database) {
        if (!mapping.versions().isEmpty()) {
            throw new IllegalArgumentException(
                    "The mapping " + mapping + " has versions, which a plain path does not keep. Use versioned(...).");
        }
        return new TablePath<>(checked(database), key::parts, aggregate(side, List.of()));
    }

    private static DataSource checked(DataSource database) {
        OwnConnections.check(requireNonNull(database, "database"));
        return database;
    }

    private Aggregate<V> aggregate(Side side, List<PathColumn> marks) {
        if (side != Side.OLD && side != Side.NEW) {
            throw new IllegalArgumentException("A path is that of Side.OLD or of Side.NEW, but not of " + side + ".");
        }
        Set<Integer> lists = new HashSet<>();
        children.forEach(child -> lists.add(child.component()));
        Rows<V> rows = rows(mapping, shape, side, marks, lists);
        List<Children<?>> all = new ArrayList<>();
        children.forEach(child -> all.add(children(child, side)));
        return new Aggregate<>(rows, List.copyOf(all), !marks.isEmpty());
    }

    private <C> Children<C> children(Child<C> child, Side side) {
        return new Children<>(rows(child.mapping(), child.shape(), side, List.of(), Set.of()), child.component());
    }

    private <R> Rows<R> rows(
            TableMapping mapping, RecordShape<R> shape, Side side, List<PathColumn> marks, Set<Integer> lists) {
        List<MappedColumn> all = Stream.concat(mapping.keys().stream(), mapping.columns().stream())
                .toList();
        List<Integer> components =
                all.stream().map(column -> shape.indexOf(column.target())).toList();
        List<Class<?>> parent = key.types();
        new Fit(mapping, shape, side)
                .require(all, components, parent, mapping.keys().size(), marks, lists);
        List<PathColumn> columns = IntStream.range(0, all.size())
                .mapToObj(i -> PathColumn.of(
                        all.get(i), side, i < parent.size() ? parent.get(i) : shape.type(components.get(i))))
                .toList();
        int keys = mapping.keys().size();
        PathTable table = new PathTable(
                side == Side.OLD ? mapping.sourceTable() : mapping.targetTable(),
                columns.subList(0, parent.size()),
                columns.subList(parent.size(), keys),
                columns.subList(keys, columns.size()),
                marks);
        return new Rows<>(shape, table, parent.size(), keys, components);
    }
}

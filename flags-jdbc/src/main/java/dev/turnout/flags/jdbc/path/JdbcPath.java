package dev.turnout.flags.jdbc.path;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.jdbc.path.Aggregate.Children;
import dev.turnout.flags.jdbc.path.Aggregate.Rows;
import dev.turnout.flags.jdbc.sql.OwnConnections;
import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.VersionedDataPath;
import dev.turnout.flags.stage.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * Makes data paths of tables: of one description, that of the old table and that of the new one. A record of Java has a component for each column of the
 * new table that is mapped, of the same name or with capitals in the place of {@code _}; what the old table has instead, the mapping says. Immutable.
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
 * <p>Components are of these types: the primitives but {@code char}, their wrappers, {@code BigInteger}, {@code BigDecimal}, {@code String}, {@code UUID},
 * {@code ByteBuffer}, {@code LocalDate}, {@code LocalTime}, {@code LocalDateTime}, {@code OffsetDateTime}, {@code Instant}, and enums, by their names. Values that
 * say the same are equal, from whichever database they come: a {@code BigDecimal} has no zeros at its end, and an {@code OffsetDateTime} is in UTC. What a
 * component cannot hold exactly is an error, and not rounded. Where both tables belong to one record with lists of others, see {@link #children}.
 *
 * <p>The paths take a connection for each call and give it back. They are thread-safe, and block as long as the database does: a statement for ten seconds at
 * most. A call that fails throws {@link PathException}; after that it is not known whether a write has happened.
 *
 * @param <K> the key: one of the types above, or a record of them where the key has several columns
 * @param <V> the record
 */
public final class JdbcPath<K, V extends Record> {
    private final TableMapping mapping;
    private final Class<K> keyType;
    private final RecordShape<V> shape;
    private final List<Child<?>> children;

    /** The children in one of its lists. */
    private record Child<C>(TableMapping mapping, RecordShape<C> shape, int component) {}

    private JdbcPath(TableMapping mapping, Class<K> keyType, RecordShape<V> shape, List<Child<?>> children) {
        this.mapping = mapping;
        this.keyType = keyType;
        this.shape = shape;
        this.children = children;
    }

    /** A path's database refused a call, or could not be reached. */
    public static final class PathException extends RuntimeException {
        private static final long serialVersionUID = 1;

        PathException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * Describes both paths. No database is asked.
     *
     * @param mapping of the old table into the new one, with a key, and without {@link TableMapping.Builder#computed computed} columns, which could not be
     *     written to the old one
     * @param key of which type keys are
     * @param record of which type records are; where it has components for the key, a record is written under its own key only
     * @throws IllegalArgumentException if columns and components do not fit each other, with all that do not
     */
    public static <K, V extends Record> JdbcPath<K, V> of(TableMapping mapping, Class<K> key, Class<V> record) {
        JdbcPath<K, V> path =
                new JdbcPath<>(requireNonNull(mapping, "mapping"), boxed(key), RecordShape.of(record), List.of());
        if (!mapping.hasKey()) {
            throw new IllegalArgumentException("The mapping " + mapping + " has no key, by which a path finds records.");
        }
        path.keyParts();
        return path;
    }

    @SuppressWarnings("unchecked") // the class of the same values
    private static <K> Class<K> boxed(Class<K> type) {
        return (Class<K>) java.lang.invoke.MethodType.methodType(type).wrap().returnType();
    }

    /**
     * The same, of records to which the rows of another table belong. All of them are written when the record is, in one transaction; {@code List}s have them in
     * the order of their keys. Of several levels, only the first is taken.
     *
     * @param component which component of the record is the list; its elements are records
     * @param mapping of the children's tables, whose key begins with the columns of the parent's; the others may be components of the elements
     * @throws IllegalArgumentException if there is no such list, or columns and components do not fit each other
     */
    public JdbcPath<K, V> children(String component, TableMapping mapping) {
        int at = IntStream.range(0, shape.size())
                .filter(i -> shape.name(i).equals(component))
                .findFirst()
                .orElse(-1);
        Optional<Class<?>> type = at < 0 ? Optional.empty() : shape.elementType(at);
        if (type.isEmpty() || mapping.keys().size() <= this.mapping.keys().size()) {
            throw new IllegalArgumentException("The children '" + component + "' of " + shape.name()
                    + " need a component of that name that is a List of records, and a table whose key begins with that of the parent, "
                    + this.mapping.keys().size() + " columns, and has more.");
        }
        List<Child<?>> all = new ArrayList<>(children);
        all.add(new Child<>(mapping, RecordShape.of(type.get()), at));
        return new JdbcPath<>(this.mapping, keyType, shape, List.copyOf(all));
    }

    /**
     * The path over the table of a side, with the versions that the mapping names.
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
        List<String> marks = Stream.concat(mapping.versions().stream(), mapping.deleted().stream())
                .map(column -> name(column, side))
                .toList();
        return new VersionedTablePath<>(checked(database), keyParts(), aggregate(requireSide(side), marks));
    }

    /**
     * The path over the table of a side, without versions.
     *
     * @throws IllegalArgumentException if the mapping has versions, which would not be kept, or as {@link #versioned} says
     */
    public DataPath<K, V> plain(Side side, DataSource database) {
        if (!mapping.versions().isEmpty()) {
            throw new IllegalArgumentException(
                    "The mapping " + mapping + " has versions, which a plain path does not keep. Use versioned(...).");
        }
        return new TablePath<>(checked(database), keyParts(), aggregate(requireSide(side), List.of()));
    }

    private static DataSource checked(DataSource database) {
        OwnConnections.check(requireNonNull(database, "database"));
        return database;
    }

    private static Side requireSide(Side side) {
        if (side != Side.OLD && side != Side.NEW) {
            throw new IllegalArgumentException("A path is that of Side.OLD or of Side.NEW, but not of " + side + ".");
        }
        return side;
    }

    private static String name(MappedColumn column, Side side) {
        return side == Side.NEW || !(column instanceof MappedColumn.Copied copied) ? column.target() : copied.source();
    }

    private Aggregate<V> aggregate(Side side, List<String> marks) {
        List<Class<?>> keyTypes = keyTypes();
        List<Integer> lists = children.stream().map(child -> child.component()).toList();
        Rows<V> rows = rows(mapping, shape, side, keyTypes, marks, lists);
        List<Children<?>> all = new ArrayList<>();
        children.forEach(child -> all.add(children(child, side, keyTypes)));
        return new Aggregate<>(rows, List.copyOf(all));
    }

    private static <C> Children<C> children(Child<C> child, Side side, List<Class<?>> parentKey) {
        Rows<C> rows = rows(child.mapping(), child.shape(), side, parentKey, List.of(), List.of());
        List<Integer> order = child.mapping().keys().stream()
                .skip(parentKey.size())
                .map(key -> child.shape().indexOf(key.target()))
                .toList();
        return new Children<>(rows, child.component(), order);
    }

    /** @param keyTypes of the columns by which rows are found, which are the first of the key */
    private static <R> Rows<R> rows(
            TableMapping mapping,
            RecordShape<R> shape,
            Side side,
            List<Class<?>> keyTypes,
            List<String> marks,
            List<Integer> lists) {
        List<MappedColumn> keys = mapping.keys().subList(0, keyTypes.size());
        List<MappedColumn> others = Stream.concat(
                        mapping.keys().stream().skip(keyTypes.size()), mapping.columns().stream())
                .toList();
        List<Integer> components = Stream.concat(keys.stream(), others.stream())
                .map(column -> shape.indexOf(column.target()))
                .toList();
        requireFit(mapping, shape, others, Stream.concat(components.stream(), lists.stream()).toList());
        List<PathColumn> keyColumns = IntStream.range(0, keys.size())
                .mapToObj(i -> PathColumn.same(name(keys.get(i), side), keyTypes.get(i)))
                .toList();
        List<PathColumn> columns = others.stream()
                .map(column -> PathColumn.of(column, side, shape.type(shape.indexOf(column.target()))))
                .toList();
        String table = side == Side.OLD ? mapping.sourceTable() : mapping.targetTable();
        return new Rows<>(shape, new PathTable(table, keyColumns, columns, marks), keys.size(), components);
    }

    private static void requireFit(
            TableMapping mapping,
            RecordShape<?> shape,
            List<MappedColumn> columns,
            List<Integer> used) {
        List<String> problems = new ArrayList<>();
        for (MappedColumn column : columns) {
            int component = shape.indexOf(column.target());
            if (component < 0) {
                problems.add("no component is for column '" + column.target() + "'");
            } else if (!ColumnValue.isKnown(shape.type(component))) {
                problems.add("component '" + shape.name(component) + "' is a "
                        + shape.type(component).getSimpleName() + ", which no column is read as");
            }
        }
        IntStream.range(0, shape.size())
                .filter(i -> !used.contains(i))
                .forEach(i -> problems.add("component '" + shape.name(i) + "' is for no column, nor for children"));
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("The record " + shape.name() + " and the mapping " + mapping
                    + " do not fit each other: " + String.join("; ", problems) + ".");
        }
    }

    private List<Class<?>> keyTypes() {
        int columns = mapping.keys().size();
        if (!keyType.isRecord()) {
            if (columns != 1 || !ColumnValue.isKnown(keyType)) {
                throw new IllegalArgumentException("The key of " + mapping + " has " + columns
                        + " columns, but was to be a " + keyType.getSimpleName()
                        + ". One column is a number, a text, a UUID or the like; several are a record with a component for each.");
            }
            return List.of(keyType);
        }
        RecordShape<K> ofKey = RecordShape.of(keyType);
        requireFit(
                mapping,
                ofKey,
                mapping.keys(),
                mapping.keys().stream().map(key -> ofKey.indexOf(key.target())).toList());
        List<Class<?>> types = new ArrayList<>();
        mapping.keys().forEach(key -> types.add(ofKey.type(ofKey.indexOf(key.target()))));
        return types;
    }

    /** The values of the key's columns, in their order. */
    private Function<K, List<?>> keyParts() {
        List<Class<?>> types = keyTypes();
        if (!keyType.isRecord()) {
            return key -> List.of(requireNonNull(ColumnValue.fitting(key, types.get(0)), "key"));
        }
        RecordShape<K> ofKey = RecordShape.of(keyType);
        List<Integer> components =
                mapping.keys().stream().map(key -> ofKey.indexOf(key.target())).toList();
        return key -> IntStream.range(0, types.size())
                .mapToObj(i -> (Object) requireNonNull(
                        ColumnValue.fitting(ofKey.get(key, components.get(i)), types.get(i)), "a part of the key"))
                .toList();
    }
}

package dev.turnout.flags.jdbc.table;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Which table becomes which: their names, their keys, and what each column of the target is made of. Immutable.
 *
 * <pre>{@code
 * TableMapping places = TableMapping.from("place").into("place_v2")
 *     .key("id")
 *     .column("name")
 *     .column("nm", "short_name")
 *     .column("amount", "amount_cents", BigDecimal.class, amount -> amount.movePointRight(2).longValueExact())
 *     .computed("full_name", "first || ' ' || last")
 *     .version("version", "writer")
 *     .deleted("deleted")
 *     .build();
 * }</pre>
 *
 * <p>For tables that differ in little, {@link #same} needs only the differences.
 *
 * <p>Names are quoted in the SQL that is made of them. One of small letters, digits and {@code _} alone means what it would mean
 * unquoted, in each database; any other one is taken to the letter. To have small letters taken so too, as H2 needs it of what was created as
 * {@code "place"}, give the name in double quotes. A table may be given as {@code schema.table}; none of the two can contain a dot.
 */
public final class TableMapping {
    private final String sourceTable;
    private final String targetTable;
    private final List<MappedColumn> keys;
    private final List<MappedColumn> columns;
    private final List<MappedColumn> versions;
    private final @Nullable MappedColumn deleted;
    private final Set<String> unverified;
    private final String revision;

    private TableMapping(Builder builder, String targetTable, List<MappedColumn> keys, List<MappedColumn> columns) {
        this.sourceTable = builder.sourceTable;
        this.targetTable = targetTable;
        this.keys = List.copyOf(keys);
        this.columns = List.copyOf(columns);
        this.versions = List.copyOf(builder.versions);
        this.deleted = builder.deleted;
        this.unverified = Set.copyOf(builder.unverified);
        this.revision = builder.revision;
    }

    /** Without some of its columns; described as what it was. */
    private TableMapping(TableMapping whole, List<MappedColumn> columns) {
        this.sourceTable = whole.sourceTable;
        this.targetTable = whole.targetTable;
        this.keys = whole.keys;
        this.columns = List.copyOf(columns);
        this.versions = whole.versions;
        this.deleted = whole.deleted;
        this.unverified = whole.unverified;
        this.revision = whole.revision;
    }

    /**
     * Begins with the table that is read.
     *
     * @param sourceTable its name, or {@code schema.name}
     */
    public static Builder from(String sourceTable) {
        return new Builder(sourceTable);
    }

    /**
     * Begins with two tables of one name that have the same columns, as their databases' catalogs list them: each
     * column is copied to that of the same name, and the key is the primary key, or else a unique index over columns
     * that are {@code NOT NULL}. Columns that the target computes are left out. {@code key}, {@code column}, {@code
     * computed}, {@code version} or {@code deleted} replace what they configure, and {@link Builder#except} leaves
     * columns out; {@link Builder#build} refuses columns that remain on one side only. Blocks.
     *
     * <pre>{@code
     * TableMapping customer = TableMapping.same("customer", oldDatabase, newDatabase).version("version").except("fax").build();
     * }</pre>
     *
     * @param table its name, or {@code schema.name}
     * @throws IllegalArgumentException if one of the databases has no such table
     * @throws IllegalStateException if one of them cannot be asked
     */
    public static Builder same(String table, DataSource source, DataSource target) {
        return same(table, table, source, target);
    }

    /** The same of tables that have two names. */
    public static Builder same(String sourceTable, String targetTable, DataSource source, DataSource target) {
        Builder builder = new Builder(sourceTable).into(targetTable);
        builder.same = SameColumns.of(sourceTable, source, targetTable, target);
        return builder;
    }

    /** The table that is read: a name, or {@code schema.name}. */
    public String sourceTable() {
        return sourceTable;
    }

    /** The table that is written: a name, or {@code schema.name}. */
    public String targetTable() {
        return targetTable;
    }

    /** What together distinguishes rows, in the order of the index; empty {@linkplain Builder#withoutKey() without a key}. */
    public List<MappedColumn> keys() {
        return keys;
    }

    /** Whether a key distinguishes rows. Without one, a table is copied as a whole, and compared by how often it has each row. */
    public boolean hasKey() {
        return !keys.isEmpty();
    }

    /** What else is copied; neither keys, nor versions, nor the mark of tombstones. */
    public List<MappedColumn> columns() {
        return columns;
    }

    /** What orders the writes of one row, the most significant first; empty if the tables keep no versions. */
    public List<MappedColumn> versions() {
        return versions;
    }

    /** A boolean that marks a row as a tombstone; empty if deleted rows are gone. */
    public Optional<MappedColumn> deleted() {
        return Optional.ofNullable(deleted);
    }

    /** All columns of the target: keys, versions, the mark of tombstones, then the others. */
    public List<MappedColumn> all() {
        return Stream.of(keys, versions, deleted().stream().toList(), columns)
                .flatMap(List::stream)
                .toList();
    }

    /** The columns of the target that are copied and not compared; see {@link Builder#unverified}. */
    public Set<String> unverified() {
        return unverified;
    }

    /** The same without the columns that are not compared. */
    public TableMapping verified() {
        return new TableMapping(
                this,
                columns.stream()
                        .filter(column -> !unverified.contains(column.target()))
                        .toList());
    }

    /** Whether a column is made by a function in Java, so rows cannot go from one database to the other undecoded. */
    public boolean isConvertedInJava() {
        return all().stream().anyMatch(MappedColumn::isConvertedInJava);
    }

    /** All of it as text, which changes with every detectable change; a change of a function is not, so there is a revision. */
    public String description() {
        return sourceTable + " -> " + targetTable + " revision '" + revision + "': key " + described(keys)
                + ", version " + described(versions) + ", deleted "
                + described(deleted().stream().toList()) + ", " + described(columns)
                + (unverified.isEmpty() ? "" : ", not verified " + new TreeSet<>(unverified));
    }

    private static String described(List<MappedColumn> columns) {
        return columns.stream().map(MappedColumn::description).collect(Collectors.joining(", ", "[", "]"));
    }

    @Override
    public String toString() {
        return sourceTable + " -> " + targetTable;
    }

    /** Builds a {@link TableMapping}. Not thread-safe. */
    public static final class Builder {
        private final String sourceTable;
        private final List<MappedColumn> keys = new ArrayList<>();
        private final List<MappedColumn> columns = new ArrayList<>();
        private final List<MappedColumn> versions = new ArrayList<>();
        private @Nullable String targetTable;
        private final Set<String> left = new HashSet<>();
        private final Set<String> unverified = new HashSet<>();
        private @Nullable MappedColumn deleted;
        private @Nullable SameColumns same;
        private boolean withoutKey;
        private String revision = "1";

        private Builder(String sourceTable) {
            this.sourceTable = requireTable(sourceTable);
        }

        private static String requireTable(String table) {
            if (Stream.of(table.split("\\.", -1)).anyMatch(String::isBlank) || table.indexOf('\0') >= 0) {
                throw new IllegalArgumentException(
                        "A table is given as 'name' or 'schema.name', but was '" + table + "'.");
            }
            return table;
        }

        /**
         * The table that is written. Required.
         *
         * @param table its name, or {@code schema.name}
         */
        public Builder into(String table) {
            targetTable = requireTable(table);
            return this;
        }

        /** A column of the key, which has the same name in both tables. Required, once for each column, in the order of the index. */
        public Builder key(String column) {
            return key(column, column);
        }

        /** A column of the key, under two names. */
        public Builder key(String source, String target) {
            keys.add(new MappedColumn.Copied(source, target));
            return this;
        }

        /**
         * Declares that the table has no key that distinguishes rows: several may be equal in all columns, and each of
         * them counts. Such a table is copied as a whole, in one transaction, into an empty one, and compared by how
         * often each row is there; nothing repairs single rows of it. So it is for tables without writes while they are
         * moved.
         */
        public Builder withoutKey() {
            withoutKey = true;
            return this;
        }

        /** Whether these are {@link #same} tables that have no key in common, and nothing else was configured. Asks no database. */
        boolean lacksKey() {
            return same != null
                    && keys.isEmpty()
                    && !withoutKey
                    && same.findKey().isEmpty();
        }

        /** A column that has the same name in both tables. */
        public Builder column(String name) {
            return column(name, name);
        }

        /** A column under two names. */
        public Builder column(String source, String target) {
            columns.add(new MappedColumn.Copied(source, target));
            return this;
        }

        /**
         * A column that a function makes of one of the source. {@code NULL} stays {@code NULL}, without asking the function.
         *
         * @param type what the driver is asked for, and the function takes
         * @param function deterministic, and safe to call from any thread; when it changes, change the {@link #revision}
         */
        public <S> Builder column(
                String source, String target, Class<S> type, Function<? super S, ? extends @Nullable Object> function) {
            columns.add(new MappedColumn.Converted<>(source, target, type, function, null));
            return this;
        }

        /**
         * The same in both directions, for data paths ({@code JdbcPath}), which write the source as well as long as it is
         * the old table of a migration. {@code NULL} stays {@code NULL} in both.
         *
         * @param targetType what the inverse takes: the class of the values of the target
         * @param inverse makes a value of the source of which the function makes the same value of the target again; as deterministic and safe
         * @throws IllegalArgumentException if {@code targetType} is primitive
         */
        public <S, T> Builder column(
                String source,
                String target,
                Class<S> type,
                Function<? super S, ? extends T> function,
                Class<T> targetType,
                Function<? super T, ? extends S> inverse) {
            columns.add(new MappedColumn.Converted<>(
                    source, target, type, function, new MappedColumn.Inverse<>(targetType, inverse)));
            return this;
        }

        /**
         * A column that the source's database computes.
         *
         * @param expression SQL over the columns of the source; deterministic; taken as it is, so never from an untrusted source
         */
        public Builder computed(String target, String expression) {
            columns.add(new MappedColumn.Computed(target, expression));
            return this;
        }

        /**
         * Leaves out columns, of either table, that {@link #same} tables would else have to have on both sides.
         *
         * @param names of one of the two tables at least
         */
        public Builder except(String... names) {
            left.addAll(List.of(names));
            return this;
        }

        /**
         * Accepts columns whose values are never compared: they are copied, and verification leaves them out, as its
         * result states. Without that, nothing is copied into columns of which it is not known how to compare them. It
         * is up to you to check what has become of their values.
         *
         * @param names of the target; neither of the key, nor of the version, nor of the mark of tombstones
         */
        public Builder unverified(String... names) {
            unverified.addAll(List.of(names));
            return this;
        }

        /** What orders the writes of one row, in both tables: {@code NOT NULL}; the most significant first, such as a counter, then a writer. */
        public Builder version(String... names) {
            for (String name : names) {
                versions.add(new MappedColumn.Copied(name, name));
            }
            return this;
        }

        /** A boolean in both tables that marks a row as a tombstone; default: deleted rows are gone. */
        public Builder deleted(String name) {
            deleted = new MappedColumn.Copied(name, name);
            return this;
        }

        /** Another one for each change of a function, so the output of an older one is not taken for done; default {@code 1}. */
        public Builder revision(String ofFunctions) {
            revision = requireNonNull(ofFunctions, "ofFunctions");
            return this;
        }

        /**
         * Builds it. No database is asked.
         *
         * @throws IllegalStateException if the target or the key is missing or both a key and none are given, a column of the target is given twice, there are tombstones without
         *     versions, what is to stay unverified is not copied, or {@link #same} tables differ in columns for which nothing was given
         */
        public TableMapping build() {
            if (same == null && !left.isEmpty()) {
                throw new IllegalStateException(
                        "The mapping of '" + sourceTable
                                + "' has only the columns that it is given, so except(...) leaves nothing out. Begin with same(...), or leave it away.");
            }
            requireFittingKey();
            List<MappedColumn> key = same != null && keys.isEmpty() && !withoutKey ? same.key() : keys;
            if (targetTable == null || (key.isEmpty() && !withoutKey)) {
                throw new IllegalStateException("The mapping of '" + sourceTable + "' needs "
                        + (targetTable == null ? "into(...)" : "key(...)") + ".");
            }
            TableMapping mapping = new TableMapping(this, targetTable, key, columns);
            if (same != null) {
                List<MappedColumn> all = new ArrayList<>(columns);
                all.addAll(same.others(mapping.all(), left));
                mapping = new TableMapping(this, targetTable, key, all);
            }
            Set<String> seen = new HashSet<>();
            for (MappedColumn column : mapping.all()) {
                if (!seen.add(column.target())) {
                    throw new IllegalStateException("In the mapping " + mapping + " the column '" + column.target()
                            + "' of the target is given twice. Give it once.");
                }
            }
            if (deleted != null && versions.isEmpty()) {
                throw new IllegalStateException("The mapping " + mapping
                        + " has tombstones without versions: which of a tombstone and a row came later cannot be"
                        + " determined. Give version(...).");
            }
            List<String> compared =
                    mapping.columns().stream().map(MappedColumn::target).toList();
            if (!compared.containsAll(unverified)) {
                throw new IllegalStateException(
                        "The mapping " + mapping + " has unverified(...) of " + new TreeSet<>(unverified)
                                + ", but only these columns may stay unverified: " + compared + ".");
            }
            if (!mapping.hasKey()
                    && mapping.verified().all().isEmpty()
                    && !mapping.all().isEmpty()) {
                throw new IllegalStateException(
                        "The mapping " + mapping
                                + " has no key, and all of its columns are unverified(...): nothing would be compared. Leave one in.");
            }
            if (mapping.all().isEmpty()) {
                throw new IllegalStateException("The mapping " + mapping + " has no columns. Give it column(...).");
            }
            return mapping;
        }

        private void requireFittingKey() {
            if (withoutKey && !(keys.isEmpty() && versions.isEmpty() && deleted == null)) {
                throw new IllegalStateException("The mapping of '" + sourceTable
                        + "' has key(...), version(...) or deleted(...), which describe single rows, and withoutKey(), by which nothing"
                        + " distinguishes them. Leave one of them away.");
            }
        }
    }
}

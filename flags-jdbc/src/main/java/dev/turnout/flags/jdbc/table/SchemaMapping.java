package dev.turnout.flags.jdbc.table;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import javax.sql.DataSource;

/**
 * Which tables of a schema become which, in an order in which each one comes after those that it refers to. Immutable.
 *
 * <pre>{@code
 * SchemaMapping shop = SchemaMapping.between(oldDatabase, newDatabase)
 *     .all()                                                          // the tables that are the same on both sides
 *     .same("customer", table -> table.except("fax").version("version")) // but for this
 *     .add(TableMapping.from("order").into("purchase").key("id").column("total").build())
 *     .exclude("audit_log", "stays where it is")
 *     .withoutKeys()                                                  // of tables that have none, not written to meanwhile
 *     .build();
 * Plan.of(shop, oldDatabase, newDatabase).requireNoErrors();
 * Backfill.from(oldDatabase, shop).into(newDatabase).named("shop").build().run("2026-11");
 * Verify.schema(shop, oldDatabase, newDatabase).build().run();
 * }</pre>
 *
 * <p>Tables that are the same on both sides are described by their databases' catalogs, as {@link TableMapping#same} does; their columns are those of the time when
 * this is built.
 */
public final class SchemaMapping {
    private final List<TableMapping> tables;
    private final Map<String, String> excluded;
    private final List<List<String>> cycles;
    private final SchemaContents contents;

    SchemaMapping(
            List<TableMapping> tables,
            Map<String, String> excluded,
            List<List<String>> cycles,
            SchemaContents contents) {
        this.tables = List.copyOf(tables);
        this.excluded = Map.copyOf(excluded);
        this.cycles = cycles.stream().map(List::copyOf).toList();
        this.contents = contents;
    }

    /** Begins with two databases, whose catalogs are asked by {@link Builder#build}; it keeps neither of them. */
    public static Builder between(DataSource source, DataSource target) {
        return new Builder(requireNonNull(source, "source"), requireNonNull(target, "target"));
    }

    /** Parents before their children, as the foreign keys of the target are; otherwise in the order of the names of the tables that are read. */
    public List<TableMapping> tables() {
        return tables;
    }

    /** The tables of the source that are left out, each with the reason. */
    public Map<String, String> excluded() {
        return excluded;
    }

    /**
     * Tables of the target that refer to each other in a ring, such as {@code [a, b, a]}: no order is right for all of
     * them. Empty if there are none. A table that refers to itself is none.
     */
    public List<List<String>> cycles() {
        return cycles;
    }

    /**
     * Which tables the source has now, in the schemas of those that were mapped, that are neither mapped nor excluded. Views and tables of this library,
     * {@code turnout_...}, are none. Blocks.
     *
     * @throws IllegalStateException if it cannot be asked
     */
    public List<String> unmapped(DataSource source) {
        return contents.unmapped(source);
    }

    @Override
    public String toString() {
        return "schema of " + tables.size() + " tables";
    }

    /** Builds a {@link SchemaMapping}. Not thread-safe. */
    public static final class Builder {
        private final DataSource source;
        private final DataSource target;
        private final List<SchemaContents.Pattern> patterns = new ArrayList<>();
        private final Map<String, SchemaContents.Same> same = new LinkedHashMap<>();
        private final List<TableMapping> added = new ArrayList<>();
        private final Map<String, String> excluded = new LinkedHashMap<>();
        private boolean withoutKeys;

        private Builder(DataSource source, DataSource target) {
            this.source = source;
            this.target = target;
        }

        /** All tables of the schema in which each connection of the source is, into tables of the same names where those of the target are. */
        public Builder all() {
            return matching("*");
        }

        /**
         * All tables of a schema; in MariaDB and MySQL, of a database.
         *
         * @param targetSchema where their tables of the same names are
         */
        public Builder all(String sourceSchema, String targetSchema) {
            patterns.add(new SchemaContents.Pattern(
                    requireNonNull(sourceSchema, "sourceSchema"),
                    requireNonNull(targetSchema, "targetSchema"),
                    "*",
                    mapping -> mapping));
            return this;
        }

        /**
         * The tables whose names match, as {@link #all()}.
         *
         * @param pattern in small letters, with {@code *} for any characters: {@code sales_*}, or {@code schema.sales_*} for a schema that has the same name in
         *     both databases
         */
        public Builder matching(String pattern) {
            return matching(pattern, mapping -> mapping);
        }

        /**
         * The tables whose names match, each the same on both sides except for what is given for it. Of several
         * patterns that a table matches, the one that is given first counts, and one that is given by {@link #same} or
         * {@link #add} is meant by none.
         *
         * @param pattern as for {@link #matching(String)}
         * @param exceptions for each of them, what {@link TableMapping#same} is followed by: {@code mapping -> mapping.version("row_version")}
         */
        public Builder matching(String pattern, UnaryOperator<TableMapping.Builder> exceptions) {
            patterns.add(SchemaContents.Pattern.of(
                    requireNonNull(pattern, "pattern"), requireNonNull(exceptions, "exceptions")));
            return this;
        }

        /**
         * Adds the content of a file in YAML, which describes all but functions in Java; {@code
         * docs/reference/mapping-file.md} has the format. May be given beside everything else, and several times.
         * Blocks, and asks no database. Its SQL is taken as it is, so never use a file from an untrusted source.
         *
         * <pre>{@code
         * SchemaMapping shop = SchemaMapping.between(oldDatabase, newDatabase).read(Path.of("shop.yaml")).build();
         * }</pre>
         *
         * @param file in UTF-8, of at most 1,048,576 characters
         * @throws dev.turnout.flags.document.DocumentException if it is not valid, with line and column; nothing of it is added then
         * @throws java.io.UncheckedIOException if it cannot be read
         */
        public Builder read(Path file) {
            MappingFile.read(requireNonNull(file, "file"), this);
            return this;
        }

        /**
         * Tables that are the same on both sides.
         *
         * @param tables each a name, or {@code schema.name}
         */
        public Builder same(String... tables) {
            for (String table : tables) {
                same(table, mapping -> mapping);
            }
            return this;
        }

        /**
         * A table that is the same on both sides except for what is given for it. It need not be given beside that.
         *
         * @param table its name, or {@code schema.name}
         * @param exceptions what {@link TableMapping#same} is followed by: {@code mapping -> mapping.except("fax")}
         */
        public Builder same(String table, UnaryOperator<TableMapping.Builder> exceptions) {
            return same(table, table, exceptions);
        }

        /** As {@link #same(String, UnaryOperator)}, of a table that has another name in the target. */
        public Builder same(String sourceTable, String targetTable, UnaryOperator<TableMapping.Builder> exceptions) {
            SchemaContents.Same mapped = new SchemaContents.Same(
                    requireNonNull(targetTable, "targetTable"), requireNonNull(exceptions, "exceptions"));
            if (same.putIfAbsent(requireNonNull(sourceTable, "sourceTable"), mapped) != null) {
                throw new IllegalArgumentException("Table '" + sourceTable + "' is given twice. Give it once.");
            }
            return this;
        }

        /** A table that becomes another one. Patterns then do not mean the table that it is read from. */
        public Builder add(TableMapping mapping) {
            added.add(requireNonNull(mapping, "mapping"));
            return this;
        }

        /**
         * Leaves a table of the source out, whatever patterns match it.
         *
         * @param table its name, or {@code schema.name}; with {@code *}, all tables whose names match when this is built, but for those that are given by
         *     their names
         * @param reason for those who read the plan; not empty
         */
        public Builder exclude(String table, String reason) {
            if (reason.isBlank()) {
                throw new IllegalArgumentException(
                        "Say why table '" + table + "' is left out: its rows will be in one database only.");
            }
            excluded.put(requireNonNull(table, "table"), reason);
            return this;
        }

        /**
         * Takes tables that are the same on both sides and have no key in common as they are, as in
         * {@link TableMapping.Builder#withoutKey}, with its disadvantages; default: each of them is refused.
         */
        public Builder withoutKeys() {
            withoutKeys = true;
            return this;
        }

        /**
         * Asks both catalogs, and builds it. Blocks.
         *
         * @throws IllegalStateException if tables cannot be described, or are not there; the message has all of them
         */
        public SchemaMapping build() {
            return SchemaContents.build(
                    new SchemaContents.Wishes(source, target, patterns, same, added, excluded, withoutKeys));
        }
    }
}

package dev.turnout.flags.jdbc.table;

import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.SchemaTables;
import dev.turnout.flags.jdbc.sql.TableShape;
import dev.turnout.flags.jdbc.sql.Transactions;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Which tables of the source a {@link SchemaMapping} describes. Immutable.
 *
 * @param schemas as a mapping has them; {@code null} for the one of a connection
 * @param known those that are mapped or excluded
 */
record SchemaContents(Set<@Nullable String> schemas, Set<SchemaTables.Id> known) {

    SchemaContents {
        schemas = Collections.unmodifiableSet(new LinkedHashSet<>(schemas)); // of which one may be null
        known = Set.copyOf(known);
    }

    /**
     * Tables that are meant by their names.
     *
     * @param sourceSchema {@code null} for the one of a connection
     * @param pattern with {@code *} for any characters
     */
    record Pattern(
            @Nullable String sourceSchema,
            @Nullable String targetSchema,
            String pattern,
            UnaryOperator<TableMapping.Builder> exceptions) {
        static boolean isOne(String table) {
            return table.indexOf('*') >= 0;
        }

        /** Of a name, or {@code schema.name}. */
        static Pattern of(String pattern, UnaryOperator<TableMapping.Builder> exceptions) {
            @Nullable String schema = schema(pattern);
            String name = pattern.substring(pattern.lastIndexOf('.') + 1);
            return new Pattern(schema, schema, name, exceptions);
        }

        boolean isAll() {
            return pattern.equals("*");
        }

        String given() {
            return (sourceSchema == null ? "" : sourceSchema + ".") + pattern;
        }

        boolean matches(String table) {
            String[] parts = pattern.split("\\*", -1);
            StringBuilder regex = new StringBuilder();
            for (int i = 0; i < parts.length; i++) {
                regex.append(i == 0 ? "" : ".*").append(java.util.regex.Pattern.quote(parts[i]));
            }
            return table.toLowerCase(Locale.ROOT).matches(regex.toString()) || table.matches(regex.toString());
        }
    }

    /** A table that is the same on both sides, but for its name in the target and these exceptions. */
    record Same(String targetTable, UnaryOperator<TableMapping.Builder> exceptions) {}

    /**
     * What was asked for of all tables of two databases, each in the order in which it was.
     *
     * @param same by the names of the source
     * @param excluded the reasons, by names or patterns
     */
    record Wishes(
            DataSource source,
            DataSource target,
            List<Pattern> patterns,
            Map<String, Same> same,
            List<TableMapping> added,
            Map<String, String> excluded,
            boolean withoutKeys) {
        Wishes {
            patterns = List.copyOf(patterns);
            same = Collections.unmodifiableMap(new LinkedHashMap<>(same));
            added = List.copyOf(added);
            excluded = Collections.unmodifiableMap(new LinkedHashMap<>(excluded));
        }
    }

    private static @Nullable String schema(String table) {
        int dot = table.lastIndexOf('.');
        return dot < 0 ? null : table.substring(0, dot);
    }

    /** One of the two databases, while it is asked. */
    private record Side(String name, DataSource database, Names names, String current) {
        static Side of(String name, DataSource database) {
            try {
                return Transactions.single(database, connection -> {
                    Names names = Names.of(connection);
                    return new Side(name, database, names, SchemaTables.current(connection, names));
                });
            } catch (SQLException e) {
                throw cannotBeAsked(name, e);
            }
        }

        SchemaTables.Id id(String table) {
            return SchemaTables.id(names, current, table);
        }

        SchemaTables tables(@Nullable String schema) {
            try {
                return Transactions.single(database, connection -> SchemaTables.of(connection, names, schema));
            } catch (SQLException e) {
                throw cannotBeAsked(name, e);
            }
        }

        /** As a mapping has it. */
        String spelled(@Nullable String schema, String table) {
            return (schema == null ? "" : schema + ".") + names.spelled(table);
        }
    }

    private static IllegalStateException cannotBeAsked(String side, SQLException e) {
        return new IllegalStateException(
                "The catalog of the " + side + " cannot be asked for its tables: " + e.getMessage(), e);
    }

    static SchemaMapping build(Wishes wishes) {
        return new Building(wishes).build();
    }

    List<String> unmapped(DataSource source) {
        Side side = Side.of("source", source);
        List<String> unmapped = new ArrayList<>();
        for (String schema : schemas) {
            SchemaTables found = side.tables(schema);
            found.tables().stream()
                    .filter(table -> !known.contains(new SchemaTables.Id(found.schema(), table)))
                    .forEach(table -> unmapped.add(side.spelled(schema, table)));
        }
        return unmapped;
    }

    /** Of one mapping. */
    private static final class Building {
        private final Wishes wishes;
        private final Side source;
        private final Side target;
        private final List<String> problems = new ArrayList<>();
        private final Set<SchemaTables.Id> known = new HashSet<>();
        private final Set<@Nullable String> schemas = new LinkedHashSet<>();
        private final Map<String, String> excluded = new LinkedHashMap<>();
        // In the order of the tables that are read.
        private final Map<String, TableMapping> mappings = new TreeMap<>();

        Building(Wishes wishes) {
            this.wishes = wishes;
            source = Side.of("source", wishes.source());
            target = Side.of("target", wishes.target());
        }

        SchemaMapping build() {
            wishes.excluded().forEach((table, reason) -> {
                if (!Pattern.isOne(table)) {
                    exclude(table, reason);
                }
            });
            for (TableMapping mapping : wishes.added()) {
                know(mapping.sourceTable());
                mappings.put(mapping.toString(), mapping);
            }
            wishes.same().forEach((table, same) -> {
                if (know(table)) {
                    add(table, same.targetTable(), same.exceptions());
                } else if (!excluded.containsKey(table)) {
                    problems.add("table " + table + " is given twice");
                }
            });
            wishes.excluded().forEach((table, reason) -> {
                if (Pattern.isOne(table)) {
                    excludeAll(Pattern.of(table, mapping -> mapping), reason);
                }
            });
            wishes.patterns().forEach(this::add);
            if (mappings.isEmpty() && problems.isEmpty()) {
                problems.add("no table is mapped: give all(), matching(...), same(...) or add(...)");
            }
            if (!problems.isEmpty()) {
                throw new IllegalStateException(
                        "The tables of the two databases cannot all be mapped:\n- "
                                + String.join("\n- ", problems)
                                + "\nMap each as it is to become by same(..., exceptions) or add(...), or leave it out by exclude(...).");
            }
            ParentsFirst order = ParentsFirst.of(mappings.values(), this::parents);
            return new SchemaMapping(order.tables(), excluded, order.cycles(), new SchemaContents(schemas, known));
        }

        private void exclude(String table, String reason) {
            know(table);
            excluded.put(table, reason);
            SchemaTables.Id id = source.id(table);
            boolean isThere = source.tables(schema(table)).tables().contains(id.name());
            if (!isThere) {
                problems.add("table " + table + ", which is to be left out, is not in the source");
            }
            Stream<String> mapped = Stream.concat(
                    wishes.added().stream().map(TableMapping::sourceTable), wishes.same().keySet().stream());
            if (mapped.map(source::id).anyMatch(id::equals)) {
                problems.add("table " + table + " is to be left out and to be mapped");
            }
        }

        private void excludeAll(Pattern pattern, String reason) {
            schemas.add(pattern.sourceSchema());
            SchemaTables found = source.tables(pattern.sourceSchema());
            List<String> matching =
                    found.tables().stream().filter(pattern::matches).toList();
            if (matching.isEmpty()) {
                problems.add("no table of the source matches " + pattern.given() + ", which is to be left out");
            }
            for (String table : matching) {
                if (known.add(new SchemaTables.Id(found.schema(), table))) {
                    excluded.put(source.spelled(pattern.sourceSchema(), table), reason);
                }
            }
        }

        /** Returns whether it was not known before. */
        private boolean know(String table) {
            schemas.add(schema(table));
            return known.add(source.id(table));
        }

        private void add(Pattern pattern) {
            schemas.add(pattern.sourceSchema());
            SchemaTables found = source.tables(pattern.sourceSchema());
            SchemaTables others = target.tables(pattern.targetSchema());
            if (!pattern.isAll() && found.tables().stream().noneMatch(pattern::matches)) {
                problems.add(
                        "no table of the source matches " + pattern.given()); // or exceptions would be lost by a slip
            }
            for (String table : found.tables()) {
                SchemaTables.Id id = new SchemaTables.Id(found.schema(), table);
                if (!pattern.matches(table) || !known.add(id)) {
                    continue;
                }
                Optional<String> other = sameName(table, others.tables());
                if (table.indexOf('.') >= 0) {
                    problems.add("table " + table + " has a dot in its name, so it cannot be described");
                } else if (other.isEmpty()) {
                    problems.add("the target has no table " + target.spelled(pattern.targetSchema(), table));
                } else {
                    add(
                            source.spelled(pattern.sourceSchema(), table),
                            target.spelled(pattern.targetSchema(), other.get()),
                            pattern.exceptions());
                }
            }
        }

        /** The same to the letter if there is one. */
        private Optional<String> sameName(String table, List<String> others) {
            String small = table.toLowerCase(Locale.ROOT);
            List<String> alike = others.stream()
                    .filter(other -> other.toLowerCase(Locale.ROOT).equals(small))
                    .toList();
            return Stream.concat(alike.stream().filter(table::equals), alike.stream())
                    .findFirst();
        }

        private void add(String sourceTable, String targetTable, UnaryOperator<TableMapping.Builder> exceptions) {
            try {
                TableMapping.Builder mapping = exceptions.apply(
                        TableMapping.same(sourceTable, targetTable, source.database(), target.database()));
                if (wishes.withoutKeys() && mapping.lacksKey()) {
                    mapping.withoutKey();
                }
                TableMapping built = mapping.build();
                mappings.put(built.toString(), built);
            } catch (IllegalArgumentException | IllegalStateException e) {
                problems.add(sourceTable + ": " + e.getMessage());
            }
        }

        private SchemaTables.Id target(TableMapping mapping) {
            return target.id(mapping.targetTable());
        }

        /** Those of the mappings into whose tables this one's refers. */
        private List<TableMapping> parents(TableMapping child) {
            try {
                Set<SchemaTables.Id> parents = new HashSet<>();
                Transactions.single(
                                target.database(),
                                connection -> TableShape.foreignKeys(connection, target.names(), child.targetTable()))
                        .forEach(key -> parents.add(new SchemaTables.Id(key.parentSchema(), key.parent())));
                return mappings.values().stream()
                        .filter(mapping -> mapping != child && parents.contains(target(mapping)))
                        .toList();
            } catch (SQLException e) {
                throw cannotBeAsked(target.name(), e);
            }
        }
    }
}

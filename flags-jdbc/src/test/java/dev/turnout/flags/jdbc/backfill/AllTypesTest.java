package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.sql.CatalogColumn;
import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.TableShape;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.jdbc.verify.RowKey;
import dev.turnout.flags.jdbc.verify.Verify;
import dev.turnout.flags.jdbc.verify.VerifyResult;
import dev.turnout.flags.migration.Difference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Values at the edges of every type of every database, into every type of every other: what the plan does not name arrives as it is, as the
 * databases themselves show it, or is refused with its column and key; verification finds each difference and no other.
 */
@Timeout(600)
class AllTypesTest {
    private static final Map<String, String> SHORT = Map.of(
            "The target rounds the numbers that it cannot hold, without an error.", "rounds",
            "The target keeps fewer digits: a number would be refused, or rounded without an error.", "fewer digits",
            "The target keeps fewer fractions of a second: it rounds them without an error.", "fewer fractions",
            "The target takes shorter texts: a longer one would be refused, or cut off.", "shorter",
            "The target takes fewer bytes: a longer value would be refused, or cut off.", "shorter",
            "The target fills a value up to its whole length, so the original end of the value cannot be distinguished from that.",
                    "fills up",
            "The target's character set does not have all characters: another one would be refused, or become '?'.",
                    "fewer characters",
            "A time zone on one side only: the same value means another moment after it.", "time zone",
            "Numbers other than 0 and 1 become true.", "other numbers than 0 and 1");
    private static final int FEW = 2; // types of the target, for each of the source
    private static final Path REFERENCE = Path.of("..", "docs", "reference", "types.md");

    static Stream<Arguments> pairs() {
        return Database.pairs();
    }

    /** A column of the source and one of the target, by their numbers. */
    private record Pair(int from, int into) {
        String source() {
            return "s" + from;
        }

        String target() {
            return "t" + into;
        }
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void values_arrive_as_they_are_and_each_damage_is_found(Database one, Database other) throws SQLException {
        assertThat(new Trial(one, other).values(FEW)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void keys_arrive_all_and_each_damage_is_found(Database one, Database other) throws SQLException {
        assertThat(new Trial(one, other).keys(1)).isEmpty();
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource("pairs")
    void so_they_do_in_all_types(Database one, Database other) throws SQLException {
        assertThat(new Trial(one, other).values(Integer.MAX_VALUE)).isEmpty();
        assertThat(new Trial(one, other).keys(Integer.MAX_VALUE)).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void the_reference_says_what_the_plan_says(Database one, Database other) throws IOException, SQLException {
        if (one == Database.MARIADB_AS_MYSQL || other == Database.MARIADB_AS_MYSQL) {
            return; // the types are MariaDB's
        }
        String section = new Trial(one, other).reference();
        String all = Files.readString(REFERENCE);
        String title = section.substring(0, section.indexOf('\n') + 1);
        int from = all.indexOf(title);
        int next = all.indexOf("\n## ", from + 1);
        String written = from < 0 ? "" : all.substring(from, next < 0 ? all.length() : next + 1);
        if (Boolean.getBoolean("types.write")) {
            Files.writeString(
                    REFERENCE,
                    from < 0 ? all + "\n" + section : all.replace(written, next < 0 ? section : section + "\n"));
            return;
        }
        assertThat(written.strip())
                .as("write it again: -Dtypes.write=true -Ddatabases=H2,POSTGRES,MARIADB")
                .isEqualTo(section.strip());
    }

    private static boolean isMySql(Database database) {
        return database == Database.MARIADB || database == Database.MARIADB_AS_MYSQL;
    }

    /** Lets a statement write what is in no calendar, and have no time zone. */
    private static String freely(Database database, String statement) {
        return isMySql(database) ? "SET STATEMENT sql_mode = '', time_zone = '+00:00' FOR " + statement : statement;
    }

    private static DataSource create(Database database) {
        DataSource created = database.create();
        if (database == Database.POSTGRES) {
            Database.execute(created, "CREATE TYPE colour AS ENUM ('red', 'Red', 'a;b')");
        }
        return created;
    }

    /** One pair of databases. Used once. */
    private static final class Trial {
        private final Database one;
        private final Database other;
        private final List<EdgeValues> sources;
        private final List<EdgeValues> targets;
        private final DataSource source;
        private final DataSource target;
        private final int rows;
        private final Set<String> problems = new LinkedHashSet<>();
        private int sweep;

        Trial(Database one, Database other) {
            this.one = one;
            this.other = other;
            sources = EdgeValues.of(one);
            targets = EdgeValues.of(other);
            source = create(one);
            target = create(other);
            rows = 1
                    + sources.stream()
                            .mapToInt(type -> type.literals().size())
                            .max()
                            .orElseThrow();
        }

        private void createTables() {
            Database.execute(source, table(sources, "s"));
            Database.execute(target, table(targets, "t"));
            for (int row = 0; row < rows; row++) {
                int at = row;
                Database.execute(
                        source,
                        freely(
                                one,
                                "INSERT INTO edges VALUES (" + row + ", "
                                        + sources.stream()
                                                .map(type -> type.literal(at))
                                                .collect(Collectors.joining(", "))
                                        + ")"));
            }
        }

        private static String table(List<EdgeValues> types, String prefix) {
            return IntStream.range(0, types.size())
                    .mapToObj(i -> prefix + i + " " + types.get(i).declared())
                    .collect(Collectors.joining(", ", "CREATE TABLE edges (id INTEGER PRIMARY KEY, ", ")"));
        }

        private static TableMapping mapping(List<Pair> pairs) {
            TableMapping.Builder mapping =
                    TableMapping.from("edges").into("edges").key("id");
            pairs.forEach(pair -> mapping.column(pair.source(), pair.target()));
            return mapping.build();
        }

        /** Of which pairs the plan reports that something may be lost, and what. */
        private Map<Pair, String> losses() throws SQLException {
            Map<String, CatalogColumn> ours = types(source);
            Map<String, CatalogColumn> theirs = types(target);
            Map<Pair, String> losses = new HashMap<>();
            for (int from = 0; from < sources.size(); from++) {
                for (int into = 0; into < targets.size(); into++) {
                    Pair pair = new Pair(from, into);
                    LosslessTypes.loss(ours.get(pair.source()), theirs.get(pair.target()))
                            .ifPresent(loss -> losses.put(pair, loss.hazard()));
                }
            }
            return losses;
        }

        private static Map<String, CatalogColumn> types(DataSource database) throws SQLException {
            try (Connection connection = database.getConnection()) {
                Map<String, CatalogColumn> types = new HashMap<>();
                TableShape.of(connection, Names.of(connection), "edges")
                        .types()
                        .forEach((name, type) -> types.put(name.toLowerCase(Locale.ROOT), type));
                return types;
            }
        }

        /** Those of which the plan reports no loss; of each type of the source, so many at most. */
        private List<Pair> exact(int most) throws SQLException {
            Map<Pair, String> losses = losses();
            return IntStream.range(0, sources.size())
                    .boxed()
                    .flatMap(from -> IntStream.range(0, targets.size())
                            .mapToObj(into -> new Pair(from, (from + into) % targets.size()))
                            .filter(pair -> !losses.containsKey(pair))
                            .limit(most))
                    .collect(Collectors.toCollection(ArrayList::new));
        }

        Set<String> values(int most) throws SQLException {
            createTables();
            List<Pair> left = exact(most);
            while (!left.isEmpty()) {
                List<Pair> together = new ArrayList<>();
                Set<String> taken = new HashSet<>();
                for (Pair pair : left) {
                    if (!taken.contains(pair.source()) && !taken.contains(pair.target())) {
                        taken.addAll(List.of(pair.source(), pair.target()));
                        together.add(pair);
                    }
                }
                left.removeAll(together);
                tryAll(together);
            }
            return problems;
        }

        String reference() throws SQLException {
            Database.execute(source, table(sources, "s"));
            Database.execute(target, table(targets, "t"));
            Map<Pair, String> losses = losses();
            StringBuilder text = new StringBuilder("## " + title(one) + " into " + title(other)
                    + "\n\n| from | arrives as it is in | may lose |\n|---|---|---|\n");
            for (int from = 0; from < sources.size(); from++) {
                List<String> exact = new ArrayList<>();
                Map<String, List<String>> lossy = new TreeMap<>();
                for (int into = 0; into < targets.size(); into++) {
                    String hazard = losses.get(new Pair(from, into));
                    String name = "`" + targets.get(into).name() + "`";
                    if (hazard == null) {
                        exact.add(name);
                    } else if (!hazard.startsWith("The types differ") && !hazard.startsWith("It is not known")) {
                        lossy.computeIfAbsent(SHORT.getOrDefault(hazard, hazard), loss -> new ArrayList<>())
                                .add(name);
                    }
                }
                text.append("| `")
                        .append(sources.get(from).name())
                        .append("` | ")
                        .append(String.join(", ", exact))
                        .append(" | ")
                        .append(lossy.entrySet().stream()
                                .map(loss -> loss.getKey() + ": " + String.join(", ", loss.getValue()))
                                .collect(Collectors.joining("; ")))
                        .append(" |\n");
            }
            return text.toString();
        }

        private static String title(Database database) {
            return switch (database) {
                case H2 -> "H2";
                case POSTGRES -> "PostgreSQL";
                case MARIADB, MARIADB_AS_MYSQL -> "MariaDB";
            };
        }

        private String name(Pair pair) {
            return sources.get(pair.from()).name() + " -> "
                    + targets.get(pair.into()).name();
        }

        private void tryAll(List<Pair> pairs) throws SQLException {
            Database.execute(target, "DELETE FROM edges");
            String problem = copy(mapping(pairs));
            if (problem == null) {
                check(pairs, "copy");
                damage(pairs);
                return;
            }
            if (pairs.size() == 1) {
                tryWithout(pairs.get(0), problem);
                return;
            }
            List<Pair> named =
                    pairs.stream().filter(pair -> isNamed(pair, problem)).toList();
            for (Pair pair : named.isEmpty() ? pairs : named) {
                tryAll(List.of(pair));
            }
            List<Pair> others = new ArrayList<>(pairs);
            others.removeAll(named);
            if (!named.isEmpty() && !others.isEmpty()) {
                tryAll(others);
            }
        }

        /** Without the values that are refused, which are put back afterwards. */
        private void tryWithout(Pair pair, String problem) throws SQLException {
            if (!isNamed(pair, problem)) {
                problems.add(name(pair) + ": refused without its column: " + problem);
                return;
            }
            EdgeValues type = sources.get(pair.from());
            int values = type.literals().size();
            Set<Integer> refused = new HashSet<>();
            for (int value = 0; value < values; value++) {
                Database.execute(source, "UPDATE edges SET " + pair.source() + " = NULL");
                Database.execute(target, "DELETE FROM edges");
                set(source, one, value, pair.source() + " = " + type.literal(value));
                if (copy(mapping(List.of(pair))) != null) {
                    refused.add(value);
                }
            }
            restore(pair, refused);
            if (refused.isEmpty()) {
                problems.add(name(pair) + ": refused, but no value of it: " + problem);
            } else {
                tryAll(List.of(pair));
            }
            restore(pair, Set.of());
        }

        private static boolean isNamed(Pair pair, String problem) {
            return problem.toLowerCase(Locale.ROOT).matches("(?s).*\\b" + pair.target() + "\\b.*");
        }

        private void restore(Pair pair, Set<Integer> refused) {
            EdgeValues type = sources.get(pair.from());
            for (int row = 0; row < rows; row++) {
                boolean isRefused = refused.contains(row % (type.literals().size() + 1));
                set(source, one, row, pair.source() + " = " + (isRefused ? "NULL" : type.literal(row)));
            }
        }

        private static void set(DataSource database, Database kind, int row, String assignments) {
            Database.execute(database, freely(kind, "UPDATE edges SET " + assignments + " WHERE id = " + row));
        }

        private @Nullable String copy(TableMapping mapping) {
            return copy(Backfill.from(source, mapping).named("edges"));
        }

        private @Nullable String copyKeyed(TableMapping mapping) {
            return copy(Backfill.from(source, mapping).named("keyed").chunkSize(2));
        }

        /** What was wrong; null if nothing was. */
        private @Nullable String copy(BackfillBuilder<List<String>, Void> backfill) {
            try {
                backfill.into(target).workers(1).build().run(String.valueOf(++sweep));
                return null;
            } catch (RuntimeException e) {
                return String.valueOf(e.getMessage());
            }
        }

        private Map<Integer, List<String>> shown(boolean ofSource, List<Pair> pairs) throws SQLException {
            Database kind = ofSource ? one : other;
            String columns = pairs.stream()
                    .map(pair -> ofSource
                            ? sources.get(pair.from()).shown(kind, pair.source())
                            : targets.get(pair.into()).shown(kind, pair.target()))
                    .collect(Collectors.joining(", "));
            Map<Integer, List<String>> shown = new HashMap<>();
            Statements.query(
                    ofSource ? source : target,
                    row -> {
                        List<String> values = new ArrayList<>();
                        for (int i = 0; i < pairs.size(); i++) {
                            EdgeValues type = ofSource
                                    ? sources.get(pairs.get(i).from())
                                    : targets.get(pairs.get(i).into());
                            String value = type.normal(kind, row.getString(i + 2));
                            boolean isFilled = sources.get(pairs.get(i).from()).isFilled()
                                    || targets.get(pairs.get(i).into()).isFilled();
                            values.add(isFilled ? value.replaceFirst("(20)+$", "") : value);
                        }
                        return shown.put(row.getInt(1), values);
                    },
                    "SELECT id, " + columns + " FROM edges");
            return shown;
        }

        /** Where the databases show other values, as row and column. */
        private Set<String> different(List<Pair> pairs) throws SQLException {
            Map<Integer, List<String>> ours = shown(true, pairs);
            Map<Integer, List<String>> theirs = shown(false, pairs);
            Set<String> different = new HashSet<>();
            for (int row = 0; row < rows; row++) {
                List<String> there = theirs.getOrDefault(row, List.of());
                for (int i = 0; i < pairs.size(); i++) {
                    String value = ours.get(row).get(i);
                    if (there.isEmpty() || !there.get(i).equals(value)) {
                        different.add(row + " " + i);
                    }
                }
            }
            return different;
        }

        private String describe(List<Pair> pairs, String rowAndColumn) throws SQLException {
            int row = Integer.parseInt(rowAndColumn.split(" ")[0]);
            int column = Integer.parseInt(rowAndColumn.split(" ")[1]);
            return name(pairs.get(column)) + ": "
                    + shorter(sources.get(pairs.get(column).from()).literal(row)) + " "
                    + shorter(shown(true, pairs).get(row).get(column)) + " / "
                    + shorter(shown(false, pairs)
                            .getOrDefault(row, List.of("no row"))
                            .get(column));
        }

        private static String shorter(String text) {
            return text.length() > 80 ? text.substring(0, 80) + "..." : text;
        }

        private void check(List<Pair> pairs, String after) throws SQLException {
            for (String each : different(pairs)) {
                problems.add("lost by " + after + ": " + describe(pairs, each));
            }
            verify(pairs, after);
        }

        private void verify(List<Pair> pairs, String after) throws SQLException {
            VerifyResult<RowKey> result;
            try {
                result = Verify.tables(mapping(pairs), source, target)
                        .settle(Duration.ofMillis(1), 1)
                        .revealColumns(pairs.stream().map(Pair::target).toArray(String[]::new))
                        .build()
                        .run();
            } catch (RuntimeException e) {
                if (pairs.size() > 1) {
                    for (Pair pair : pairs) {
                        verify(List.of(pair), after);
                    }
                } else {
                    problems.add("not compared after " + after + ": " + name(pairs.get(0)) + ": "
                            + shorter(String.valueOf(e.getMessage()).replaceFirst(".*columns: ", "")));
                }
                return;
            }
            Set<String> told = new HashSet<>();
            Map<String, String> details = new HashMap<>();
            for (Difference<RowKey> difference : result.differences()) {
                for (Difference.Field field : difference.fields()) {
                    for (int i = 0; i < pairs.size(); i++) {
                        if (pairs.get(i).target().equals(field.name())) {
                            String at = difference.key().only(Long.class) + " " + i;
                            told.add(at);
                            details.put(at, shorter(field.authority()) + " / " + shorter(field.mirror()));
                        }
                    }
                }
                if (difference.fields().isEmpty()) {
                    problems.add("reported after " + after + ": " + difference + " in "
                            + pairs.stream().map(this::name).toList());
                }
            }
            Set<String> different = different(pairs);
            for (String each : different) {
                if (!told.contains(each)) {
                    problems.add("not found after " + after + ": " + describe(pairs, each));
                }
            }
            for (String each : told) {
                if (!different.contains(each)) {
                    problems.add("equal, but reported after " + after + ": " + describe(pairs, each) + ", "
                            + details.get(each));
                }
            }
        }

        private void damage(List<Pair> pairs) throws SQLException {
            for (int row = 0; row < rows; row++) {
                int next = row + 1;
                set(
                        target,
                        other,
                        row,
                        pairs.stream()
                                .map(pair -> pair.target() + " = "
                                        + targets.get(pair.into()).literal(next))
                                .collect(Collectors.joining(", ")));
            }
            verify(pairs, "damage");
            String problem = copy(mapping(pairs));
            if (problem != null) {
                problems.add("not repaired: " + pairs.stream().map(this::name).toList() + ": " + problem);
                return;
            }
            check(pairs, "repair");
        }

        Set<String> keys(int most) throws SQLException {
            createTables();
            for (Pair pair : exact(most)) {
                tryKey(pair);
            }
            return problems;
        }

        private void tryKey(Pair pair) throws SQLException {
            EdgeValues from = sources.get(pair.from());
            EdgeValues into = targets.get(pair.into());
            if (!canBeKey(one, from) || !canBeKey(other, into)) {
                return;
            }
            Database.execute(source, "DROP TABLE IF EXISTS keyed");
            Database.execute(target, "DROP TABLE IF EXISTS keyed");
            try {
                Database.execute(source, keyed(one, from));
                Database.execute(target, keyed(other, into));
            } catch (IllegalStateException e) {
                return; // no index for it
            }
            TableMapping mapping = TableMapping.from("keyed")
                    .into("keyed")
                    .key("id")
                    .column("v")
                    .build();
            Plan plan = Plan.of(mapping, source, target);
            if (plan.isBlocked()
                    || plan.findings().stream()
                            .anyMatch(finding -> finding.what().startsWith("Key "))) {
                return;
            }
            int inserted = 0;
            for (String literal : from.literals()) {
                if (literal.contains("\\0000") || literal.contains("\\0b")) {
                    continue; // the key of a row stands in the table of progress, which has no such character in
                    // PostgreSQL
                }
                try {
                    Database.execute(
                            source, freely(one, "INSERT INTO keyed VALUES (" + literal + ", " + inserted + ")"));
                    inserted++;
                } catch (IllegalStateException e) {
                    // equal to another one
                }
            }
            String problem = copyKeyed(mapping);
            if (problem != null) {
                refused(pair, problem);
                return;
            }
            checkKeys(pair, mapping, "copy");
            Database.execute(target, "UPDATE keyed SET v = -1 - v");
            try {
                VerifyResult<RowKey> result = verifyKeyed(mapping);
                if (result.differences().size() != inserted) {
                    problems.add("key " + name(pair) + ": found " + result.differences() + " of " + inserted);
                }
            } catch (RuntimeException e) {
                problems.add("key " + name(pair) + ": not compared after damage: " + e.getMessage());
            }
            problem = copyKeyed(mapping);
            if (problem != null) {
                problems.add("key " + name(pair) + ": not repaired: " + problem);
            }
            checkKeys(pair, mapping, "repair");
        }

        private void refused(Pair pair, String problem) {
            if (!problem.toLowerCase(Locale.ROOT).matches("(?s).*\\bid\\b.*")) {
                problems.add("key " + name(pair) + ": refused without its name: " + problem);
            }
        }

        private static VerifyResult<RowKey> verifyKeyed(TableMapping mapping, DataSource source, DataSource target) {
            return Verify.tables(mapping, source, target)
                    .settle(Duration.ofMillis(1), 1)
                    .chunkSize(2)
                    .build()
                    .run();
        }

        private VerifyResult<RowKey> verifyKeyed(TableMapping mapping) {
            return verifyKeyed(mapping, source, target);
        }

        private void checkKeys(Pair pair, TableMapping mapping, String after) throws SQLException {
            Set<String> ours = keysOf(source, one, sources.get(pair.from()), pair);
            Set<String> theirs = keysOf(target, other, targets.get(pair.into()), pair);
            if (!ours.equals(theirs)) {
                Set<String> both = new HashSet<>(ours);
                both.retainAll(theirs);
                ours.removeAll(both);
                theirs.removeAll(both);
                problems.add("key " + name(pair) + ": lost by " + after + ": " + shorter(ours + " / " + theirs));
            }
            try {
                VerifyResult<RowKey> result = verifyKeyed(mapping);
                if (!result.isEqual()) {
                    problems.add(
                            "key " + name(pair) + ": equal, but reported after " + after + ": " + result.differences());
                }
            } catch (RuntimeException e) {
                problems.add("key " + name(pair) + ": not compared after " + after + ": " + e.getMessage());
            }
        }

        private Set<String> keysOf(DataSource database, Database kind, EdgeValues type, Pair pair) throws SQLException {
            boolean isFilled = sources.get(pair.from()).isFilled()
                    || targets.get(pair.into()).isFilled();
            return new HashSet<>(Statements.query(
                    database,
                    row -> {
                        String key = type.normal(kind, row.getString(1));
                        return (isFilled ? key.replaceFirst("(20)+$", "") : key) + "=" + row.getInt(2);
                    },
                    "SELECT " + type.shown(kind, "id") + ", v FROM keyed"));
        }

        private static boolean canBeKey(Database database, EdgeValues type) {
            boolean isLong = type.declared().endsWith("TEXT") || type.declared().endsWith("BLOB");
            return !isLong || !isMySql(database); // MariaDB has no index on all of one
        }

        private static String keyed(Database database, EdgeValues type) {
            boolean isText = type.family() == EdgeValues.Family.TEXT && isMySql(database);
            boolean isBare =
                    type.declared().startsWith("ENUM") || type.declared().startsWith("SET");
            return "CREATE TABLE keyed (id " + type.name() + (isText && !isBare ? " COLLATE utf8mb4_nopad_bin" : "")
                    + " NOT NULL PRIMARY KEY, v INTEGER)";
        }
    }
}

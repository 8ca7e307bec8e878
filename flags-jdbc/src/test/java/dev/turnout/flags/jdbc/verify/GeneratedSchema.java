package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.sql.Transactions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.IntFunction;
import javax.sql.DataSource;

/** As many tables as FoodMart has, as many of them without a key, with rows and damages that depend on a seed alone. */
final class GeneratedSchema {
    private static final int KEYED = 14;
    private static final int KEYLESS = 23;
    private static final int DAMAGES = 60;
    private static final int ROWS_OF_BATCH = 500;

    /** What distinguishes rows. */
    private enum Key {
        NUMBER,
        PAIR,
        UUID,
        /** A number as well, but not declared as the primary key. */
        UNIQUE_NUMBER,
        NONE
    }

    private static final List<Key> KEYS = List.of(Key.NUMBER, Key.PAIR, Key.UUID, Key.UNIQUE_NUMBER);
    private static final List<Samples> TYPES = List.of(Samples.values());

    private record Table(String name, Key key, List<Samples> columns, int parent) {}

    private final Random random;
    private final int rowsOfEach;
    private final List<Table> tables = new ArrayList<>();
    private final List<List<Integer>> marks = new ArrayList<>(); // of the rows of each table; equal rows have one
    private int nextMark = 1_000_000;

    GeneratedSchema(long seed, int rowsOfEach) {
        random = new Random(seed);
        this.rowsOfEach = rowsOfEach;
        List<Integer> names = new ArrayList<>();
        for (int i = 0; i < KEYED + KEYLESS; i++) {
            names.add(i);
        }
        Collections.shuffle(names, random); // then parents are not those that come first by name
        List<Integer> parents = new ArrayList<>();
        for (int i = 0; i < KEYED + KEYLESS; i++) {
            Key key = i < KEYED ? KEYS.get(i % KEYS.size()) : Key.NONE;
            List<Samples> columns = new ArrayList<>();
            for (int column = 3 + random.nextInt(6); column > 0; column--) {
                columns.add(TYPES.get(random.nextInt(TYPES.size())));
            }
            int parent = parents.isEmpty() || random.nextInt(3) == 0 ? -1 : parents.get(random.nextInt(parents.size()));
            tables.add(new Table("table_%02d".formatted(names.get(i)), key, columns, parent));
            if (key == Key.NUMBER || key == Key.UNIQUE_NUMBER) {
                parents.add(i);
            }
        }
    }

    int rows() {
        return marks.stream().mapToInt(List::size).sum();
    }

    /** The tables, parents first. */
    void create(Database kind, DataSource database) {
        for (Table table : tables) {
            StringBuilder sql = new StringBuilder("CREATE TABLE " + table.name() + " (mark BIGINT NOT NULL");
            for (int i = 0; i < table.columns().size(); i++) {
                sql.append(", c" + i + " " + table.columns().get(i).type(kind));
            }
            switch (table.key()) {
                case NUMBER -> sql.append(", PRIMARY KEY (mark)");
                case UNIQUE_NUMBER -> sql.append(", UNIQUE (mark)");
                case PAIR -> sql.append(", k VARCHAR(20) NOT NULL, PRIMARY KEY (mark, k)");
                case UUID -> sql.append(", u UUID NOT NULL PRIMARY KEY");
                case NONE -> {}
            }
            if (table.parent() >= 0) {
                sql.append(", parent BIGINT, CONSTRAINT ref_" + table.name() + " FOREIGN KEY (parent) REFERENCES "
                        + tables.get(table.parent()).name() + " (mark)");
            }
            Database.execute(database, sql + ")");
        }
    }

    void fill(DataSource database) throws SQLException {
        for (Table table : tables) {
            List<Integer> written = new ArrayList<>();
            marks.add(written);
            Transactions.run(database, connection -> {
                try (PreparedStatement statement = prepareInsert(connection, table)) {
                    for (int mark = 1; mark <= rowsOfEach; mark++) {
                        int times = table.key() == Key.NONE && random.nextInt(4) == 0 ? 2 + random.nextInt(2) : 1;
                        written.addAll(Collections.nCopies(times, mark));
                        add(statement, table, mark, times);
                        if (mark % ROWS_OF_BATCH == 0) {
                            statement.executeBatch();
                        }
                    }
                    return statement.executeBatch().length;
                }
            });
        }
    }

    private static PreparedStatement prepareInsert(Connection connection, Table table) throws SQLException {
        int columns = 1 + table.columns().size();
        columns += table.key() == Key.PAIR || table.key() == Key.UUID ? 1 : 0;
        columns += table.parent() >= 0 ? 1 : 0;
        return connection.prepareStatement("INSERT INTO " + table.name() + " VALUES ("
                + String.join(", ", Collections.nCopies(columns, "?")) + ")");
    }

    private void add(PreparedStatement statement, Table table, int mark, int times) throws SQLException {
        List<Object> values = new ArrayList<>();
        values.add((long) mark);
        for (Samples column : table.columns()) {
            values.add(random.nextInt(5) == 0 ? null : column.value(random.nextInt(rowsOfEach), random));
        }
        if (table.key() == Key.PAIR) {
            values.add("k" + mark);
        }
        if (table.key() == Key.UUID) {
            values.add(new UUID(0, mark));
        }
        if (table.parent() >= 0) {
            values.add(mark > rowsOfEach || random.nextInt(5) == 0 ? null : 1L + random.nextInt(rowsOfEach));
        }
        for (int time = 0; time < times; time++) {
            for (int i = 0; i < values.size(); i++) {
                statement.setObject(i + 1, values.get(i));
            }
            statement.addBatch();
        }
    }

    /** Damages rows of the target, each of them once. Returns what a verification has to find, and nothing else. */
    Set<String> damage(Database kind, DataSource database) throws SQLException {
        for (Table table : tables) {
            if (table.parent() >= 0) {
                Database.execute(database, "ALTER TABLE " + table.name() + " DROP CONSTRAINT ref_" + table.name());
            }
        }
        Set<String> expected = new TreeSet<>();
        Set<String> damaged = new HashSet<>();
        String row = kind == Database.H2 ? "_ROWID_" : "ctid";
        try (Connection connection = database.getConnection()) {
            for (int damages = 0; damages < DAMAGES; ) {
                int at = random.nextInt(tables.size());
                Table table = tables.get(at);
                int mark = marks.get(at).get(random.nextInt(marks.get(at).size()));
                int times = Collections.frequency(marks.get(at), mark);
                if (!damaged.add(table.name() + mark)) {
                    continue;
                }
                damages++;
                String one = " WHERE " + row + " = (SELECT " + row + " FROM " + table.name() + " WHERE mark = " + mark
                        + " LIMIT 1)";
                switch (random.nextInt(3)) {
                    case 0 -> {
                        Database.execute(database, "DELETE FROM " + table.name() + one);
                        expected.add(found(table, "MISSING", mark, times, times - 1));
                    }
                    case 1 -> {
                        int changed = change(connection, table, one);
                        if (changed == 0) {
                            damages--;
                        } else if (table.key() == Key.NONE) {
                            expected.add(found(table, "MISSING", mark, times, times - 1));
                            expected.add(found(table, "EXTRA", mark, 0, 1));
                        } else {
                            expected.add(found(table, "DIFFERENT", mark, 1, 1));
                        }
                    }
                    default -> {
                        int more = times > 1 ? mark : nextMark++;
                        if (times > 1) {
                            Database.execute(
                                    database, "INSERT INTO " + table.name() + " SELECT * FROM " + table.name() + one);
                        } else {
                            try (PreparedStatement statement = prepareInsert(connection, table)) {
                                add(statement, table, more, 1);
                                statement.executeBatch();
                            }
                        }
                        int before = times > 1 ? times : 0;
                        expected.add(found(table, "EXTRA", more, before, before + 1));
                    }
                }
            }
        }
        return expected;
    }

    /** Another value in some column that can have one. */
    private int change(Connection connection, Table table, String where) throws SQLException {
        IntFunction<Object> different = i -> switch (table.columns().get(i)) {
            case SMALLINT -> (short) 4711;
            case INTEGER -> 47_110_815;
            case BIGINT -> 47_110_815L;
            case VARCHAR, CHAR -> "damaged";
            case DATE -> java.time.LocalDate.of(1789, 7, 14);
            default -> null;
        };
        for (int i = 0; i < table.columns().size(); i++) {
            Object value = different.apply(i);
            if (value != null) {
                try (PreparedStatement statement =
                        connection.prepareStatement("UPDATE " + table.name() + " SET c" + i + " = ?" + where)) {
                    statement.setObject(1, value);
                    return statement.executeUpdate();
                }
            }
        }
        return 0;
    }

    private static String found(Table table, String kind, int mark, int ours, int theirs) {
        return switch (table.key()) {
            case NONE -> "%s %s row %d: %d, %d".formatted(table.name(), kind, mark, ours, theirs);
            case PAIR -> "%s %s %d/k%d".formatted(table.name(), kind, mark, mark);
            case UUID -> "%s %s %s".formatted(table.name(), kind, new UUID(0, mark));
            default -> "%s %s %d".formatted(table.name(), kind, mark);
        };
    }

    /** The differences that were found, written as those that were made. */
    static Set<String> found(SchemaVerifyResult result) {
        Set<String> found = new TreeSet<>();
        result.tables()
                .forEach((mapping, table) -> table.differences().forEach(difference -> {
                    String name = mapping.substring(0, mapping.indexOf(' ')).toLowerCase(Locale.ROOT);
                    boolean hasNoKey = !difference.fields().isEmpty()
                            && Objects.equals(difference.fields().get(0).name(), "rows");
                    if (!hasNoKey) {
                        found.add(name + " " + difference.kind() + " " + difference.key());
                        return;
                    }
                    String ours = difference.fields().get(0).authority();
                    String theirs = difference.fields().get(0).mirror();
                    String mark = difference.fields().get(1).authority()
                            + difference.fields().get(1).mirror();
                    found.add("%s %s row %s: %s, %s"
                            .formatted(
                                    name,
                                    difference.kind(),
                                    mark.substring(1, mark.indexOf(';')), // n12; on one side, or on both
                                    ours,
                                    theirs));
                }));
        return found;
    }
}

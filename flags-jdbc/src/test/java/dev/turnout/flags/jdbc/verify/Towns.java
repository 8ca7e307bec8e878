package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.sql.DataSource;

/** A plain table, and what it becomes. */
final class Towns {
    static final TableMapping MAPPING =
            TableMapping.from("town").into("town_v2").key("id").column("name").build();

    private static final int INSERTED_AT_ONCE = 1_000;

    private Towns() {}

    static void create(DataSource database, String table, int rows) {
        Database.execute(database, "CREATE TABLE " + table + " (id BIGINT PRIMARY KEY, name VARCHAR(50))");
        for (int from = 1; from <= rows; from += INSERTED_AT_ONCE) {
            Database.execute(
                    database,
                    IntStream.rangeClosed(from, Math.min(rows, from + INSERTED_AT_ONCE - 1))
                            .mapToObj(id -> "(" + id + ", 'town " + id + "')")
                            .collect(Collectors.joining(", ", "INSERT INTO " + table + " VALUES ", "")));
        }
    }
}

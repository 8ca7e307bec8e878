package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import javax.sql.DataSource;

/** Two tables that are described: one with odd texts, a composite key and gaps, and what it becomes. */
final class Parcels {
    /** Texts in which the forms of COPY, SQL and JDBC have something to trip over. */
    static final List<String> ODD = List.of(
            "plain",
            "",
            " ",
            "a\tb",
            "a\nb\r",
            "back\\slash",
            "\\N",
            "\\.",
            "it's",
            "\"quoted\"",
            "käse 🧀",
            "%_",
            "1:2",
            "\b\f");

    private Parcels() {}

    static TableMapping.Builder mapping() {
        return TableMapping.from("parcel")
                .into("parcel_v2")
                .key("region")
                .key("id")
                .column("note")
                .column("weight", "grams");
    }

    static TableMapping versioned() {
        return mapping().version("version", "writer").deleted("deleted").build();
    }

    static TableMapping plain() {
        return mapping().build();
    }

    static void createBoth(DataSource source, DataSource target) {
        create(source, "parcel", "weight");
        create(target, "parcel_v2", "grams");
    }

    private static void create(DataSource database, String table, String weight) {
        String isMySql = is(database, "MARIADB") || is(database, "MYSQL")
                ? " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
                : "";
        Database.execute(
                database,
                "CREATE TABLE " + table + " (region VARCHAR(40)" + isMySql
                        + " NOT NULL, id BIGINT NOT NULL, note VARCHAR(200)" + isMySql
                        + ", " + weight
                        + " DECIMAL(12, 3), version BIGINT NOT NULL DEFAULT 0, writer BIGINT NOT NULL DEFAULT 0,"
                        + " deleted BOOLEAN NOT NULL DEFAULT FALSE, PRIMARY KEY (region, id))");
    }

    /** Whether the database distinguishes rows that were written from those that the guard kept out. */
    static boolean countsWrites(DataSource target) {
        return !is(target, "MARIADB") && !is(target, "MYSQL");
    }

    static boolean is(DataSource database, String dialect) {
        try (Connection connection = database.getConnection()) {
            return Names.of(connection).dialect().name().equals(dialect);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Row number {@code i} of the source: its text keys repeat, its numbers lie a billion apart. */
    static void fill(DataSource source, int count) {
        try (Connection connection = source.getConnection();
                PreparedStatement insert = connection.prepareStatement(
                        "INSERT INTO parcel (region, id, note, weight, version, writer, deleted) VALUES (?, ?, ?, ?, ?, ?, ?)")) {
            for (int i = 0; i < count; i++) {
                insert.setString(1, region(i));
                insert.setLong(2, id(i));
                insert.setString(3, i % 11 == 0 ? null : ODD.get(i / ODD.size() % ODD.size()));
                insert.setBigDecimal(4, BigDecimal.valueOf(i, 3));
                insert.setLong(5, 1);
                insert.setLong(6, -i);
                insert.setBoolean(7, i % 17 == 0);
                insert.addBatch();
            }
            insert.executeBatch();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static String region(int i) {
        return ODD.get(i % ODD.size());
    }

    static long id(int i) {
        return (i % 2 == 0 ? i : -i) * 1_000_000_000L;
    }

    static List<String> source(DataSource database) {
        return rows(database, "parcel", "weight");
    }

    static List<String> target(DataSource database) {
        return rows(database, "parcel_v2", "grams");
    }

    private static List<String> rows(DataSource database, String table, String weight) {
        try {
            return new ArrayList<>(new TreeSet<>(Statements.query(
                    database,
                    row -> row.getString(1) + "|" + row.getLong(2) + "|" + row.getString(3) + "|" + row.getBigDecimal(4)
                            + "|" + row.getLong(5) + "." + row.getLong(6) + "|" + row.getBoolean(7),
                    "SELECT region, id, note, " + weight + ", version, writer, deleted FROM " + table)));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static int update(DataSource database, String sql, Object... parameters) {
        try {
            return Statements.update(database, sql, parameters);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}

package dev.turnout.examples.spark;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Copies a large table from one database to another, and compares the two, with the hands of a Spark cluster: here in one process, with as many
 * tasks at once as it has processors, each of which is tried four times.
 */
public final class BackfillOnSpark {
    private static final int DEFAULT_ROWS = 1_000_000;

    /**
     * What happened.
     *
     * @param copied how many rows each task has copied
     * @param verdicts what each task knows of the whole at its end
     */
    record Report(List<Long> copied, List<SharedTable.Verdict> verdicts) {}

    private BackfillOnSpark() {}

    /** Creates a PostgreSQL with a table of so many rows, or of a million, copies it, and compares. */
    public static void main(String... arguments) throws IOException, SQLException {
        int rows = arguments.length > 0 ? Integer.parseInt(arguments[0]) : DEFAULT_ROWS;
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start();
                JavaSparkContext spark = spark("local[*, 4]")) {
            SharedTable table = create(postgres, rows);
            long began = System.nanoTime();
            Report report = run(spark, table);
            System.out.printf(
                    "Copied and compared %,d rows in %.1f s. Rows copied by each task: %s. By each task's verdict: %s.%n",
                    rows, (System.nanoTime() - began) / 1e9, report.copied(), report.verdicts());
        }
    }

    /** Spark, which may be a cluster as well: then {@code spark-submit} defines where it is. */
    static JavaSparkContext spark(String master) {
        return new JavaSparkContext(
                new SparkConf().setMaster(master).setAppName("turnout-backfill").set("spark.ui.enabled", "false"));
    }

    static Report run(JavaSparkContext spark, SharedTable table) {
        int tasks = spark.defaultParallelism();
        List<Integer> hands = new ArrayList<>(Collections.nCopies(tasks, 0));
        List<Long> copied =
                spark.parallelize(hands, tasks).map(hand -> table.copy()).collect();
        List<SharedTable.Verdict> verdicts =
                spark.parallelize(hands, tasks).map(hand -> table.verify()).collect();
        return new Report(copied, verdicts);
    }

    static SharedTable create(EmbeddedPostgres postgres, int rows) throws SQLException {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE old");
            statement.execute("CREATE DATABASE new");
        }
        execute(
                postgres,
                "old",
                "CREATE TABLE parcel (id bigint PRIMARY KEY, note text, weight numeric(12, 3), version bigint NOT NULL)",
                "INSERT INTO parcel SELECT id * 7, 'parcel ' || id, id / 1000.0, 1 FROM generate_series(1, " + rows
                        + ") id",
                "ANALYZE parcel");
        execute(
                postgres,
                "new",
                "CREATE TABLE parcel_v2 (id bigint PRIMARY KEY, note text, grams numeric(12, 3), version bigint NOT NULL)");
        return new SharedTable(postgres.getJdbcUrl("postgres", "old"), postgres.getJdbcUrl("postgres", "new"));
    }

    private static void execute(EmbeddedPostgres postgres, String database, String... statements) throws SQLException {
        try (Connection connection = postgres.getDatabase("postgres", database).getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }
}

package dev.turnout.examples.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(300)
class BackfillOnSparkTest {
    private static final int ROWS = 200_000;

    @Test
    void two_tasks_copy_a_table_and_compare_it() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start();
                JavaSparkContext spark = BackfillOnSpark.spark("local[2, 4]")) {
            SharedTable table = BackfillOnSpark.create(postgres, ROWS);

            BackfillOnSpark.Report report = BackfillOnSpark.run(spark, table);

            System.out.println("Spark: " + report);
            assertThat(report.copied().stream().mapToLong(Long::longValue).sum())
                    .isEqualTo(ROWS);
            assertThat(report.verdicts())
                    .containsExactly(new SharedTable.Verdict(ROWS, 0), new SharedTable.Verdict(ROWS, 0));
            change(postgres);
            assertThat(BackfillOnSpark.run(spark, table).verdicts()).contains(new SharedTable.Verdict(ROWS, 1));
        }
    }

    @Test
    void a_task_that_fails_is_tried_again_and_goes_on() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start();
                JavaSparkContext spark = BackfillOnSpark.spark("local[2, 4]")) {
            SharedTable table = BackfillOnSpark.create(postgres, ROWS);

            List<Long> copied = spark.parallelize(List.of(0, 1), 2)
                    .map(hand -> {
                        long rows = table.copy();
                        if (hand == 0 && TaskContext.get().attemptNumber() == 0) {
                            throw new IllegalStateException("the executor is lost, and its result with it");
                        }
                        return rows;
                    })
                    .collect();

            assertThat(copied)
                    .as("what the lost one had copied was not copied again")
                    .hasSize(2);
            assertThat(copied.stream().mapToLong(Long::longValue).sum()).isLessThan(ROWS);
            assertThat(table.verify()).isEqualTo(new SharedTable.Verdict(ROWS, 0));
        }
    }

    private static void change(EmbeddedPostgres postgres) throws Exception {
        try (Connection connection = postgres.getDatabase("postgres", "new").getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE parcel_v2 SET note = '?' WHERE id = 700");
        }
    }
}

package dev.turnout.flags.jdbc.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Replica;
import dev.turnout.flags.jdbc.backfill.Backfill;
import dev.turnout.flags.jdbc.backfill.BackfillBuilder;
import dev.turnout.flags.jdbc.backfill.BackfillException;
import dev.turnout.flags.jdbc.backfill.BackfillResult;
import dev.turnout.flags.jdbc.backfill.Plan;
import dev.turnout.flags.jdbc.backfill.Throttle;
import dev.turnout.flags.jdbc.sql.Replication;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.threads.OwnThread;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A real replica that is behind: nothing is lost for it, and nothing found that is not there. */
@Timeout(300)
class ReplicaTest {
    private static final int ROWS = 300;
    private static final Duration LONG = Duration.ofDays(1);

    static List<Database> kinds() {
        return Database.each().filter(kind -> kind != Database.H2).toList();
    }

    @ParameterizedTest(allowZeroInvocations = true) // a build may have H2 alone
    @MethodSource("kinds")
    void a_replica_that_is_behind_slows_a_backfill_is_no_source_and_is_not_found_different(
            Database kind, @TempDir Path directory) throws Exception {
        try (Replica servers = Replica.start(kind, directory)) {
            DataSource primary = servers.primary();
            DataSource replica = servers.replica();
            Towns.create(primary, "town", ROWS);
            Towns.create(primary, "town_v2", 0);
            awaitThat(servers::isReplayed);
            assertThat(Replication.lagSeconds(primary)).isEmpty();

            assertThatThrownBy(() -> backfill(replica, primary).build().run("1"))
                    .isInstanceOf(BackfillException.class)
                    .hasMessageContaining("The source is a replica");
            Database.execute(primary, "CREATE TABLE town_v3 (id BIGINT PRIMARY KEY, name VARCHAR(50))");
            assertThat(Backfill.from(
                                    replica,
                                    TableMapping.from("town")
                                            .into("town_v3")
                                            .key("id")
                                            .column("name")
                                            .build())
                            .into(primary)
                            .named("from a replica")
                            .fromReplica()
                            .build()
                            .run("1")
                            .written())
                    .isEqualTo(ROWS);
            assertThat(Plan.of(Towns.MAPPING, replica, primary).isBlocked()).isTrue();
            assertThat(Plan.of(Towns.MAPPING, primary, primary).isBlocked()).isFalse();

            servers.delay(LONG);
            Database.execute(primary, "UPDATE town SET name = 'not replayed' WHERE id <= 100");
            awaitThat(servers::isHoldingBack);
            awaitThat(() -> lag(replica) > 0.1); // which from now on only grows
            AtomicInteger chunks = new AtomicInteger();
            CompletableFuture<BackfillResult> run = OwnThread.supply(() -> backfill(primary, primary)
                    .throttle(Throttle.none()
                            .whileReplicaBelow(replica, Duration.ofMillis(100))
                            .checkEvery(Duration.ofMillis(10)))
                    .onProgress(progress -> chunks.incrementAndGet())
                    .build()
                    .run("1"));
            awaitThat(() -> lag(replica) > 1);
            assertThat(run).isNotDone();
            assertThat(chunks).as("chunks begun while the replica was behind").hasValue(0);
            VerifyResult<RowKey> behind = verify(primary, replica);
            assertThat(behind.counts())
                    .as("all rows are missing there, but only late")
                    .isEmpty();
            assertThat(behind.unsettled()).isEqualTo(ROWS);

            servers.delay(Duration.ZERO);
            assertThat(run.get(100, TimeUnit.SECONDS).written()).isEqualTo(ROWS);
            awaitThat(servers::isReplayed);
            assertThat(verify(primary, replica).isEqual()).isTrue();
            assertThat(verify(replica, primary).isEqual()).isTrue();

            Database.execute(primary, "UPDATE town_v2 SET name = 'damaged' WHERE id = 7");
            awaitThat(servers::isReplayed);
            assertThat(verify(primary, replica).counts())
                    .as("a replica that is not behind hides nothing")
                    .hasSize(1);

            servers.promote();
            assertThat(Replication.lagSeconds(replica))
                    .as("of what is a replica no more")
                    .isEmpty();
        }
    }

    private static BackfillBuilder<?, ?> backfill(DataSource source, DataSource target) {
        return Backfill.from(source, Towns.MAPPING).into(target).named("towns");
    }

    private static VerifyResult<RowKey> verify(DataSource source, DataSource target) {
        return Verify.tables(Towns.MAPPING, source, target)
                .settle(Duration.ofMillis(5), 2)
                .build()
                .run();
    }

    private interface Condition {
        boolean holds() throws SQLException;
    }

    private static double lag(DataSource replica) throws SQLException {
        return Replication.lagSeconds(replica).orElseThrow();
    }

    private static void awaitThat(Condition condition) throws SQLException {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.holds()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.onSpinWait();
        }
    }
}

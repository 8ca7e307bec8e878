package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.turnout.flags.spi.FleetStore;
import dev.turnout.flags.spi.Member;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.threads.OwnThread;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@OnEachDatabase
@Timeout(60)
class JdbcFleetStoreTest {
    private static final Duration LEASE = Duration.ofMillis(1_500);

    private final DataSource database;
    private final FleetStore fleet;
    private final FleetStore sameFleet;

    JdbcFleetStoreTest(Database database) {
        this.database = database.create();
        fleet = JdbcFleetStore.in(this.database);
        sameFleet = JdbcFleetStore.in(this.database);
    }

    private static Member.Registration registration(String node) {
        return new Member.Registration(node, "process of " + node, "journal", "toString()", LEASE);
    }

    private static Member.Report report(long revision, long using, long acknowledged, @Nullable Stage override) {
        return new Member.Report(revision, new StateId("entry", using, "0123abcd"), acknowledged, override);
    }

    private Member only() {
        List<Member> members = sameFleet.members("m");
        assertThat(members).hasSize(1);
        return members.get(0);
    }

    @Test
    void what_a_node_reports_is_seen_by_all() {
        FleetStore.Membership node = fleet.join("m", registration("node"));
        assertThat(only()).isEqualTo(new Member(node.id(), registration("node"), 0, Member.Report.NONE));

        assertThat(node.report(report(7, 5, 4, Stage.SYNC))).isTrue();
        assertThat(only()).isEqualTo(new Member(node.id(), registration("node"), 1, report(7, 5, 4, Stage.SYNC)));
        assertThat(node.report(report(8, 5, 5, null))).isTrue();
        assertThat(only()).isEqualTo(new Member(node.id(), registration("node"), 2, report(8, 5, 5, null)));
        Member.Report troubled =
                new Member.Report(8, new StateId("entry", 5, "x"), 5, null, "ü".repeat(Member.Report.LONGEST_PROBLEM));
        assertThat(node.report(troubled)).isTrue();
        assertThat(only().report()).isEqualTo(troubled);

        node.close();
        node.close();
        assertThat(sameFleet.members("m")).isEmpty();
        assertThat(node.report(report(9, 5, 5, null))).isFalse();
    }

    @Test
    void a_node_that_starts_again_is_another_member() {
        FleetStore.Membership before = fleet.join("m", registration("node"));
        FleetStore.Membership after = fleet.join("m", registration("node"));

        assertThat(before.id()).isNotEqualTo(after.id());
        assertThat(sameFleet.members("m")).extracting(Member::id).containsExactlyInAnyOrder(before.id(), after.id());
        assertThat(sameFleet.members("another")).isEmpty();
    }

    @Test
    void a_member_is_counted_out_only_if_it_has_not_reported_since() {
        FleetStore.Membership node = fleet.join("m", registration("node"));
        Member seen = only();
        node.report(report(1, 1, 1, null));

        assertThat(sameFleet.evict("m", seen)).isFalse();
        assertThat(sameFleet.evict("m", only())).isTrue();
        assertThat(sameFleet.evict("m", seen)).as("is out").isTrue();
        assertThat(node.report(report(2, 2, 2, null))).isFalse();
    }

    @Test
    void a_report_and_a_count_at_once_have_one_winner() throws Exception {
        for (int round = 0; round < 30; round++) {
            FleetStore.Membership node = fleet.join("m", registration("node"));
            Member seen = only();
            CompletableFuture<Boolean> reported = OwnThread.supply(() -> node.report(report(1, 1, 1, null)));
            CompletableFuture<Boolean> counted = OwnThread.supply(() -> sameFleet.evict("m", seen));

            assertThat(reported.get(20, TimeUnit.SECONDS)).isNotEqualTo(counted.get(20, TimeUnit.SECONDS));
            node.close();
        }
    }

    @Test
    void a_hundred_nodes_join_at_once_into_a_database_without_tables() throws Exception {
        ExecutorService starting = Executors.newFixedThreadPool(20); // a server has only so many connections
        List<CompletableFuture<FleetStore.Membership>> joining = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            String name = "node-" + i;
            FleetStore own = JdbcFleetStore.in(database);
            joining.add(CompletableFuture.supplyAsync(() -> own.join("m", registration(name)), starting));
        }
        for (CompletableFuture<FleetStore.Membership> one : joining) {
            assertThat(one.get(30, TimeUnit.SECONDS).report(report(1, 1, 1, null)))
                    .isTrue();
        }
        starting.shutdown();
        assertThat(fleet.members("m")).hasSize(100);
    }

    @Test
    void an_outage_is_told_and_survived() {
        AtomicBoolean down = new AtomicBoolean();
        DataSource flaky = Faults.proxy(DataSource.class, (proxy, method, arguments) -> {
            if (down.get()) {
                throw new SQLException("down", "08001");
            }
            return Faults.call(database, method, arguments);
        });
        FleetStore.Membership node = JdbcFleetStore.in(flaky).join("m", registration("node"));
        down.set(true);
        assertThatThrownBy(() -> node.report(report(1, 1, 1, null)))
                .isInstanceOf(JdbcFleetStore.FleetException.class)
                .hasMessage("Node 'node' cannot report: down");
        down.set(false);

        assertThat(node.report(report(1, 1, 1, null))).isTrue();
    }
}

package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three processes, and a new path of which each call hangs for two seconds from the moment in which keys are in SYNC, with recorded keys that the sweep
 * has to make equal: how long an order to go back takes until the last node is back.
 */
@Tag("long")
@Timeout(300)
class RollBackProcessTest {
    private static final int NODES = 3;
    private static final Duration LONGEST = Duration.ofSeconds(3);

    private final List<WorkerProcess> nodes = new ArrayList<>();

    @AfterEach
    void end() {
        nodes.forEach(WorkerProcess::end);
    }

    private void tellAll(String line) throws Exception {
        for (WorkerProcess node : nodes) {
            node.tell(line);
        }
    }

    private void awaitAll(String beginning) throws Exception {
        for (WorkerProcess node : nodes) {
            node.await(beginning);
        }
    }

    private static long last(WorkerProcess node, String beginning) {
        String line = node.lines(beginning).get(node.lines(beginning).size() - 1);
        return Long.parseLong(line.substring(line.lastIndexOf(' ') + 1));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void all_nodes_are_back_in_time_though_each_call_of_the_new_path_hangs(boolean versioned) throws Exception {
        assumeTrue(Database.ofThisBuild().contains(Database.POSTGRES), "an H2 is in one process only");
        DataSource database = Database.POSTGRES.create();
        Database.execute(database, RouterProcess.TABLES);
        for (int i = 0; i < NODES; i++) {
            nodes.add(WorkerProcess.start(
                    RouterProcess.class,
                    WorkerProcess.url(database),
                    String.valueOf(versioned),
                    String.valueOf(i),
                    String.valueOf(NODES)));
        }
        awaitAll("ready");
        WorkerProcess first = nodes.get(0);
        tellAll("use");
        first.tell("go DUAL_WRITE");
        first.await("arrived DUAL_WRITE");
        first.tell("sweep");
        first.await("swept");
        first.tell("go SHADOW");
        first.await("arrived SHADOW");
        awaitAll("stage SHADOW");
        tellAll("hang");
        first.tell("record");
        first.await("recorded");
        first.tell("order LIVE");
        awaitAll("stage SYNC");
        first.await("hangs 8"); // as many as sweep, or repair, at once

        first.tell("rollback");
        first.await("told");
        for (WorkerProcess node : nodes) {
            node.awaitAfter("stage SYNC", "stage SHADOW");
            node.awaitAfter("stage SYNC", "answers SHADOW");
        }

        assertThat(first.lines("told")).singleElement().asString().startsWith("told All nodes go to SHADOW");
        long ordered = last(first, "ordered");
        assertThat(nodes).allSatisfy(node -> {
            assertThat(Duration.ofNanos(last(node, "stage SHADOW") - ordered))
                    .as("until it is back")
                    .isLessThan(LONGEST);
            assertThat(Duration.ofNanos(last(node, "answers SHADOW") - ordered))
                    .as("until it answers")
                    .isLessThan(LONGEST);
            assertThat(node.lines("wrong")).isEmpty();
        });
    }
}

package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.rows.KeyCodec;
import dev.turnout.flags.jdbc.sql.Statements;
import java.io.File;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A rolling start: nodes of an older build have created the tables, filled them and serve; nodes of this build join
 * them and upgrade the tables; and keys switch sides, there and back, while both builds route. The older build is the
 * class path of its main classes in the property {@code older.build}.
 */
@Tag("long")
@Timeout(400)
class RollingStartTest {
    private static final String OLDER = System.getProperty("older.build", "");
    private static final int NODES = 4;

    private final List<WorkerProcess> nodes = new ArrayList<>();
    private int started;
    private int orders;

    @AfterEach
    void end() {
        nodes.forEach(WorkerProcess::end);
    }

    private WorkerProcess startOlder(DataSource database, boolean versioned) throws Exception {
        WorkerProcess node = WorkerProcess.startOf(OLDER, RouterProcess.class, arguments(database, versioned));
        use(node);
        assertThat(node.lines("ready"))
                .singleElement()
                .asString()
                .as("its build")
                .contains(OLDER.split(File.pathSeparator)[0]);
        return node;
    }

    private WorkerProcess start(DataSource database, boolean versioned) throws Exception {
        WorkerProcess node = WorkerProcess.start(RouterProcess.class, arguments(database, versioned));
        use(node);
        return node;
    }

    private String[] arguments(DataSource database, boolean versioned) throws Exception {
        String number = String.valueOf(started++);
        return new String[] {WorkerProcess.url(database), String.valueOf(versioned), number, String.valueOf(NODES)};
    }

    private void use(WorkerProcess node) throws Exception {
        nodes.add(node);
        node.await("ready");
        node.tell("use");
    }

    private void go(WorkerProcess node, String stage) throws Exception {
        String order = "go " + stage + " " + orders++;
        node.tell(order);
        node.awaitAfter(order, "arrived " + stage);
    }

    private static Map<String, Integer> steps(DataSource database) throws Exception {
        Map<String, Integer> steps = new HashMap<>();
        Statements.query(
                database,
                row -> steps.put(row.getString(1), row.getInt(2)),
                "SELECT component, version FROM turnout_schema");
        return steps;
    }

    private static Map<String, Integer> stepsOfThisBuild() throws Exception {
        DataSource fresh = Database.POSTGRES.create();
        try (JdbcFlagStore flags = JdbcFlagStore.in(fresh);
                JdbcJournal<Long> journal = JdbcJournal.in(fresh, "items", KeyCodec.longs())) {
            flags.read();
            JdbcFleetStore.in(fresh).members("items");
            journal.depth();
        }
        return steps(fresh);
    }

    private static Map<Long, Long> values(DataSource database, String table) throws Exception {
        Map<Long, Long> values = new HashMap<>();
        Statements.query(database, row -> values.put(row.getLong(1), row.getLong(2)), "SELECT id, value FROM " + table);
        return values;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nodes_of_two_builds_serve_and_cross_together_and_nothing_is_lost(boolean versioned) throws Exception {
        assumeTrue(!OLDER.isEmpty(), "no older build is given");
        assumeTrue(Database.ofThisBuild().contains(Database.POSTGRES), "an H2 is in one process only");
        DataSource database = Database.POSTGRES.create();
        Database.execute(database, RouterProcess.TABLES);
        WorkerProcess first = startOlder(database, versioned);
        WorkerProcess second = startOlder(database, versioned);
        go(first, "DUAL_WRITE");

        WorkerProcess newer = start(database, versioned);
        assertThat(steps(database)).as("tables are upgraded").isEqualTo(stepsOfThisBuild());
        newer.tell("sweep");
        newer.await("swept");
        go(first, "SHADOW");
        go(newer, "LIVE"); // the controllers of both builds walk
        second.end(); // as if it were killed
        nodes.remove(second);
        start(database, versioned);
        go(newer, "RAMP_DOWN");
        go(first, "SHADOW");
        go(first, "LIVE");
        for (WorkerProcess node : nodes) {
            node.tell("end");
            node.await("ended");
        }

        assertThat(nodes)
                .hasSize(3)
                .allSatisfy(node -> assertThat(node.lines("wrong")).isEmpty());
        Map<Long, Long> values = values(database, "item_new");
        assertThat(nodes.stream().flatMap(node -> node.lines("acknowledged").stream()))
                .isNotEmpty()
                .allSatisfy(line -> {
                    String[] acknowledged = line.split(" ");
                    assertThat(values.get(Long.valueOf(acknowledged[1])))
                            .isGreaterThanOrEqualTo(Long.parseLong(acknowledged[2]));
                });
    }
}

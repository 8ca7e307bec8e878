package dev.turnout.flags.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.Flags;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.logs.LogLines;
import dev.turnout.flags.migration.CurrentWrite;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.FencedException;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.UncertainWriteException;
import dev.turnout.flags.migration.WriteOutcome;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.InMemoryFlagStore;
import dev.turnout.flags.threads.OwnThread;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@OnEachDatabase
@Timeout(60)
class JdbcFenceTest {
    private final Database kind;
    private final DataSource database;
    private final JdbcFence fence;
    private final CountDownLatch checked = new CountDownLatch(1);
    private final CountDownLatch commits = new CountDownLatch(1);
    private volatile String member = ""; // that wrote last
    private Flags flags;
    private Migration<Integer, String> migration;

    JdbcFenceTest(Database database) {
        kind = database;
        this.database = database.create();
        fence = JdbcFence.in(this.database, "m");
    }

    @BeforeEach
    void at_version_five() {
        InMemoryFlagStore store = new InMemoryFlagStore();
        MigrationState start = MigrationState.startingAt("m", Stage.OFF);
        store.apply(Change.by("test", "x")
                .put(new MigrationState("m", 5, start.bucketing(), start.position(), start.goal()), Change.ABSENT));
        flags = Flags.from(store);
        migration = migration();
    }

    /** At a version that no fence here is closed below. */
    private Migration<Integer, String> another(DataPath<Integer, String> path) {
        MigrationState start = MigrationState.startingAt("another", Stage.OFF);
        InMemoryFlagStore store = new InMemoryFlagStore();
        store.apply(Change.by("test", "x")
                .put(
                        new MigrationState("another", 9, start.bucketing(), start.position(), start.goal()),
                        Change.ABSENT));
        return Migration.named("another", path, path).fences(fence, fence).build(Flags.from(store));
    }

    private Migration<Integer, String> migration() {
        DataPath<Integer, String> path = new FencedPath();
        return Migration.named("m", path, path).fences(fence, fence).build(flags);
    }

    @AfterEach
    void close() {
        commits.countDown();
        migration.close();
        flags.close();
    }

    /** Does nothing but check, in a transaction that ends when the test wants. */
    private final class FencedPath implements DataPath<Integer, String> {
        @Override
        public Optional<String> get(Integer key) {
            return Optional.empty();
        }

        @Override
        public void put(Integer key, String value) {
            try (Connection connection = database.getConnection()) {
                int isolation = connection.getTransactionIsolation();
                if (value.equals("of a snapshot")) {
                    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
                }
                connection.setAutoCommit(false);
                try {
                    member = CurrentWrite.member().orElseThrow();
                    if (value.equals("of a snapshot")) {
                        Statements.query(connection, row -> true, "SELECT 1 FROM turnout_fence");
                        checked.countDown();
                        commits.await();
                    }
                    fence.check(connection);
                    checked.countDown();
                    if (value.equals("slow")) {
                        commits.await();
                    } else if (value.equals("of some time")) {
                        Statements.query(connection, row -> true, "SELECT pg_sleep(0.1 + 0.2 * random())");
                    }
                    connection.commit();
                } catch (RuntimeException | InterruptedException e) {
                    connection.rollback();
                    throw e instanceof RuntimeException known ? known : new IllegalStateException(e);
                } finally {
                    connection.rollback();
                    connection.setAutoCommit(true);
                    connection.setTransactionIsolation(isolation);
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void delete(Integer key) {}
    }

    @Test
    void writes_of_versions_that_are_closed_are_refused_and_the_others_are_not() {
        fence.close(5);
        migration.put(1, "a");
        fence.close(6);

        assertThatThrownBy(() -> migration.put(1, "b"))
                .isInstanceOf(FencedException.class)
                .hasMessageContaining("versions below 6");
        fence.close(3);
        assertThat(fence.closedBelow()).as("never opens again").isEqualTo(6);
    }

    @Test
    void a_write_of_another_migration_inside_one_says_nothing_of_its_version() {
        try (Migration<Integer, String> inner = another(new FencedPath())) {
            DataPath<Integer, String> path = new DataPath<>() {
                @Override
                public Optional<String> get(Integer key) {
                    return Optional.empty();
                }

                @Override
                public void put(Integer key, String value) {
                    inner.put(key, value);
                }

                @Override
                public void delete(Integer key) {}
            };
            migration.close();
            migration = Migration.named("m", path, path).fences(fence, fence).build(flags);
            fence.close(6);
            inner.put(1, "a");

            assertThatThrownBy(() -> migration.put(1, "a"))
                    .isInstanceOf(FencedException.class)
                    .hasMessageContaining("version 5");
        }
    }

    @Test
    void closing_waits_for_the_transactions_that_were_allowed() throws Exception {
        CompletableFuture<?> write = OwnThread.run(() -> migration.put(1, "slow"));
        checked.await();
        if (kind != Database.H2) { // has no shared locks
            migration.put(2, "another one is not in the way");
        }
        CompletableFuture<?> closing = OwnThread.run(() -> fence.close(6));

        assertThatThrownBy(() -> closing.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        commits.countDown();
        closing.get(20, TimeUnit.SECONDS);

        assertThat(write).succeedsWithin(Duration.ofSeconds(20));
        assertThatThrownBy(() -> migration.put(1, "late")).isInstanceOf(FencedException.class);
    }

    @Test
    void writes_of_a_member_that_is_refused_are_refused_and_those_of_others_are_not() {
        migration.put(1, "a");
        String evicted = member;
        fence.refuse("another member");
        migration.put(1, "b");
        fence.refuse(evicted);
        fence.refuse(evicted);

        assertThatThrownBy(() -> migration.put(1, "c"))
                .isInstanceOf(FencedException.class)
                .hasMessageContaining("evicted");
        try (Migration<Integer, String> again = migration()) {
            again.put(1, "d");
            assertThat(member).isNotEqualTo(evicted);
        }
        assertThat(fence.closedBelow()).as("no version is closed").isZero();
    }

    @Test
    void refusing_waits_for_the_transactions_that_were_allowed() throws Exception {
        CompletableFuture<?> write = OwnThread.run(() -> migration.put(1, "slow"));
        checked.await();
        CompletableFuture<?> refusing = OwnThread.run(() -> fence.refuse(member));
        CompletableFuture<?> byAnotherNode =
                OwnThread.run(() -> JdbcFence.in(database, "m").refuse(member));

        assertThatThrownBy(() -> refusing.get(200, TimeUnit.MILLISECONDS)).isInstanceOf(TimeoutException.class);
        assertThat(byAnotherNode).isNotDone();
        commits.countDown();
        refusing.get(20, TimeUnit.SECONDS);
        byAnotherNode.get(20, TimeUnit.SECONDS);

        assertThat(write).succeedsWithin(Duration.ofSeconds(20));
        assertThatThrownBy(() -> migration.put(1, "late")).isInstanceOf(FencedException.class);
    }

    /** Who waits for the lock of a refusal sees it when it has the lock, though its query began before. */
    @Test
    void a_write_that_comes_while_a_member_is_being_refused_is_refused() throws Exception {
        CompletableFuture<?> first = OwnThread.run(() -> migration.put(1, "slow"));
        checked.await();
        CompletableFuture<?> refusing = OwnThread.run(() -> fence.refuse(member));
        awaitWaiting(1);
        CompletableFuture<?> second = OwnThread.run(() -> migration.put(2, "behind it"));
        awaitWaiting(2);
        commits.countDown();

        refusing.get(20, TimeUnit.SECONDS);
        // The refusal of the other write may end the node's lease before this one is reported as done.
        assertThat(first.handle((done, e) -> e == null || e.getCause() instanceof UncertainWriteException)
                        .get(20, TimeUnit.SECONDS))
                .isTrue();
        Throwable refused = catchThrowable(() -> second.get(20, TimeUnit.SECONDS));
        boolean hasComeBeforeTheRefusal = kind == Database.H2 && refused == null; // it keeps no queue of those who wait
        if (!hasComeBeforeTheRefusal) {
            assertThat(refused).hasCauseInstanceOf(FencedException.class);
        }
    }

    @Test
    void a_transaction_that_sees_what_was_there_when_it_began_is_refused_all_the_same() throws Exception {
        migration.put(1, "a");
        CompletableFuture<?> write = OwnThread.run(() -> migration.put(1, "of a snapshot"));
        checked.await();
        fence.refuse(member);
        commits.countDown();

        assertThatThrownBy(() -> write.get(20, TimeUnit.SECONDS))
                .cause()
                .satisfies(e -> assertThat(e instanceof FencedException || e.getCause() instanceof SQLException)
                        .as("refused, or rolled back as it saw too little: " + e)
                        .isTrue());
    }

    /** Some of which are always under way: locks of rows alone would let new ones in for ever. */
    @Test
    void closing_comes_between_writes_that_never_leave_a_gap() throws Exception {
        assumeTrue(kind == Database.POSTGRES, "others have no such locks, or let no lock pass those that wait");
        AtomicLong written = new AtomicLong();
        List<CompletableFuture<?>> writers = Stream.<CompletableFuture<?>>generate(() -> OwnThread.run(() -> {
                    while (true) {
                        migration.put(1, "of some time");
                        written.incrementAndGet();
                    }
                }))
                .limit(8)
                .toList();
        while (written.get() < 16) {
            Thread.onSpinWait();
        }

        fence.close(6);

        for (CompletableFuture<?> writer : writers) {
            // The first one reports to the others that their node is not in the fleet, also to one that has just
            // committed.
            assertThatThrownBy(() -> writer.get(20, TimeUnit.SECONDS))
                    .satisfies(e -> assertThat(WriteOutcome.of(e.getCause()))
                            .isIn(WriteOutcome.NOT_APPLIED, WriteOutcome.UNKNOWN));
        }
    }

    @Test
    void a_write_that_does_not_end_keeps_the_others_waiting_for_a_moment_only() throws Exception {
        assumeTrue(kind == Database.POSTGRES, "for others, the database's own time-out decides");
        CompletableFuture<?> write = OwnThread.run(() -> migration.put(1, "slow"));
        checked.await();

        assertThatThrownBy(() -> fence.close(6)).hasMessageContaining("lock timeout");
        migration.put(2, "passes");
        assertThatThrownBy(() -> fence.close(6)).hasMessageContaining("lets writes pass");
        commits.countDown();

        assertThat(write).succeedsWithin(Duration.ofSeconds(20));
        assertThat(fence.closedBelow()).isLessThan(6);
        JdbcFence ofAnotherNode = JdbcFence.in(database, "m");
        ofAnotherNode.close(6);
        assertThat(fence.closedBelow()).isEqualTo(6);
    }

    /** Each lock of a row that two have makes a MultiXact, of which PostgreSQL has 2^32. */
    @Test
    void writes_lock_no_row_in_postgres() throws Exception {
        assumeTrue(kind == Database.POSTGRES, "others have nothing else");
        CompletableFuture<?> write = OwnThread.run(() -> migration.put(1, "slow"));
        checked.await();
        migration.put(2, "beside it");

        assertThat(Statements.query(database, row -> row.getString(1), "SELECT xmax FROM turnout_fence"))
                .as("who has locked it last")
                .containsExactly("0");
        commits.countDown();
        assertThat(write).succeedsWithin(Duration.ofSeconds(20));
    }

    /** A snapshot above READ COMMITTED does not have what was closed since it was taken. */
    @Test
    void a_transaction_that_sees_what_was_there_when_it_began_does_not_pass_a_closed_fence() throws Exception {
        migration.put(1, "a");
        CompletableFuture<?> write = OwnThread.run(() -> migration.put(1, "of a snapshot"));
        checked.await();
        fence.close(6);
        commits.countDown();

        assertThatThrownBy(() -> write.get(20, TimeUnit.SECONDS))
                .cause()
                .satisfies(e -> assertThat(e instanceof FencedException || e.getCause() instanceof SQLException)
                        .as("refused, or rolled back as it saw too little: " + e)
                        .isTrue());
    }

    @Test
    void a_write_that_waits_behind_the_closing_sees_it() throws Exception {
        assumeTrue(kind == Database.POSTGRES, "elsewhere the lock of the row gives what is there then");
        CompletableFuture<?> first = OwnThread.run(() -> migration.put(1, "slow"));
        checked.await();
        CompletableFuture<?> closing = OwnThread.run(() -> fence.close(6));
        awaitWaiting(1);
        CompletableFuture<?> second = OwnThread.run(() -> migration.put(2, "behind it"));
        awaitWaiting(2);
        commits.countDown();

        closing.get(20, TimeUnit.SECONDS);
        assertThatThrownBy(() -> second.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(FencedException.class);
        assertThat(first.handle((done, e) -> e == null || e.getCause() instanceof UncertainWriteException)
                        .get(20, TimeUnit.SECONDS))
                .isTrue();
    }

    /** For so many transactions to wait for the lock of a fence. */
    private void awaitWaiting(int transactions) throws SQLException {
        String waiting = switch (kind) {
            case POSTGRES -> "pg_locks WHERE locktype = 'advisory' AND NOT granted";
            case H2 -> "information_schema.sessions WHERE blocker_id IS NOT NULL";
            case MARIADB, MARIADB_AS_MYSQL ->
                "information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT' AND trx_query LIKE '%turnout_fence%'";
        };
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (Statements.query(database, row -> row.getInt(1), "SELECT count(*) FROM " + waiting)
                        .get(0)
                < transactions) {
            assertThat(System.nanoTime()).as("%s wait in time", transactions).isLessThan(end);
            LockSupport.parkNanos(
                    150_000_000); // MariaDB looks again only if there was no request for a tenth of a second
        }
    }

    @Test
    void a_fence_that_could_not_be_created_when_the_migration_was_built_is_created_later() throws Exception {
        Faults faults = new Faults(database);
        faults.setDown(true);
        JdbcFence late = JdbcFence.in(faults.dataSource(), "m");
        DataPath<Integer, String> path = new DataPath<>() {
            @Override
            public Optional<String> get(Integer key) {
                return Optional.empty();
            }

            @Override
            public void put(Integer key, String value) {
                try (Connection connection = database.getConnection()) {
                    connection.setAutoCommit(false);
                    try {
                        late.check(connection);
                    } finally {
                        // The transaction continues, as the caller may want it to.
                        Statements.query(connection, row -> 1, "SELECT 1");
                        connection.rollback();
                        connection.setAutoCommit(true);
                    }
                } catch (SQLException e) {
                    throw new IllegalStateException(e.getMessage(), e);
                }
            }

            @Override
            public void delete(Integer key) {}
        };
        Database.execute(database, "DROP TABLE turnout_fence");
        LogLines warnings = new LogLines(JdbcFence.class);
        try (warnings;
                Migration<Integer, String> built =
                        Migration.named("m", path, path).fences(late, late).build(flags)) {
            faults.setDown(false);
            assertThatThrownBy(() -> built.put(1, "a")).hasRootCauseInstanceOf(SQLException.class);

            boolean isWritten = false;
            for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20); !isWritten && System.nanoTime() < end; ) {
                try {
                    built.put(1, "a");
                    isWritten = true;
                } catch (RuntimeException e) {
                    Thread.onSpinWait(); // not yet
                }
            }
            assertThat(isWritten).isTrue();
        }
    }

    @Test
    void what_is_no_write_of_the_migration_is_not_looked_at() throws SQLException {
        fence.close(9);
        try (Connection connection = database.getConnection()) {
            fence.check(connection);
        }
        assertThat(fence.closedBelow()).isEqualTo(9);
    }

    @Test
    void fences_of_different_migrations_do_not_know_each_other() {
        JdbcFence.in(database, "it's another").close(7);

        assertThat(fence.closedBelow()).isZero();
        assertThat(JdbcFence.in(database, "it's another").closedBelow()).isEqualTo(7);
    }
}

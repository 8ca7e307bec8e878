package dev.turnout.flags.jdbc.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.Faults;
import dev.turnout.flags.jdbc.backfill.RangeTable.Range;
import dev.turnout.flags.jdbc.ranges.RangeTakenException;
import dev.turnout.flags.jdbc.ranges.WriterLeases;
import dev.turnout.flags.jdbc.sql.Component;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.jdbc.sql.Transactions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@MethodSource("databases")
@Timeout(600)
class RangeLeasesTest {
    private static final long HOUR = Duration.ofHours(1).toMillis();

    private final DataSource database;

    RangeLeasesTest(Database kind) {
        database = kind.create();
    }

    static Stream<Database> databases() {
        return Database.products();
    }

    @BeforeEach
    void twoRanges() throws SQLException {
        Home home = Home.of(database, Component.BACKFILL);
        RangeTable table = new RangeTable(home, "b");
        TableKey middle = new TableKey(List.of("5"));
        List<Range> ranges = List.of(Range.of(0, null, middle), Range.of(1, middle, new TableKey(List.of("9"))));
        home.run(connection -> {
            table.plan(connection, "1", "hash", false, ranges);
            return ranges;
        });
    }

    private WriterLeases leases(String owner, long millis) {
        return new WriterLeases(Home.of(database, Component.BACKFILL), "b", "1", owner, millis);
    }

    private void endLeases() {
        Database.execute(database, "UPDATE turnout_backfill_range SET lease_until = 0");
    }

    private void hold(WriterLeases leases, Range range) throws SQLException {
        Transactions.run(database, connection -> {
            leases.hold(connection, range);
            return range;
        });
    }

    @Test
    void each_range_is_given_to_one_until_its_lease_is_over() throws SQLException {
        WriterLeases a = leases("a", HOUR);
        WriterLeases b = leases("b", HOUR);
        Range first = RangeTable.take(a).orElseThrow();
        Range second = RangeTable.take(b).orElseThrow();

        assertThat(List.of(first.number(), second.number())).containsExactly(0, 1);
        assertThat(RangeTable.take(a)).isEmpty();
        assertThat(RangeTable.take(b)).isEmpty();
        endLeases();
        Range taken = RangeTable.take(b).orElseThrow();

        assertThat(taken.number()).isZero();
        assertThat(taken.epoch()).isEqualTo(first.epoch() + 1);
        assertThat(a.isTaken(first)).isTrue();
        assertThatThrownBy(() -> hold(a, first)).isInstanceOf(RangeTakenException.class);
        hold(b, taken);
    }

    @Test
    void who_says_that_it_is_alive_keeps_what_it_has() throws SQLException {
        WriterLeases a = leases("a", HOUR);
        WriterLeases b = leases("b", HOUR);
        RangeTable.take(a);
        RangeTable.take(b);
        endLeases();

        a.renew();

        assertThat(RangeTable.take(leases("c", HOUR)).orElseThrow().number())
                .as("that of b")
                .isEqualTo(1);
        assertThat(RangeTable.take(leases("c", HOUR))).isEmpty();
    }

    @Test
    void a_lease_that_is_over_is_no_matter_as_long_as_nobody_has_taken_the_range() throws SQLException {
        WriterLeases a = leases("a", HOUR);
        Range range = RangeTable.take(a).orElseThrow();
        endLeases();

        hold(a, range);

        assertThat(a.isTaken(range)).isFalse();
        assertThat(RangeTable.take(leases("b", HOUR)).orElseThrow().number())
                .as("the other one")
                .isEqualTo(1);
    }

    @Test
    void what_is_given_back_is_free_at_once_and_only_by_its_owner() throws SQLException {
        WriterLeases a = leases("a", HOUR);
        WriterLeases b = leases("b", HOUR);
        Range first = RangeTable.take(a).orElseThrow();
        RangeTable.take(a);

        b.giveBack(first);
        b.giveBackAll();
        assertThat(RangeTable.take(b)).isEmpty();
        a.giveBack(first);
        assertThat(RangeTable.take(b).orElseThrow().number()).isZero();
        a.giveBackAll();
        assertThat(RangeTable.take(b).orElseThrow().number()).isEqualTo(1);
    }

    /** Also if it is one that the run has had before, and has lost to another one. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_range_that_was_taken_when_the_connection_was_lost_is_not_forgotten(boolean hadBefore) throws SQLException {
        Faults faults = new Faults(database);
        boolean reached = true;
        int step = 0;
        while (reached) {
            Database.execute(database, "UPDATE turnout_backfill_range SET owner = NULL");
            WriterLeases a = new WriterLeases(Home.of(faults.dataSource(), Component.BACKFILL), "b", "1", "a", HOUR);
            if (hadBefore) {
                takeBoth(a);
                endLeases();
                WriterLeases b = leases("b", HOUR);
                takeBoth(b);
                b.giveBackAll();
            }
            faults.failAt(++step, true);
            Range first = RangeTable.take(a).orElseThrow();
            reached = faults.hasFailed();
            faults.stop();

            Range second = RangeTable.take(a).orElseThrow();

            assertThat(List.of(first.number(), second.number()))
                    .as("cut after step %s", step)
                    .containsExactlyInAnyOrder(0, 1);
        }
        assertThat(step).isGreaterThan(3);
    }

    private static void takeBoth(WriterLeases leases) throws SQLException {
        assertThat(RangeTable.take(leases)).isPresent();
        assertThat(RangeTable.take(leases)).isPresent();
    }

    /** It would be waited for by all, and worked at by none. */
    @Test
    void a_range_that_its_owner_does_not_know_of_is_free_when_its_lease_is_over() throws SQLException {
        RangeTable.take(leases("a", HOUR));
        WriterLeases a = leases("a", HOUR); // the same run, which was not notified of that
        Range known = RangeTable.take(a).orElseThrow();
        endLeases();

        a.renew();

        WriterLeases b = leases("b", HOUR);
        assertThat(RangeTable.take(b).orElseThrow().number()).isEqualTo(1 - known.number());
        assertThat(RangeTable.take(b)).isEmpty();
    }

    @Test
    void a_range_that_cannot_be_given_back_is_free_when_its_lease_is_over() throws SQLException {
        Faults faults = new Faults(database);
        WriterLeases a = new WriterLeases(Home.of(faults.dataSource(), Component.BACKFILL), "b", "1", "a", HOUR);
        Range range = RangeTable.take(a).orElseThrow();
        faults.setDown(true);
        assertThatThrownBy(() -> a.giveBack(range)).isInstanceOf(SQLException.class);
        faults.setDown(false);
        endLeases();

        a.renew();

        assertThat(RangeTable.take(leases("b", HOUR)).orElseThrow().number()).isEqualTo(range.number());
    }

    /** Neither the others nor the run's own sign of life wait for it. */
    @Test
    void a_range_that_is_being_written_is_passed_by() throws SQLException {
        WriterLeases a = leases("a", HOUR);
        Range range = RangeTable.take(a).orElseThrow();
        endLeases();

        Transactions.run(database, connection -> {
            a.hold(connection, range);
            a.renew();
            assertThat(RangeTable.take(leases("b", HOUR)).orElseThrow().number())
                    .isEqualTo(1);
            assertThat(RangeTable.take(leases("b", HOUR))).isEmpty();
            return range;
        });
    }

    /** As it stays where a process is stopped, or out of reach, in the middle of a chunk. */
    @Test
    void a_transaction_whose_client_is_silent_for_a_lease_is_ended() throws SQLException {
        assumeTrue(Parcels.is(database, "POSTGRES"), "only PostgreSQL reports who it is");
        WriterLeases a = leases("a", 1);
        Range range = RangeTable.take(a).orElseThrow();
        Connection silent = database.getConnection(); // never given back, as it cannot be used after this
        try (Connection bystander = database.getConnection()) {
            silent.setAutoCommit(false);
            a.hold(silent, range);
            bystander.setAutoCommit(false);
            Statements.update(bystander, "UPDATE turnout_backfill_range SET step = step WHERE 1 = 0");
            assertThat(RangeTable.take(leases("b", HOUR)).orElseThrow().number())
                    .as("the one that is free")
                    .isEqualTo(1);
            WriterLeases c = leases("c", 1);
            Optional<Range> taken = Optional.empty();
            while (taken.isEmpty()) { // until a millisecond is over
                c.endStuckSessions();
                taken = RangeTable.take(c);
            }

            assertThat(taken.get()).isEqualTo(range.taken());
            assertThatThrownBy(silent::commit).isInstanceOf(SQLException.class);
            bystander.commit();
            bystander.setAutoCommit(true);
        }
    }

    private interface Work {
        void of(WriterLeases leases) throws SQLException;
    }

    /** Of a client that is stopped as soon as it has locked rows after it was armed, until it is woken. */
    private WriterLeases stopping(AtomicBoolean isArmed, CountDownLatch locked, CountDownLatch woken) {
        DataSource stops = Faults.proxy(DataSource.class, (source, getConnection, none) -> {
            Connection connection = database.getConnection();
            AtomicBoolean hasLocked = new AtomicBoolean();
            return Faults.proxy(Connection.class, (proxy, method, arguments) -> {
                if (method.getName().equals("prepareStatement")) {
                    if (hasLocked.get()) {
                        locked.countDown();
                        woken.await();
                    }
                    hasLocked.set(isArmed.get() && String.valueOf(arguments[0]).contains("FOR UPDATE"));
                }
                return Faults.call(connection, method, arguments);
            });
        });
        return new WriterLeases(Home.of(stops, Component.BACKFILL), "b", "1", "a", 1);
    }

    /** What becomes of it when it continues. */
    private FutureTask<Void> endsWhoIsStoppedIn(Work before, Work work) throws Exception {
        assumeTrue(Parcels.is(database, "POSTGRES"), "only PostgreSQL reports who it is");
        AtomicBoolean isArmed = new AtomicBoolean();
        CountDownLatch locked = new CountDownLatch(1);
        CountDownLatch woken = new CountDownLatch(1);
        WriterLeases stopping = stopping(isArmed, locked, woken);
        before.of(stopping);
        isArmed.set(true);
        FutureTask<Void> stopped = new FutureTask<>(() -> {
            work.of(stopping);
            return null;
        });
        new Thread(stopped, "stopped").start();
        locked.await();
        endLeasesThatAreNotLocked();

        WriterLeases other = leases("other", 1);
        Set<Integer> taken = new HashSet<>();
        while (taken.size() < 2) {
            other.endStuckSessions();
            RangeTable.take(other).ifPresent(range -> taken.add(range.number()));
        }

        woken.countDown();
        return stopped;
    }

    private void endLeasesThatAreNotLocked() throws SQLException {
        Transactions.run(database, connection -> {
            List<Integer> free = Statements.query(
                    connection,
                    row -> row.getInt(1),
                    "SELECT range_no FROM turnout_backfill_range FOR UPDATE SKIP LOCKED");
            for (int number : free) {
                Statements.update(
                        connection, "UPDATE turnout_backfill_range SET lease_until = 0 WHERE range_no = ?", number);
            }
            return free;
        });
    }

    @Test
    void a_client_that_is_stopped_while_it_takes_a_range_is_ended_and_tries_again() throws Exception {
        endsWhoIsStoppedIn(leases -> {}, RangeTable::take).get();
    }

    @Test
    void a_client_that_is_stopped_while_it_says_that_it_is_alive_is_ended() throws Exception {
        FutureTask<Void> stopped = endsWhoIsStoppedIn(RangeLeasesTest::takeBoth, WriterLeases::renew);

        assertThatThrownBy(stopped::get).hasCauseInstanceOf(SQLException.class);
    }

    /** Even if the stored lease is over: it was renewed in this transaction. */
    @Test
    void a_transaction_is_not_ended_before_a_lease() throws SQLException {
        assumeTrue(Parcels.is(database, "POSTGRES"), "only PostgreSQL reports who it is");
        WriterLeases a = leases("a", HOUR);
        Range range = RangeTable.take(a).orElseThrow();
        endLeases();

        Transactions.run(database, connection -> {
            a.hold(connection, range);
            leases("b", HOUR).endStuckSessions();
            return range;
        });

        assertThat(Statements.query(database, row -> row.getLong(1), "SELECT max(epoch) FROM turnout_backfill_range"))
                .containsExactly(1L);
    }
}

package dev.turnout.flags.jdbc.path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.OnEachDatabase;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.RefusedWriteException;
import dev.turnout.flags.stage.Side;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TimeZone;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Values are the same when they come back, or are refused. */
@OnEachDatabase
@Timeout(120)
class JdbcPathValuesTest extends JdbcPathFixture {
    JdbcPathValuesTest(Database kind) {
        super(kind);
    }

    @Test
    void a_decimal_that_a_double_cannot_hold_is_an_error_and_not_rounded() {
        record Real(long id, double amount) {}
        execute(
                "CREATE TABLE t (id BIGINT PRIMARY KEY, amount DECIMAL(30, 18))",
                "INSERT INTO t VALUES (1, 123456789012.123456789012345678)");
        DataPath<Long, Real> path =
                JdbcPath.of(mapping("amount").build(), Long.class, Real.class).plain(Side.NEW, database);

        assertThatIllegalArgumentException().isThrownBy(() -> path.get(1L));
    }

    @Test
    void a_decimal_with_more_digits_than_its_column_is_an_error_and_not_rounded() {
        record Amount(long id, BigDecimal amount) {}
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, amount DECIMAL(10, 2))");
        DataPath<Long, Amount> path =
                JdbcPath.of(mapping("amount").build(), Long.class, Amount.class).plain(Side.NEW, database);
        Amount exact = new Amount(1, new BigDecimal("1.239"));

        Throwable refused = catchThrowable(() -> path.put(1L, exact));

        if (refused == null) {
            assertThat(path.get(1L)).contains(exact);
        }
    }

    @Test
    void a_moment_with_nanoseconds_is_the_same_from_each_database() {
        record At(long id, Instant moment) {}
        String type = isMySql ? "TIMESTAMP(6) NULL" : "TIMESTAMP(6) WITH TIME ZONE";
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, moment " + type + ")");
        DataPath<Long, At> path =
                JdbcPath.of(mapping("moment").build(), Long.class, At.class).plain(Side.NEW, database);
        At exact = new At(1, Instant.parse("2026-03-01T00:00:00.123456789Z"));

        Throwable refused = catchThrowable(() -> path.put(1L, exact));

        if (refused == null) {
            assertThat(path.get(1L)).contains(exact);
        }
    }

    @Test
    void a_moment_in_a_column_without_a_time_zone_is_not_shifted_where_clocks_are_set_back() {
        record At(long id, Instant moment) {}
        TimeZone usual = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("Europe/Berlin"));
        try {
            DataSource here = kind.create();
            Database.execute(
                    here,
                    "CREATE TABLE t (id BIGINT PRIMARY KEY, moment " + (isMySql ? "DATETIME(6)" : "TIMESTAMP(6)")
                            + ")");
            DataPath<Long, At> path =
                    JdbcPath.of(mapping("moment").build(), Long.class, At.class).plain(Side.NEW, here);
            At first = new At(1, Instant.parse("2026-10-25T00:30:00Z"));
            At second = new At(2, Instant.parse("2026-10-25T01:30:00Z"));

            path.put(1L, first);
            path.put(2L, second);

            assertThat(List.of(path.get(1L), path.get(2L))).containsExactly(Optional.of(first), Optional.of(second));
        } finally {
            TimeZone.setDefault(usual);
        }
    }

    @Test
    void a_text_in_a_column_of_fixed_width_is_the_same_when_it_comes_back() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name CHAR(5))");
        DataPath<Long, Named> path =
                JdbcPath.of(mapping("name").build(), Long.class, Named.class).plain(Side.NEW, database);

        path.put(1L, new Named(1, "ab"));

        assertThat(path.get(1L)).contains(new Named(1, "ab"));
    }

    @Test
    void a_text_that_is_too_long_is_an_error_and_not_cut() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(5))");
        DataPath<Long, Named> path =
                JdbcPath.of(mapping("name").build(), Long.class, Named.class).plain(Side.NEW, database);

        assertThatThrownBy(() -> path.put(1L, new Named(1, "abcdefgh"))).isInstanceOf(RefusedWriteException.class);
    }

    @Test
    void a_text_that_ends_with_too_many_spaces_is_an_error_and_not_cut() {
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(5))");
        DataPath<Long, Named> path =
                JdbcPath.of(mapping("name").build(), Long.class, Named.class).plain(Side.NEW, database);

        Throwable refused = catchThrowable(() -> path.put(1L, new Named(1, "abc     ")));

        if (refused == null) {
            assertThat(path.get(1L)).contains(new Named(1, "abc     "));
        }
    }

    @Test
    void a_session_that_is_not_strict_cuts_no_text_and_clamps_no_number() throws SQLException {
        assumeTrue(isMySql);
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, name VARCHAR(5))");
        DataPath<Long, Named> path = JdbcPath.of(mapping("name").build(), Long.class, Named.class)
                .plain(Side.NEW, with("sessionVariables=sql_mode=''"));
        Named exact = new Named(1, "abcdefgh");

        Throwable refused = catchThrowable(() -> path.put(1L, exact));

        if (refused == null) {
            assertThat(path.get(1L)).contains(exact);
        }
    }

    @Test
    void days_of_long_ago_and_where_midnight_is_left_out_are_the_same() {
        record Day(long id, java.time.LocalDate born, java.time.LocalDateTime moment) {}
        TimeZone usual = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("America/Sao_Paulo"));
        try {
            DataSource here = kind.create();
            Database.execute(
                    here,
                    "CREATE TABLE t (id BIGINT PRIMARY KEY, born DATE, moment "
                            + (isMySql ? "DATETIME(6)" : "TIMESTAMP(6)") + ")");
            DataPath<Long, Day> path = JdbcPath.of(mapping("born", "moment").build(), Long.class, Day.class)
                    .plain(Side.NEW, here);
            for (java.time.LocalDate day : List.of(
                    java.time.LocalDate.of(2018, 11, 4),
                    java.time.LocalDate.of(1582, 10, 10),
                    java.time.LocalDate.of(1500, 2, 28),
                    java.time.LocalDate.of(1000, 1, 1),
                    java.time.LocalDate.of(9999, 12, 31))) {
                Day exact = new Day(1, day, day.atStartOfDay());
                path.put(1L, exact);
                assertThat(path.get(1L)).contains(exact);
            }
        } finally {
            TimeZone.setDefault(usual);
        }
    }

    @Test
    void a_moment_in_a_column_with_a_time_zone_is_the_same_where_clocks_are_set_back() {
        record At(long id, Instant moment) {}
        TimeZone usual = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("Europe/Berlin"));
        try {
            DataSource here = kind.create();
            Database.execute(
                    here,
                    "CREATE TABLE t (id BIGINT PRIMARY KEY, moment "
                            + (isMySql ? "TIMESTAMP(6) NULL" : "TIMESTAMP(6) WITH TIME ZONE") + ")");
            DataPath<Long, At> path =
                    JdbcPath.of(mapping("moment").build(), Long.class, At.class).plain(Side.NEW, here);
            for (String moment : List.of("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-03-29T01:30:00Z")) {
                At exact = new At(1, Instant.parse(moment));
                path.put(1L, exact);
                assertThat(path.get(1L)).contains(exact);
            }
        } finally {
            TimeZone.setDefault(usual);
        }
    }

    @Test
    void a_moment_is_the_same_for_a_node_in_another_time_zone() {
        assumeTrue(kind != Database.H2); // whose database in memory has no other address
        record At(long id, Instant moment) {}
        TimeZone usual = TimeZone.getDefault();
        String type = isMySql ? "TIMESTAMP(6) NULL" : "TIMESTAMP(6) WITH TIME ZONE";
        execute("CREATE TABLE t (id BIGINT PRIMARY KEY, moment " + type + ")");
        At exact = new At(1, Instant.parse("2026-03-01T12:00:00Z"));
        JdbcPath<Long, At> paths = JdbcPath.of(mapping("moment").build(), Long.class, At.class);
        try {
            TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kathmandu"));
            paths.plain(Side.NEW, with("ApplicationName=a")).put(1L, exact);
            TimeZone.setDefault(TimeZone.getTimeZone("America/Lima"));

            assertThat(paths.plain(Side.NEW, with("ApplicationName=b")).get(1L)).contains(exact);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        } finally {
            TimeZone.setDefault(usual);
        }
    }
}

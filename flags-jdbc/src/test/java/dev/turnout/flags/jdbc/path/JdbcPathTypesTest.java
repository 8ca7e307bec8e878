package dev.turnout.flags.jdbc.path;

import static org.assertj.core.api.Assertions.assertThat;

import dev.turnout.flags.jdbc.Database;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.stage.Side;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Values of all types arrive in both tables, and are equal when they come back from either. */
@Timeout(120)
class JdbcPathTypesTest {
    private enum Colour {
        RED,
        BLUE
    }

    private record Everything(
            long id,
            boolean yes,
            @Nullable Boolean maybe,
            byte tiny,
            short small,
            int whole,
            @Nullable Long large,
            float single,
            double real,
            @Nullable BigInteger huge,
            @Nullable BigDecimal amount,
            @Nullable String text,
            @Nullable UUID uuid,
            @Nullable ByteBuffer bytes,
            @Nullable LocalDate day,
            @Nullable LocalTime clock,
            @Nullable LocalDateTime moment,
            @Nullable OffsetDateTime zoned,
            @Nullable Instant instant,
            @Nullable Colour colour) {
        Everything with(float single, double real) {
            return new Everything(
                    id, yes, maybe, tiny, small, whole, large, single, real, huge, amount, text, uuid, bytes, day,
                    clock, moment, zoned, instant, colour);
        }
    }

    private static final List<String> COLUMNS = List.of(
            "yes", "maybe", "tiny", "small", "whole", "large", "single", "real", "huge", "amount", "text", "uuid",
            "bytes", "day", "clock", "moment", "zoned", "instant", "colour");

    private static DataSource table(Database kind, String name) {
        String bytes = kind == Database.POSTGRES ? "BYTEA" : "VARBINARY(100)";
        boolean isMySql = kind == Database.MARIADB || kind == Database.MARIADB_AS_MYSQL;
        String zoned = isMySql ? "TIMESTAMP(6) NULL" : "TIMESTAMP(6) WITH TIME ZONE";
        String tiny = kind == Database.POSTGRES ? "SMALLINT" : "TINYINT";
        String single = isMySql ? "FLOAT" : "REAL";
        List<String> types = List.of(
                "BOOLEAN",
                "BOOLEAN",
                tiny,
                "SMALLINT",
                "INT",
                "BIGINT",
                single,
                "DOUBLE PRECISION",
                "DECIMAL(30, 0)",
                "DECIMAL(20, 4)",
                "VARCHAR(100)",
                isMySql ? "CHAR(36)" : "UUID",
                bytes,
                "DATE",
                "TIME(6)",
                isMySql ? "DATETIME(6)" : "TIMESTAMP(6)",
                zoned,
                zoned,
                "VARCHAR(10)");
        StringBuilder sql = new StringBuilder("CREATE TABLE " + name + " (id BIGINT NOT NULL PRIMARY KEY");
        for (int i = 0; i < types.size(); i++) {
            String quote = isMySql ? "`" : "\"";
            String column = kind == Database.H2 ? COLUMNS.get(i).toUpperCase(java.util.Locale.ROOT) : COLUMNS.get(i);
            sql.append(", ")
                    .append(quote)
                    .append(column)
                    .append(quote)
                    .append(' ')
                    .append(types.get(i));
        }
        DataSource database = kind.create();
        Database.execute(database, sql + (isMySql ? ") CHARACTER SET utf8mb4" : ")"));
        return database;
    }

    @ParameterizedTest
    @MethodSource("dev.turnout.flags.jdbc.Database#pairs")
    void a_record_is_the_same_from_both_sides(Database one, Database other) {
        TableMapping.Builder mapping = TableMapping.from("t").into("t_v2").key("id");
        COLUMNS.forEach(mapping::column);
        JdbcPath<Long, Everything> paths = JdbcPath.of(mapping.build(), Long.class, Everything.class);
        DataPath<Long, Everything> oldPath = paths.plain(Side.OLD, table(one, "t"));
        DataPath<Long, Everything> newPath = paths.plain(Side.NEW, table(other, "t_v2"));
        Instant instant = Instant.parse("2026-03-29T01:30:00.123456Z");
        Everything full = new Everything(
                1,
                true,
                false,
                (byte) -128,
                (short) 32_767,
                Integer.MIN_VALUE,
                Long.MAX_VALUE,
                16_777_216f,
                1e-7,
                new BigInteger("123456789012345678901234567890"),
                new BigDecimal("1200.5"),
                "it's ü \\ 😀 ",
                UUID.fromString("01234567-89ab-cdef-0123-456789abcdef"),
                ByteBuffer.wrap(new byte[] {0, -1, 39}),
                LocalDate.of(2026, 2, 28),
                LocalTime.of(23, 59, 59, 1_000),
                LocalDateTime.of(2026, 3, 29, 2, 30, 0, 123_456_000),
                instant.atOffset(ZoneOffset.UTC),
                instant,
                Colour.BLUE);
        Everything empty = new Everything(
                2, false, null, (byte) 0, (short) 0, 0, null, 0, 0, null, null, null, null, null, null, null, null,
                null, null, null);

        for (Everything record :
                List.of(full, empty, full.with(0.1f, -0.1), full.with(Float.MIN_VALUE, Double.MAX_VALUE))) {
            oldPath.put(record.id(), record);
            Everything read = oldPath.get(record.id()).orElseThrow();
            newPath.put(record.id(), read);

            assertThat(read).isEqualTo(record);
            assertThat(newPath.get(record.id())).contains(record);
        }
    }
}

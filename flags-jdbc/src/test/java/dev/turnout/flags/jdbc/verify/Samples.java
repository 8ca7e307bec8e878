package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.Database;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/** Values of each type that can be compared: those at the edges, then any. */
enum Samples {
    SMALLINT("SMALLINT", (short) 0, (short) -1, Short.MAX_VALUE, Short.MIN_VALUE) {
        @Override
        Object any(Random random) {
            return (short) random.nextInt();
        }
    },
    INTEGER("INTEGER", 0, -1, Integer.MAX_VALUE, Integer.MIN_VALUE) {
        @Override
        Object any(Random random) {
            return random.nextInt();
        }
    },
    BIGINT("BIGINT", 0L, -1L, Long.MAX_VALUE, Long.MIN_VALUE) {
        @Override
        Object any(Random random) {
            return random.nextLong();
        }
    },
    DECIMAL("DECIMAL(30,10)", decimal("0"), decimal("-0.1"), decimal("100"), decimal("1E+3"), decimal("0.0000000001")) {
        @Override
        Object any(Random random) {
            return new BigDecimal(new BigInteger(60, random), random.nextInt(11)).multiply(decimal("-1"));
        }
    },
    DOUBLE("DOUBLE PRECISION", 0.0, -0.0, 0.1, Double.MIN_VALUE, Double.MAX_VALUE, 1e15, 1e-5, 123456789.12345679) {
        @Override
        Object any(Random random) {
            double any = Double.longBitsToDouble(random.nextLong());
            return Double.isNaN(any) || Double.isInfinite(any) ? 1.5 : any;
        }
    },
    REAL("REAL", 0f, -0f, 0.1f, 16777216f, 1e-10f) {
        @Override
        Object any(Random random) {
            return random.nextFloat() * 1e6f;
        }
    },
    BOOLEAN("BOOLEAN", true, false) {
        @Override
        Object any(Random random) {
            return random.nextBoolean();
        }
    },
    VARCHAR(
            "VARCHAR(200)",
            "",
            " ",
            "a",
            "A",
            "a ",
            " a",
            "null",
            "NULL",
            "<null>",
            "s1:a",
            "ä",
            "a\u0308",
            "😀",
            "\uffee",
            "\\x",
            "'",
            "\n") {
        @Override
        Object any(Random random) {
            return text(random, 50);
        }
    },
    CHAR("CHAR(20)", "", "a", "A", " a", "ä", "😀") {
        @Override
        Object any(Random random) {
            return text(random, 15).stripTrailing();
        }
    },
    DATE(
            "DATE",
            LocalDate.of(1970, 1, 1),
            LocalDate.of(1, 1, 1),
            LocalDate.of(2024, 2, 29),
            LocalDate.of(9999, 12, 31)) {
        @Override
        Object any(Random random) {
            return LocalDate.ofEpochDay(random.nextInt(40_000) - 10_000);
        }
    },
    TIME("TIME(6)", LocalTime.MIDNIGHT, LocalTime.of(23, 59, 59, 999_999_000), LocalTime.of(0, 0, 0, 1_000)) {
        @Override
        Object any(Random random) {
            return LocalTime.ofSecondOfDay(random.nextInt(86_400)).plusNanos(random.nextInt(1_000_000) * 1_000L);
        }
    },
    TIMESTAMP(
            "TIMESTAMP(6)",
            LocalDateTime.of(1970, 1, 1, 0, 0),
            LocalDateTime.of(2024, 3, 31, 2, 30), // an hour that some zones leave out
            LocalDateTime.of(2024, 1, 1, 0, 0, 0, 120_000_000),
            LocalDateTime.of(2024, 1, 1, 10, 0, 0, 1_000)) {
        @Override
        Object any(Random random) {
            return LocalDateTime.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000) * 1_000, ZoneOffset.UTC);
        }
    },
    INSTANT(
            "TIMESTAMP(6) WITH TIME ZONE",
            OffsetDateTime.of(2024, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC),
            OffsetDateTime.of(2024, 1, 1, 0, 0, 0, 0, ZoneOffset.ofHours(14)),
            OffsetDateTime.of(2024, 6, 1, 0, 0, 0, 500_000_000, ZoneOffset.ofHours(-11))) {
        @Override
        Object any(Random random) {
            return OffsetDateTime.ofInstant(
                    Instant.ofEpochSecond(
                            40_000_000 + random.nextInt(2_000_000_000), random.nextInt(1_000_000) * 1_000L),
                    ZoneOffset.ofHours(random.nextInt(20) - 10));
        }
    },
    UUIDS("UUID", new UUID(0, 0), new UUID(-1, -1)) {
        @Override
        Object any(Random random) {
            // MariaDB takes only those that a standard knows.
            return new UUID((random.nextLong() & ~0xF000L) | 0x4000L, (random.nextLong() >>> 2) | Long.MIN_VALUE);
        }
    },
    BINARY("VARBINARY(100)", new byte[0], new byte[] {0}, new byte[] {0, 0}, new byte[] {-1, 127, -128}) {
        @Override
        Object any(Random random) {
            byte[] bytes = new byte[random.nextInt(30)];
            random.nextBytes(bytes);
            return bytes;
        }
    };

    private final String type;
    private final List<Object> edges;

    Samples(String type, Object... edges) {
        this.type = type;
        this.edges = List.of(edges);
    }

    abstract Object any(Random random);

    /** Another one at each call; the edges first. */
    Object value(int index, Random random) {
        return index < edges.size() ? edges.get(index) : any(random);
    }

    int edges() {
        return edges.size();
    }

    /** MariaDB's times may be negative, or of more than a day: they are refused. MySQL's driver writes -0 as 0, so rows are not what they should be. */
    boolean isKnownTo(Database database) {
        return switch (this) {
            case TIME -> database == Database.H2 || database == Database.POSTGRES;
            case DOUBLE, REAL -> database != Database.MARIADB_AS_MYSQL;
            default -> true;
        };
    }

    /** As a database calls it. */
    String type(Database database) {
        return switch (database) {
            case H2 -> type;
            case POSTGRES -> this == BINARY ? "BYTEA" : type;
            case MARIADB, MARIADB_AS_MYSQL ->
                switch (this) {
                    case TIMESTAMP -> "DATETIME(6)";
                    case INSTANT -> "TIMESTAMP(6)";
                    case REAL -> "FLOAT";
                    case VARCHAR, CHAR -> type + " CHARACTER SET utf8mb4";
                    default -> type;
                };
        };
    }

    static BigDecimal decimal(String text) {
        return new BigDecimal(text);
    }

    static String text(Random random, int most) {
        return random.ints(random.nextInt(most), 1, 0x3000)
                .map(point -> random.nextInt(20) == 0 ? 0x1F600 + point % 80 : point)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}

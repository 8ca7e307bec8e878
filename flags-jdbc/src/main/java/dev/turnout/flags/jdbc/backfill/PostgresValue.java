package dev.turnout.flags.jdbc.backfill;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import org.jspecify.annotations.Nullable;

/**
 * What of all databases only PostgreSQL has: a day or a moment that is infinitely far, 24:00:00, a decimal that is no number. Its driver gives the
 * first or the last value of Java's type for it, which another database has too, and would take.
 *
 * @param text as PostgreSQL writes it
 */
record PostgresValue(String text) {
    /** Such a value, if the one that PostgreSQL's driver gave stands for it; else that one. */
    static @Nullable Object of(@Nullable Object value) {
        if (LocalDate.MAX.equals(value) || LocalDateTime.MAX.equals(value) || OffsetDateTime.MAX.equals(value)) {
            return new PostgresValue("infinity");
        }
        if (LocalDate.MIN.equals(value) || LocalDateTime.MIN.equals(value) || OffsetDateTime.MIN.equals(value)) {
            return new PostgresValue("-infinity");
        }
        return LocalTime.MAX.equals(value) ? new PostgresValue("24:00:00") : value;
    }

    @Override
    public String toString() {
        return text;
    }
}

package dev.turnout.flags.jdbc.backfill;

import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.time.temporal.Temporal;

/** Days and moments as PostgreSQL reads them: it has no sign before a year, and none that is 0. */
final class PostgresTime {
    private PostgresTime() {}

    /** Of a {@link LocalDate}, a {@link LocalDateTime} or an {@link OffsetDateTime}. */
    static String of(Temporal value) {
        return value instanceof OffsetDateTime moment
                ? finite(moment.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime(), "+00")
                : finite(value, "");
    }

    private static String finite(Temporal value, String zone) {
        int year = value.get(ChronoField.YEAR);
        int shown = year > 0 ? year : 1 - year;
        String text = value.with(ChronoField.YEAR, 1904).toString(); // a leap year too, if that one is
        return "%04d".formatted(shown) + text.substring(4).replace('T', ' ') + zone + (year > 0 ? "" : " BC");
    }
}

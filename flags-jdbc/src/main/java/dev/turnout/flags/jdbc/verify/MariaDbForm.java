package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.type.ValueKind;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** See {@link CanonicalSql}. */
final class MariaDbForm implements CanonicalSql {
    private MariaDbForm() {}

    static Optional<MariaDbForm> of(List<Part> parts) {
        // It cannot write the bits of a double.
        boolean known = parts.stream().allMatch(part -> part.kind() != ValueKind.DOUBLE);
        return known ? Optional.of(new MariaDbForm()) : Optional.empty();
    }

    @Override
    public String form(List<Part> parts) {
        return parts.stream().map(this::piece).collect(Collectors.joining(", ", "CONCAT(", ")"));
    }

    private String piece(Part part) {
        String value = "CONVERT(" + value(part) + " USING utf8mb4)";
        String end = part.kind().isPrefixed() ? "':'" : "';'";
        // Asks the column itself: a form larger than max_allowed_packet becomes NULL as well.
        return "'%s', CASE WHEN %s IS NULL THEN %s%s ELSE %s END"
                .formatted(
                        part.kind().tag,
                        part.sql(),
                        end,
                        switch (part.kind()) {
                            case TEXT, OWN -> large(value);
                            case BINARY -> large(part.sql());
                            default -> "";
                        },
                        part.kind().isPrefixed()
                                ? "CONCAT(OCTET_LENGTH(%1$s), ':', %1$s)".formatted(value)
                                : "CONCAT(" + value + ", ';')");
    }

    private static String large(String value) {
        return " WHEN OCTET_LENGTH(%1$s) > %2$d THEN CONCAT('#', OCTET_LENGTH(%1$s), ':', MD5(%1$s), ';')"
                .formatted(value, CanonicalForm.MOST_BYTES);
    }

    private static String value(Part part) {
        String sql = part.sql();
        return switch (part.kind()) {
            case NUMBER ->
                part.type().jdbc() == java.sql.Types.DECIMAL || part.type().jdbc() == java.sql.Types.NUMERIC
                        ? withoutZeros("CAST(" + sql + " AS CHAR)")
                        : "CAST(" + sql + " AS CHAR)";
            case TEXT, OWN -> part.type().isPadded() ? "RTRIM(" + sql + ")" : sql;
            case BINARY -> "CONCAT(CHAR(92 USING utf8mb4), 'x', LOWER(HEX(" + sql + ")))";
            case BOOLEAN ->
                // A bit is no digit, but added to 0.
                "CASE %1$s WHEN '0' THEN 'f' WHEN '1' THEN 't' ELSE %1$s END"
                        .formatted(withoutZeros("CAST(" + sql + " + 0 AS CHAR)"));
            case UUID -> "LOWER(CAST(" + sql + " AS CHAR))";
            case DATE -> "CAST(" + sql + " AS CHAR)";
            case TIME, TIMESTAMP -> withoutZeros("CAST(" + sql + " AS CHAR)");
            case INSTANT -> "CONCAT(" + withoutZeros("CAST(" + sql + " AS CHAR)") + ", '+00')";
            case DOUBLE -> throw new IllegalStateException("MariaDB has no form for " + sql + ".");
        };
    }

    /** Of digits behind a point. */
    private static String withoutZeros(String text) {
        return "CASE WHEN LOCATE('.', %1$s) = 0 THEN %1$s ELSE TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM %1$s)) END"
                .formatted(text);
    }

    @Override
    public String hash(String form) {
        return "MD5(" + form + ")";
    }

    @Override
    public String high(String hash) {
        return "CAST(CONV(LEFT(" + hash + ", 16), 16, 10) AS UNSIGNED)";
    }

    @Override
    public String low(String hash) {
        return "CAST(CONV(RIGHT(" + hash + ", 16), 16, 10) AS UNSIGNED)";
    }

    @Override
    public String fence() {
        return "";
    }
}

package dev.turnout.flags.jdbc.verify;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** See {@link CanonicalSql}. */
final class PostgresForm implements CanonicalSql {
    // From 18 on, bytes can be cast to numbers, which is several times as fast as what there was before.
    private static final int BYTES_TO_NUMBERS = 18;
    private static final int MOST_ARGUMENTS = 100;

    private final boolean castsBytes;

    PostgresForm(boolean castsBytes) {
        this.castsBytes = castsBytes;
    }

    static Optional<PostgresForm> of(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW server_encoding")) {
            row.next();
            if (!row.getString(1).equals("UTF8")) {
                return Optional.empty();
            }
        }
        return Optional.of(new PostgresForm(connection.getMetaData().getDatabaseMajorVersion() >= BYTES_TO_NUMBERS));
    }

    @Override
    public String form(List<Part> parts) {
        List<String> pieces = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        for (Part part : parts) {
            literal.append(part.kind().tag);
            String value = value(part);
            if (part.kind().isPrefixed() && !part.type().isShort()) {
                endLiteral(literal, pieces);
                pieces.add(large(value, ";", "concat(octet_length(%1$s), ':', %1$s)".formatted(value)));
                continue;
            }
            if (part.kind().isPrefixed()) {
                // Without a value, both are NULL, which concat leaves out.
                endLiteral(literal, pieces);
                pieces.add("octet_length(" + value + ")");
                literal.append(':');
            }
            endLiteral(literal, pieces);
            pieces.add(value);
            if (!part.kind().isPrefixed()) {
                literal.append(';');
            }
        }
        endLiteral(literal, pieces);
        return concat(pieces);
    }

    /** Its hash if it is large; without a value, concat gives an empty text. */
    private static String large(String value, String end, String otherwise) {
        return "CASE WHEN octet_length(%1$s) > %2$d THEN concat('#', octet_length(%1$s), ':', md5(%1$s), '%3$s') ELSE %4$s END"
                .formatted(value, CanonicalForm.MOST_BYTES, end, otherwise);
    }

    private static void endLiteral(StringBuilder literal, List<String> pieces) {
        if (!literal.isEmpty()) {
            pieces.add("'" + literal + "'");
            literal.setLength(0);
        }
    }

    private static String concat(List<String> pieces) {
        if (pieces.size() <= MOST_ARGUMENTS) {
            return "concat(" + String.join(", ", pieces) + ")";
        }
        List<String> groups = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i += MOST_ARGUMENTS) {
            groups.add(concat(pieces.subList(i, Math.min(i + MOST_ARGUMENTS, pieces.size()))));
        }
        return concat(groups);
    }

    private static String value(Part part) {
        String sql = part.sql();
        String type = part.type().name();
        return switch (part.kind()) {
            case NUMBER -> type.equals("numeric") ? "trim_scale(" + sql + ")" : sql;
            case DOUBLE ->
                "CASE WHEN %1$s = 'NaN' THEN 'NaN' ELSE encode(float8send(CAST(%1$s AS float8)), 'hex') END"
                        .formatted(sql);
            case TEXT, OWN -> type.equals("text") || type.equals("varchar") ? sql : "CAST(" + sql + " AS text)";
            case BOOLEAN ->
                type.equals("bool")
                        ? sql
                        : "CASE WHEN %1$s = 0 THEN 'f' WHEN %1$s = 1 THEN 't' ELSE CAST(trim_scale(%1$s) AS text) END"
                                .formatted(sql);
            case UUID -> type.equals("uuid") ? sql : "lower(CAST(" + sql + " AS text) COLLATE \"C\")";
            case BINARY -> large(sql, "", "concat(" + sql + ")");
            case DATE, TIME, TIMESTAMP, INSTANT -> sql;
        };
    }

    @Override
    public String hash(String form) {
        return castsBytes ? "decode(md5(" + form + "), 'hex')" : "md5(" + form + ")";
    }

    @Override
    public String high(String hash) {
        return castsBytes ? "CAST(substr(" + hash + ", 1, 8) AS bigint)" : bits("left(" + hash + ", 16)");
    }

    @Override
    public String low(String hash) {
        return castsBytes ? "CAST(substr(" + hash + ", 9, 8) AS bigint)" : bits("right(" + hash + ", 16)");
    }

    private static String bits(String hex) {
        return "CAST(CAST(('x' || " + hex + ") AS bit(64)) AS bigint)";
    }

    @Override
    public String fence() {
        return " OFFSET 0";
    }
}

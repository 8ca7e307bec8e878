package dev.turnout.flags.jdbc.sql;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A condition on all columns of a key, in the words of a database that compares rows, or of one that would not use its index for that.
 *
 * @param sql with a value in place of each of the parts
 * @param parts which part of the key stands where, in the order of the places; of the first key where there are many
 */
public record KeyCondition(String sql, List<Integer> parts) {
    /** Those rows that have one of so many keys. H2 uses its index for lists of rows, but not for alternatives; MariaDB and MySQL do for the latter. */
    public static KeyCondition oneOf(Dialect dialect, List<String> columns, int count) {
        List<Integer> parts = IntStream.range(0, columns.size()).boxed().toList();
        if (columns.size() > 1 && dialect.isMySql()) {
            String one = columns.stream().map(key -> key + " = ?").collect(Collectors.joining(" AND ", "(", ")"));
            return new KeyCondition("(" + String.join(" OR ", Collections.nCopies(count, one)) + ")", parts);
        }
        String one = String.join(", ", Collections.nCopies(columns.size(), "?"));
        String each = columns.size() == 1 ? one : "(" + one + ")";
        return new KeyCondition(
                "(" + String.join(", ", columns) + ") IN (" + String.join(", ", Collections.nCopies(count, each)) + ")",
                parts);
    }

    /**
     * Those rows that come before or after a key.
     *
     * @param columns identifiers
     * @param operator {@code >} or {@code <=}
     * @param value what stands for that part of the key, such as {@code ?}
     */
    public static KeyCondition of(List<String> columns, String operator, boolean byRow, IntFunction<String> value) {
        if (columns.size() == 1 || byRow) {
            String values = IntStream.range(0, columns.size()).mapToObj(value).collect(Collectors.joining(", "));
            return new KeyCondition(
                    "(" + String.join(", ", columns) + ") " + operator + " (" + values + ")",
                    IntStream.range(0, columns.size()).boxed().toList());
        }
        // a >= 1 AND (a > 1 OR (a = 1 AND (b > 2 OR (b = 2 AND c > 3)))): the first term is for the index
        String strict = operator.substring(0, 1);
        List<Integer> parts = new ArrayList<>();
        StringBuilder sql = new StringBuilder(columns.get(0) + " " + strict + "= " + value.apply(0) + " AND ");
        parts.add(0);
        int last = columns.size() - 1;
        for (int part = 0; part < last; part++) {
            sql.append('(')
                    .append(columns.get(part))
                    .append(' ')
                    .append(strict)
                    .append(' ')
                    .append(value.apply(part));
            sql.append(" OR (")
                    .append(columns.get(part))
                    .append(" = ")
                    .append(value.apply(part))
                    .append(" AND ");
            parts.add(part);
            parts.add(part);
        }
        sql.append(columns.get(last)).append(' ').append(operator).append(' ').append(value.apply(last));
        parts.add(last);
        sql.append("))".repeat(last));
        return new KeyCondition("(" + sql + ")", parts);
    }
}

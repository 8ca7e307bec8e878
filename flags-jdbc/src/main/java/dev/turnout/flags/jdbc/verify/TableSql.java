package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.sql.Dialect;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The statements that one of the two tables is read by. */
final class TableSql {
    private final Layout layout;

    TableSql(Layout layout) {
        this.layout = layout;
    }

    /** The key at a distance, in the order of the index; the last parameter is the distance less one. */
    String boundary(KeyRange range) {
        return "SELECT " + list(layout.keys()) + " FROM " + layout.table() + where(range, false) + " ORDER BY "
                + orders() + " LIMIT 1 OFFSET ?";
    }

    String nullKey() {
        return "SELECT 1 FROM " + layout.table() + " WHERE "
                + layout.keys().stream().map(key -> key.sql() + " IS NULL").collect(Collectors.joining(" OR "))
                + " LIMIT 1";
    }

    /** The rows, how many of them have a hash, as all should, and the sums of its halves. */
    String sum(CanonicalSql form, KeyRange range) {
        return "SELECT count(*), count(h), sum(" + form.high("h") + "), sum(" + form.low("h") + ") FROM (SELECT "
                + hash(form) + " AS h FROM " + layout.table() + where(range, true) + form.fence() + ") r";
    }

    /** The number of a bucket, and behind it what {@link #sum} has of its rows; of each that has some. */
    String sums(CanonicalSql form, Buckets buckets) {
        String bucket = buckets.sql(form.high("kh"));
        return "SELECT " + bucket + ", count(*), count(h), sum(" + form.high("h") + "), sum(" + form.low("h")
                + ") FROM (SELECT " + hash(form, layout.bucketed()) + " AS kh, " + hash(form) + " AS h FROM "
                + layout.table() + where(buckets.range(), true) + form.fence() + ") r GROUP BY 1";
    }

    /** The columns of the key, and the two halves of the hash. */
    String hashes(CanonicalSql form, KeyRange range) {
        return hashes(form, range, "", "");
    }

    /** The same of the keys in some buckets. */
    String hashes(CanonicalSql form, Buckets buckets) {
        return hashes(
                form,
                buckets.range(),
                hash(form, layout.keys()) + " AS kh, ",
                " WHERE " + buckets.isWanted(form.high("kh")));
    }

    private String hashes(CanonicalSql form, KeyRange range, String more, String condition) {
        List<String> names = new ArrayList<>();
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < layout.keys().size(); i++) {
            names.add("k" + i);
            keys.add(layout.keys().get(i).sql() + " AS k" + i);
        }
        return "SELECT " + String.join(", ", names) + ", " + form.high("h") + ", " + form.low("h") + " FROM (SELECT "
                + String.join(", ", keys) + ", " + more + hash(form) + " AS h FROM " + layout.table()
                + where(range, true) + form.fence() + ") r" + condition;
    }

    /** The two halves of the hash of each row in some buckets, and how many such rows there are. */
    String counts(CanonicalSql form, Buckets buckets) {
        return "SELECT " + form.high("h") + ", " + form.low("h") + ", count(*) FROM (SELECT " + hash(form)
                + " AS h FROM " + layout.table() + form.fence() + ") r WHERE " + buckets.isWanted(form.high("h"))
                + " GROUP BY 1, 2";
    }

    /** The two halves of the hash of each row in some buckets, and some of its columns in canonical form. */
    String rows(CanonicalSql form, Buckets buckets, List<TableColumn> shown) {
        List<String> names = new ArrayList<>();
        List<String> forms = new ArrayList<>();
        for (int i = 0; i < shown.size(); i++) {
            names.add("s" + i);
            forms.add(form.form(List.of(shown.get(i).part())) + " AS s" + i);
        }
        return "SELECT " + form.high("h") + ", " + form.low("h") + ", " + String.join(", ", names) + " FROM (SELECT "
                + hash(form) + " AS h, " + String.join(", ", forms) + " FROM " + layout.table() + form.fence()
                + ") r WHERE " + buckets.isWanted(form.high("h"));
    }

    private String hash(CanonicalSql form) {
        return hash(form, layout.compared());
    }

    private static String hash(CanonicalSql form, List<TableColumn> columns) {
        return form.hash(form.form(columns.stream().map(TableColumn::part).toList()));
    }

    /** The columns of the key, and those that are compared. */
    String rows(KeyRange range) {
        return "SELECT " + list(layout.compared()) + " FROM " + layout.table() + where(range, true);
    }

    /** The columns of the key, the versions, the mark of tombstones, and the others, in canonical form if the database writes it. */
    String rowsOf(int keys) {
        Stream<String> contents = layout.columns().stream()
                .map(column ->
                        layout.form() == null ? column.sql() : layout.form().form(List.of(column.part())));
        List<TableColumn> raw = new ArrayList<>(layout.keys());
        raw.addAll(layout.versions());
        if (layout.deleted() != null) {
            raw.add(layout.deleted());
        }
        String one = "(" + String.join(", ", Collections.nCopies(layout.keys().size(), "?")) + ")";
        String keyColumns = layout.keys().size() == 1 ? list(layout.keys()) : "(" + list(layout.keys()) + ")";
        return "SELECT "
                + Stream.concat(raw.stream().map(TableColumn::sql), contents).collect(Collectors.joining(", "))
                + " FROM " + layout.table() + " WHERE " + keyColumns + " IN ("
                + String.join(", ", Collections.nCopies(keys, layout.keys().size() == 1 ? "?" : one)) + ")";
    }

    private static String list(List<TableColumn> columns) {
        return columns.stream().map(TableColumn::sql).collect(Collectors.joining(", "));
    }

    private String orders() {
        return layout.keys().stream().map(TableColumn::order).collect(Collectors.joining(", "));
    }

    private String where(KeyRange range, boolean livingOnly) {
        List<String> conditions = new ArrayList<>();
        if (range.after() != null) {
            conditions.add(comparison(">", ">"));
        }
        if (range.upTo() != null) {
            conditions.add(comparison("<", "<="));
        }
        if (livingOnly && layout.deleted() != null) {
            conditions.add(layout.deleted().sql() + " IS NOT TRUE"); // a tombstone is equal to nothing at all
        }
        return conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
    }

    private boolean comparesRows() {
        return layout.dialect() == Dialect.POSTGRES || layout.keys().size() == 1;
    }

    private String comparison(String strict, String last) {
        if (comparesRows()) {
            String parameters =
                    layout.keys().stream().map(TableColumn::parameter).collect(Collectors.joining(", ", "(", ")"));
            return "(" + orders() + ") " + last + " " + parameters;
        }
        // MariaDB and H2 look for no row of values in an index: so, the first column can be, and the
        // others are checked.
        int lastColumn = layout.keys().size() - 1;
        TableColumn lastKey = layout.keys().get(lastColumn);
        String condition = lastKey.order() + " " + last + " " + lastKey.parameter();
        for (int i = lastColumn - 1; i >= 0; i--) {
            String key = layout.keys().get(i).order();
            String bound = layout.keys().get(i).parameter();
            condition = "%1$s %2$s= %3$s AND (%1$s %2$s %3$s OR (%4$s))".formatted(key, strict, bound, condition);
        }
        return "(" + condition + ")";
    }

    /** The parameters of a range, in order. */
    List<Object> parameters(KeyRange range) {
        List<Object> parameters = new ArrayList<>();
        if (range.after() != null) {
            addBound(range.after(), parameters);
        }
        if (range.upTo() != null) {
            addBound(range.upTo(), parameters);
        }
        return parameters;
    }

    private void addBound(RowKey key, List<Object> parameters) {
        List<Object> bound = bound(key);
        for (int i = 0; i < bound.size(); i++) {
            parameters.add(bound.get(i));
            if (!comparesRows() && i < bound.size() - 1) {
                parameters.add(bound.get(i));
            }
        }
    }

    List<Object> bound(RowKey key) {
        List<Object> bound = new ArrayList<>();
        List<KeyColumn> columns = layout.keyColumns();
        for (int i = 0; i < columns.size(); i++) {
            bound.add(columns.get(i)
                    .bound(key.values().get(i), layout.keys().get(i).type()));
        }
        return bound;
    }
}

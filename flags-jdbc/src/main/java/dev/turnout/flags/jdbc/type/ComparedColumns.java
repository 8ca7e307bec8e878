package dev.turnout.flags.jdbc.type;

import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** As what the columns of two tables are compared. */
public final class ComparedColumns {
    private final List<ValueKind> kinds = new ArrayList<>();
    private final Map<MappedColumn, String> refused = new LinkedHashMap<>();

    /** Of a mapping, and what is selected for it of its two tables. */
    public ComparedColumns(TableMapping mapping, SelectedColumns source, SelectedColumns target) {
        List<MappedColumn> all = mapping.all();
        for (int i = 0; i < all.size(); i++) {
            MappedColumn column = all.get(i);
            ColumnType to = target.types().get(i);
            ColumnType from = column.isConvertedInJava() ? to : source.types().get(i);
            Optional<ValueKind> kind = from.kindWith(to).filter(each -> isUsable(mapping, column, each, from, to));
            if (kind.isPresent()) {
                kinds.add(kind.get());
            } else {
                refused.put(column, "'" + column.target() + "' of " + from + " with " + to);
            }
        }
    }

    /** Of each column, in the order of {@link TableMapping#all}; if none is refused. */
    public List<ValueKind> kinds() {
        return List.copyOf(kinds);
    }

    /** The columns of which nothing is known that would compare them rightly, each with its types. */
    public Map<MappedColumn, String> refused() {
        return Collections.unmodifiableMap(refused);
    }

    private static boolean isUsable(
            TableMapping mapping, MappedColumn column, ValueKind kind, ColumnType from, ColumnType to) {
        if (mapping.keys().contains(column)) {
            boolean isMySqlInstant = kind == ValueKind.INSTANT && (from.isMySql() || to.isMySql());
            return kind.canBeKey() && !isMySqlInstant;
        }
        if (mapping.versions().contains(column)) {
            return kind == ValueKind.NUMBER || kind == ValueKind.TIMESTAMP || kind == ValueKind.INSTANT;
        }
        return mapping.deleted().filter(column::equals).isEmpty() || kind == ValueKind.BOOLEAN;
    }
}

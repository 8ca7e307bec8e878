package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.Difference;
import dev.turnout.flags.stage.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Two tables of a {@link dev.turnout.flags.jdbc.table.TableMapping}, by the sums of their ranges. */
record TableComparison(
        TableSide authority,
        TableSide mirror,
        List<String> columns,
        ValueRedactor mask,
        String description,
        @Nullable VerifiedRanges ranges)
        implements Comparison<RowKey, CanonicalRow> {
    private static final int MOST_READ_AT_ONCE = 1_000;

    /**
     * What the caller wants.
     *
     * @param authority which of the two, old or new
     * @param shown the columns whose values may be seen
     * @param hasJournal whether keys may wait for repair
     */
    record Options(
            Side authority, Set<String> shown, @Nullable VerifiedRanges ranges, boolean hasJournal) {}

    /** Both tables. */
    record Sides(TableSide authority, TableSide mirror) {}

    static Sides sides(TableMapping mapping, DataSource source, DataSource target, Options options) {
        List<String> columns =
                mapping.columns().stream().map(MappedColumn::target).toList();
        if (!columns.containsAll(options.shown())) {
            throw new IllegalArgumentException(
                    "Of the columns " + options.shown() + " that may be shown, some are not among " + columns + ".");
        }
        Layout.Pair pair = Layout.of(mapping, source, target);
        boolean isOld = options.authority() == Side.OLD;
        return new Sides(
                new TableSide("the authority", isOld ? source : target, isOld ? pair.source() : pair.target()),
                new TableSide("the mirror", isOld ? target : source, isOld ? pair.target() : pair.source()));
    }

    /** Asks both databases for what they have. */
    static TableComparison of(TableMapping mapping, DataSource source, DataSource target, Options options) {
        Sides sides = sides(mapping, source, target, options);
        return new TableComparison(
                sides.authority(),
                sides.mirror(),
                mapping.columns().stream().map(MappedColumn::target).toList(),
                new ValueRedactor(options.shown()),
                options.authority() + " of " + mapping.description(),
                options.ranges());
    }

    @Override
    public long estimatedRows() {
        return authority.estimatedRows();
    }

    @Override
    public int readAtOnce(int chunkSize) {
        return Math.min(chunkSize, MOST_READ_AT_ONCE);
    }

    @Override
    public boolean isSame(CanonicalRow one, CanonicalRow other) {
        return one.isSameAs(other);
    }

    @Override
    public boolean isBroken(CanonicalRow row) {
        return row.problem() != null;
    }

    @Override
    public List<Difference.Field> fields(CanonicalRow one, CanonicalRow other) {
        List<Difference.Field> fields = new ArrayList<>();
        if (one.rows().size() != 1 || other.rows().size() != 1) {
            fields.add(new Difference.Field(
                    "rows",
                    String.valueOf(one.rows().size()),
                    String.valueOf(other.rows().size())));
            return fields;
        }
        for (int i = 0; i < columns.size(); i++) {
            String left = one.rows().get(0).get(i);
            String right = other.rows().get(0).get(i);
            if (!left.equals(right)) {
                String name = columns.get(i);
                fields.add(new Difference.Field(name, mask.of(name, left), mask.of(name, right)));
            }
        }
        return fields;
    }

    @Override
    public DifferenceCounts sweep(
            SweepContext<RowKey, CanonicalRow> context, SweepProgress pace, Consumer<Difference<RowKey>> confirmed) {
        authority.refuseNullKeys();
        mirror.refuseNullKeys();
        try (SweepRanges parts = ranges == null
                        ? new LocalRanges()
                        : ranges.begin(description, authority.keyColumns(), context.time());
                TableSweep sweep = new TableSweep(this, context, pace, parts, confirmed)) {
            return sweep.run();
        }
    }
}

package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.jdbc.table.MappedColumn;
import dev.turnout.flags.jdbc.table.TableMapping;
import dev.turnout.flags.migration.Difference;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import javax.sql.DataSource;

/** Two tables without a key that distinguishes rows, compared by how often each of them has each row. The hash of a row stands for its key. */
record MultisetComparison(TableSide authority, TableSide mirror, List<String> shown, ValueRedactor mask)
        implements Comparison<RowKey, CanonicalRow> {

    /** Asks both databases for what they have. */
    static MultisetComparison of(
            TableMapping mapping, DataSource source, DataSource target, TableComparison.Options options) {
        if (options.ranges() != null || options.hasJournal()) {
            throw new IllegalStateException("The mapping " + mapping
                    + " has no key, by which ranges or a journal could go: leave remember(...) and journal(...) away.");
        }
        TableComparison.Sides sides = TableComparison.sides(mapping, source, target, options);
        List<String> shown = mapping.columns().stream()
                .map(MappedColumn::target)
                .filter(options.shown()::contains)
                .toList();
        return new MultisetComparison(sides.authority(), sides.mirror(), shown, new ValueRedactor(options.shown()));
    }

    @Override
    public long estimatedRows() {
        return authority.estimatedRows();
    }

    @Override
    public int readAtOnce(int chunkSize) {
        return chunkSize;
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
        return List.of();
    }

    /** That of all rows with this hash. */
    RowKey key(RangeSum hash) {
        return RowKey.of(mask.of("", "%016x%016x".formatted(hash.high(), hash.low())));
    }

    /**
     * What is known of rows that the two tables do not have equally often.
     *
     * @param forms of the columns that may be seen
     */
    List<Difference.Field> fields(long ours, long theirs, List<String> forms) {
        List<Difference.Field> fields = new ArrayList<>();
        fields.add(new Difference.Field("rows", String.valueOf(ours), String.valueOf(theirs)));
        for (int i = 0; i < forms.size(); i++) {
            String value = mask.of(shown.get(i), forms.get(i));
            fields.add(new Difference.Field(shown.get(i), ours == 0 ? "" : value, theirs == 0 ? "" : value));
        }
        return fields;
    }

    @Override
    public DifferenceCounts sweep(
            SweepContext<RowKey, CanonicalRow> context, SweepProgress pace, Consumer<Difference<RowKey>> confirmed) {
        try (SideThreads threads = new SideThreads(authority, mirror, () -> {})) {
            return new MultisetSweep(this, context, pace, threads, confirmed).run();
        }
    }
}

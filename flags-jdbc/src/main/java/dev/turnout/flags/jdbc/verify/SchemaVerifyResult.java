package dev.turnout.flags.jdbc.verify;

import dev.turnout.flags.migration.Difference;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a verification of all tables of a schema found.
 *
 * @param tables of each table that could be compared, by the mapping's {@code toString}, in the order in which they were
 * @param failures why the others could not
 */
public record SchemaVerifyResult(Map<String, VerifyResult<RowKey>> tables, Map<String, String> failures) {
    /** Copies. */
    public SchemaVerifyResult {
        tables = Collections.unmodifiableMap(new LinkedHashMap<>(tables));
        failures = Collections.unmodifiableMap(new LinkedHashMap<>(failures));
    }

    /** Whether all tables could be compared, and were seen to agree on every row. */
    public boolean isEqual() {
        return failures.isEmpty() && tables.values().stream().allMatch(VerifyResult::isEqual);
    }

    /** How many keys of all tables were compared; of tables without a key, rows. */
    public long keysCompared() {
        return tables.values().stream().mapToLong(VerifyResult::keysCompared).sum();
    }

    /** The differences of all tables, by kind; a kind that was not found has no entry. */
    public Map<Difference.Kind, Long> counts() {
        return tables.values().stream()
                .flatMap(result -> result.counts().entrySet().stream())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, Long::sum));
    }

    /** How many keys of all tables have not settled. */
    public long unsettled() {
        return tables.values().stream().mapToLong(VerifyResult::unsettled).sum();
    }

    /** The sum, then each table that is not equal, or has columns that were not compared. */
    @Override
    public String toString() {
        Stream<String> different = tables.entrySet().stream()
                .filter(table -> !table.getValue().isEqual())
                .map(table -> table.getKey() + ": " + table.getValue().counts() + ", "
                        + table.getValue().unsettled() + " unsettled");
        Stream<String> failed = failures.entrySet().stream()
                .map(table -> table.getKey() + " could not be compared: " + table.getValue());
        Stream<String> unverified = tables.entrySet().stream()
                .filter(table -> !table.getValue().unverified().isEmpty())
                .map(table -> table.getKey() + ": not compared in "
                        + new TreeSet<>(table.getValue().unverified()));
        return keysCompared() + " keys of " + tables.size() + " tables compared: " + counts() + ", " + unsettled()
                + " unsettled, " + failures.size() + " tables not compared."
                + Stream.of(different, failed, unverified)
                        .flatMap(lines -> lines)
                        .map(line -> "\n- " + line)
                        .collect(Collectors.joining());
    }
}

package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.table.SchemaMapping;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * What the schemas of two databases say about a mapping, before anything is copied; and, made again later, what has changed since. Reads the
 * catalogs only, never rows.
 *
 * <pre>{@code
 * Plan plan = Plan.of(places, oldDatabase, newDatabase);
 * System.out.println(plan);
 * plan.requireNoErrors();
 * }</pre>
 *
 * @param findings errors first
 */
public record Plan(TableMapping mapping, List<Finding> findings) {
    /** How bad it is. */
    public enum Severity {
        /** It cannot be copied: a {@link Backfill} would refuse it. */
        ERROR,
        /** A person has to confirm that this is intended, or harmless here. */
        WARNING
    }

    /**
     * Something that was found.
     *
     * @param what was found, and where
     * @param hazard what may come of it
     * @param remedy what to do
     */
    public record Finding(Severity severity, String what, String hazard, String remedy) {
        @Override
        public String toString() {
            return Stream.of(severity + ": " + what, hazard, remedy)
                    .filter(part -> !part.isEmpty())
                    .collect(Collectors.joining(" "));
        }
    }

    /** Copies. */
    public Plan {
        findings = List.copyOf(findings);
    }

    /**
     * Looks at both databases. Blocks.
     *
     * @throws BackfillException if one of them cannot be asked, or has no such table
     */
    public static Plan of(TableMapping mapping, DataSource source, DataSource target) {
        try {
            return new Plan(mapping, SchemaCheck.findings(mapping, source, target, key -> false));
        } catch (SQLException e) {
            throw new BackfillException("The schemas of " + mapping + " cannot be read: " + SqlFailure.describe(e), e);
        }
    }

    /**
     * Looks at all tables of a schema in both databases. Blocks.
     *
     * @throws BackfillException if one of them cannot be asked, or has no such table
     */
    public static SchemaPlan of(SchemaMapping schema, DataSource source, DataSource target) {
        return SchemaPlan.of(schema, source, target);
    }

    /** Whether there is an error. */
    public boolean isBlocked() {
        return findings.stream().anyMatch(finding -> finding.severity() == Severity.ERROR);
    }

    /** Returns only if there is no error. */
    public void requireNoErrors() {
        if (isBlocked()) {
            throw new BackfillException(toString());
        }
    }

    /** What an earlier plan of the same mapping did not have: how the two schemas have drifted apart since. */
    public List<Finding> newSince(Plan earlier) {
        return findings.stream()
                .filter(finding -> !earlier.findings.contains(finding))
                .toList();
    }

    @Override
    public String toString() {
        return "Plan of " + mapping + ": "
                + (findings.isEmpty()
                        ? "nothing stands in its way."
                        : findings.stream().map(finding -> "\n- " + finding).collect(Collectors.joining()));
    }
}

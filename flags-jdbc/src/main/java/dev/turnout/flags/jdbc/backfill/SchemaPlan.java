package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.backfill.Plan.Finding;
import dev.turnout.flags.jdbc.backfill.Plan.Severity;
import dev.turnout.flags.jdbc.sql.Names;
import dev.turnout.flags.jdbc.sql.SchemaTables;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.jdbc.table.SchemaMapping;
import dev.turnout.flags.jdbc.table.TableMapping;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.sql.DataSource;

/**
 * What two databases say about the mapping of all tables of a schema, before anything is copied; see {@link Plan}.
 *
 * @param tables of each table, in the order in which they are copied
 * @param findings what is found beside that: tables that are not mapped, and references that no order is right for
 */
public record SchemaPlan(SchemaMapping schema, List<Plan> tables, List<Finding> findings) {
    /** Copies. */
    public SchemaPlan {
        tables = List.copyOf(tables);
        findings = List.copyOf(findings);
    }

    static SchemaPlan of(SchemaMapping schema, DataSource source, DataSource target) {
        try {
            return new SchemaPlan(schema, plans(schema, source, target), findings(schema, source));
        } catch (SQLException e) {
            throw new BackfillException(
                    "The schemas of the " + schema + " cannot be read: " + SqlFailure.describe(e), e);
        }
    }

    private static List<Plan> plans(SchemaMapping schema, DataSource source, DataSource target) throws SQLException {
        Names names = Transactions.single(target, Names::of);
        String current = Transactions.single(target, connection -> SchemaTables.current(connection, names));
        List<Plan> plans = new ArrayList<>();
        Set<SchemaTables.Id> before = new HashSet<>();
        for (TableMapping mapping : schema.tables()) {
            plans.add(new Plan(
                    mapping,
                    SchemaCheck.findings(
                            mapping,
                            source,
                            target,
                            key -> before.contains(new SchemaTables.Id(key.parentSchema(), key.parent())))));
            before.add(SchemaTables.id(names, current, mapping.targetTable()));
        }
        return plans;
    }

    private static List<Finding> findings(SchemaMapping schema, DataSource source) {
        List<Finding> findings = new ArrayList<>();
        schema.cycles()
                .forEach(ring -> findings.add(new Finding(
                        Severity.ERROR,
                        "Tables of the target refer to each other in a ring: " + String.join(" -> ", ring) + ".",
                        "No order of copying is right: the first row of each is refused for want of the next one's.",
                        "Drop one of these foreign keys, build the mapping again, and create it after the backfill.")));
        schema.unmapped(source)
                .forEach(table -> findings.add(new Finding(
                        Severity.WARNING,
                        "Table '" + table + "' of the source is neither mapped nor excluded.",
                        "What is in it stays behind.",
                        "Map it, or exclude it with the reason.")));
        return findings;
    }

    /** Whether there is an error, of any table. */
    public boolean isBlocked() {
        return Stream.concat(findings.stream(), tables.stream().flatMap(plan -> plan.findings().stream()))
                .anyMatch(finding -> finding.severity() == Severity.ERROR);
    }

    /** Returns only if there is no error. */
    public void requireNoErrors() {
        if (isBlocked()) {
            throw new BackfillException(toString());
        }
    }

    /** Each finding once, with the tables that it was found in. */
    @Override
    public String toString() {
        Map<String, List<String>> found = new LinkedHashMap<>();
        findings.forEach(finding -> found.put(finding.toString(), List.of()));
        for (Plan plan : tables) {
            plan.findings()
                    .forEach(finding -> found.computeIfAbsent(finding.toString(), text -> new ArrayList<>())
                            .add(plan.mapping().toString()));
        }
        String excluded = schema.excluded().entrySet().stream()
                .map(table -> "\n- Left out: " + table.getKey() + ", as it " + table.getValue() + ".")
                .sorted()
                .collect(Collectors.joining());
        return "Plan of " + tables.size() + " tables: "
                + (found.isEmpty()
                        ? "nothing stands in its way."
                        : found.entrySet().stream()
                                .sorted(Map.Entry.comparingByKey()) // errors first
                                .map(finding -> "\n- " + finding.getKey()
                                        + (finding.getValue().isEmpty()
                                                ? ""
                                                : " In " + String.join(", ", finding.getValue()) + "."))
                                .collect(Collectors.joining()))
                + excluded;
    }
}

package dev.turnout.flags.jdbc.table;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Tables in an order in which each comes after those that it refers to; where they refer to each other in a ring, one of them comes first.
 *
 * @param cycles the rings that were met, by the names of the tables of the target, the first one at the end again
 */
record ParentsFirst(List<TableMapping> tables, List<List<String>> cycles) {
    static ParentsFirst of(Collection<TableMapping> tables, Function<TableMapping, List<TableMapping>> parents) {
        Visit visit = new Visit(parents);
        tables.forEach(visit::visit);
        return new ParentsFirst(visit.done, visit.cycles);
    }

    private static final class Visit {
        final List<TableMapping> done = new ArrayList<>();
        final List<List<String>> cycles = new ArrayList<>();
        private final Function<TableMapping, List<TableMapping>> parents;
        private final List<TableMapping> path = new ArrayList<>();
        private final Set<TableMapping> seen = new HashSet<>();

        Visit(Function<TableMapping, List<TableMapping>> parents) {
            this.parents = parents;
        }

        void visit(TableMapping table) {
            int before = path.indexOf(table);
            if (before >= 0) {
                List<String> ring = new ArrayList<>();
                path.subList(before, path.size()).forEach(each -> ring.add(each.targetTable()));
                ring.add(table.targetTable());
                cycles.add(ring);
                return;
            }
            if (!seen.add(table)) {
                return;
            }
            path.add(table);
            parents.apply(table).forEach(this::visit);
            path.remove(path.size() - 1);
            done.add(table);
        }
    }
}

package dev.turnout.flags.migration;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Slice;
import java.util.Objects;
import java.util.Set;

/** A version of a migration's position, made ready to route by. Immutable. */
final class Route {
    private record Ahead(Set<String> members, Slice slice) {}

    private final MigrationState state;
    private final Ahead[] ahead;

    Route(MigrationState state, FlagDocument document) {
        this.state = state;
        this.ahead = state.position().cohorts().entrySet().stream()
                .map(entry -> {
                    Cohort cohort = Objects.requireNonNull(document.cohorts().get(entry.getKey()), entry.getKey());
                    return new Ahead(cohort.members(), entry.getValue());
                })
                .toArray(Ahead[]::new);
    }

    MigrationState state() {
        return state;
    }

    Slice sliceOf(String key) {
        for (Ahead cohort : ahead) {
            if (cohort.members().contains(key)) {
                return cohort.slice();
            }
        }
        return state.position().isUniform()
                ? state.position().at(0)
                : state.position().at(state.bucketing().bucket(key));
    }
}

package dev.turnout.flags.migration;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.fleet.Lease;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A version of a migration's position, made ready to route by, and the lease to do so under. */
final class Route {
    private record Ahead(Set<String> members, Slice slice) {}

    private final long version;
    private final StateId id;
    private final MigrationState state;
    private final Lease lease;
    private final @Nullable Slice everywhere; // the one slice that all keys are in
    private final Ahead[] ahead;

    Route(long version, MigrationState state, FlagDocument document, Lease lease) {
        this.version = version;
        this.id = version == 0 ? StateId.NONE : state.id();
        this.state = state;
        this.lease = lease;
        this.everywhere = state.position().isUniform() ? state.position().at(0) : null;
        this.ahead = state.position().cohorts().entrySet().stream()
                .map(entry -> {
                    Cohort cohort = Objects.requireNonNull(document.cohorts().get(entry.getKey()), entry.getKey());
                    return new Ahead(cohort.members(), entry.getValue());
                })
                .toArray(Ahead[]::new);
    }

    private Route(Route route, Lease lease, @Nullable Slice everywhere) {
        this.version = route.version;
        this.id = route.id;
        this.state = route.state;
        this.lease = lease;
        this.everywhere = everywhere;
        this.ahead = everywhere == null ? route.ahead : new Ahead[0];
    }

    /** The same under another lease. */
    Route under(Lease other) {
        return new Route(this, other, everywhere);
    }

    /** All keys in one stage, under a lease of its own. */
    Route overriddenTo(Stage stage, boolean versioned, Lease vouchedFor) {
        Slice any = state.position().slices().findFirst().orElseThrow();
        return new Route(this, vouchedFor, any.in(stage, state.version(), versioned));
    }

    long version() {
        return version;
    }

    /** What the fleet calls the state that it routes by. */
    StateId id() {
        return id;
    }

    MigrationState state() {
        return state;
    }

    /** What an operation that begins by it has to hold. */
    Lease lease() {
        return lease;
    }

    /** The slice of all keys, if they are in one: then nobody need ask for a key's text form. */
    @Nullable
    Slice everywhere() {
        return everywhere;
    }

    Slice sliceOf(String key) {
        for (Ahead cohort : ahead) {
            if (cohort.members().contains(key)) {
                return cohort.slice();
            }
        }
        return everywhere != null
                ? everywhere
                : state.position().at(state.bucketing().bucket(key));
    }
}

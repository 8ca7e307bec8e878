package dev.turnout.flags.migration;

import dev.turnout.flags.document.FlagDocument;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Slice;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.stage.StateId;
import dev.turnout.flags.store.Snapshot;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A version of a migration's position, made ready to route by, and what operations that begin by it work under. */
final class Route {
    private record Ahead(String cohort, Set<String> members, Slice slice) {}

    private final long version;
    private final StateId id;
    private final MigrationState state;
    private final Tenure tenure;
    private final Lease lease; // of the tenure, as each read looks at it
    private final @Nullable Slice everywhere; // the one slice that all keys are in
    private final Ahead[] ahead;
    private final @Nullable Stage override;

    /** By a migration's state in a snapshot; one that the flag store does not know is {@link Stage#OFF}. */
    static Route of(String migration, Snapshot snapshot, Tenure tenure) {
        MigrationState known = snapshot.document().migrations().get(migration);
        return known == null
                ? new Route(StateId.NONE, MigrationState.startingAt(migration, Stage.OFF), snapshot.document(), tenure)
                : new Route(known.id(), known, snapshot.document(), tenure);
    }

    private Route(StateId id, MigrationState state, FlagDocument document, Tenure tenure) {
        this.version = id.version();
        this.id = id;
        this.state = state;
        this.tenure = tenure;
        this.lease = tenure.lease();
        this.everywhere = state.position().isUniform() ? state.position().at(0) : null;
        this.override = null;
        this.ahead = state.position().cohorts().entrySet().stream()
                .map(entry -> {
                    Cohort cohort = Objects.requireNonNull(document.cohorts().get(entry.getKey()), entry.getKey());
                    return new Ahead(entry.getKey(), cohort.members(), entry.getValue());
                })
                .toArray(Ahead[]::new);
    }

    private Route(Route route, Tenure tenure, @Nullable Slice everywhere, @Nullable Stage override) {
        this.version = route.version;
        this.id = route.id;
        this.state = route.state;
        this.tenure = tenure;
        this.lease = tenure.lease();
        this.everywhere = everywhere;
        this.override = override;
        this.ahead = everywhere == null ? route.ahead : new Ahead[0];
    }

    /** The same under something else. */
    Route under(Tenure other) {
        return new Route(this, other, everywhere, override);
    }

    /** The same, and the fleet counts on nothing that begins by it. */
    Route ended(long nowNanos) {
        return under(new Tenure(tenure.owner(), new Lease(Duration.ZERO, nowNanos)));
    }

    /** All keys in one stage. */
    Route overriddenTo(Stage stage, Tenure vouchedFor) {
        Slice any = state.position().slices().findFirst().orElseThrow();
        return new Route(this, vouchedFor, any.in(stage, state.version(), true), stage);
    }

    /** The stage by which an operator makes the node route, whatever the state is; {@code null} if none does. */
    @Nullable
    Stage override() {
        return override;
    }

    /** 0 if the flag store does not know the migration. */
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

    Tenure tenure() {
        return tenure;
    }

    /** What an operation that begins by it has to hold. */
    Lease lease() {
        return lease;
    }

    /** The slice of all keys, if they are in one: then no key's text form is needed. */
    @Nullable
    Slice everywhere() {
        return everywhere;
    }

    /** A cohort whose keys it routes apart, and which has other members in a document. */
    Optional<String> cohortThatDiffers(FlagDocument document) {
        return Stream.of(ahead)
                .filter(one -> {
                    Cohort now = document.cohorts().get(one.cohort());
                    return now == null || !now.members().equals(one.members());
                })
                .map(Ahead::cohort)
                .findFirst();
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

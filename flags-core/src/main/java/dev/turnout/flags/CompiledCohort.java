package dev.turnout.flags;

import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Matcher;
import java.util.List;

/** A cohort made ready to be asked. Equal only to itself. */
final class CompiledCohort {
    private final Cohort cohort;
    private final Matcher matcher;
    private final List<CompiledCohort> parts;
    private final long revision;

    /**
     * A cohort.
     *
     * @param parts the cohorts that it refers to
     * @param revision of its last change, or of the last one of its parts
     */
    CompiledCohort(Cohort cohort, Matcher matcher, List<CompiledCohort> parts, long revision) {
        this.cohort = cohort;
        this.matcher = matcher;
        this.parts = parts;
        this.revision = revision;
    }

    Matcher matcher() {
        return matcher;
    }

    long revision() {
        return revision;
    }

    /** Whether it is what would be compiled from these. */
    boolean isOf(Cohort other, List<CompiledCohort> otherParts, long otherRevision) {
        return revision == otherRevision && parts.equals(otherParts) && cohort.equals(other);
    }
}

package dev.turnout.flags.document;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.stage.MigrationState;

/** One entry of a document, of any kind. Immutable. */
public sealed interface Entry {
    /** What names it. */
    EntryKey key();

    /** A flag. */
    record OfFlag(Flag flag) implements Entry {
        /** Checks that it is there. */
        public OfFlag {
            requireNonNull(flag, "flag");
        }

        @Override
        public EntryKey key() {
            return EntryKey.flag(flag.key());
        }
    }

    /** A cohort. */
    record OfCohort(Cohort cohort) implements Entry {
        /** Checks that it is there. */
        public OfCohort {
            requireNonNull(cohort, "cohort");
        }

        @Override
        public EntryKey key() {
            return EntryKey.cohort(cohort.name());
        }
    }

    /** Where a migration is, and where it is wanted. */
    record OfMigration(MigrationState state) implements Entry {
        /** Checks that it is there. */
        public OfMigration {
            requireNonNull(state, "state");
        }

        @Override
        public EntryKey key() {
            return EntryKey.migration(state.name());
        }
    }
}

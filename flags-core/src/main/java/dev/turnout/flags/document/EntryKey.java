package dev.turnout.flags.document;

import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.stage.MigrationState;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Names one entry of a document.
 *
 * @param kind what it is
 * @param name the flag's key, the cohort's or the migration's name
 */
public record EntryKey(Kind kind, String name) {
    /** What an entry of a document can be. */
    public enum Kind {
        /** A {@link Cohort}. */
        COHORT("cohorts"),
        /** A {@link Flag}. */
        FLAG("flags"),
        /** A {@link MigrationState}. */
        MIGRATION("migrations");

        private final String section;

        Kind(String section) {
            this.section = section;
        }

        /** The section of the document that holds such entries. */
        public String section() {
            return section;
        }
    }

    /** A flag's. */
    public static EntryKey flag(String key) {
        return new EntryKey(Kind.FLAG, key);
    }

    /** A cohort's. */
    public static EntryKey cohort(String name) {
        return new EntryKey(Kind.COHORT, name);
    }

    /** A migration's. */
    public static EntryKey migration(String name) {
        return new EntryKey(Kind.MIGRATION, name);
    }

    /**
     * That of which the kind is written down somewhere, such as in a file or a table, in any case.
     *
     * @return empty if there is no such kind, as a newer build may know more
     */
    public static Optional<EntryKey> written(String kind, String name) {
        return Stream.of(Kind.values())
                .filter(known -> known.name().equalsIgnoreCase(kind))
                .findFirst()
                .map(known -> new EntryKey(known, name));
    }

    /** As a JSON pointer into the document. */
    public String pointer() {
        return "/" + kind.section() + "/" + name;
    }

    @Override
    public String toString() {
        return kind.name().toLowerCase(Locale.ROOT) + " '" + name + "'";
    }
}

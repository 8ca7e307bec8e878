package dev.turnout.benchmarks.comparison;

import dev.turnout.flags.migration.Version;
import org.jspecify.annotations.Nullable;

/**
 * What a store keeps of a key.
 *
 * @param version of writers that use versions; of all others {@link Version#FIRST}
 * @param value null after it was deleted
 */
record StoredRecord(Version version, @Nullable Long value) {
    static final StoredRecord ABSENT = new StoredRecord(Version.ABSENT, null);
}

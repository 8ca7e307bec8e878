package dev.turnout.flags.document;

import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.stage.Blocker;
import dev.turnout.flags.stage.MigrationState;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All flags, cohorts and migrations of one store at one moment. Immutable, and whole: whatever an entry
 * refers to is there, and nothing refers to itself.
 *
 * @param cohorts by name
 * @param flags by key
 * @param migrations by name
 */
public record FlagDocument(
        Map<String, Cohort> cohorts, Map<String, Flag> flags, Map<String, MigrationState> migrations) {
    /** Without any entry. */
    public static final FlagDocument EMPTY = new FlagDocument(Map.of(), Map.of(), Map.of());

    /**
     * Copies, and checks that the entries fit together.
     *
     * @throws DocumentException if one refers to what is not there or to itself, or makes deciding too long
     */
    public FlagDocument {
        cohorts = Collections.unmodifiableMap(new LinkedHashMap<>(cohorts));
        flags = Collections.unmodifiableMap(new LinkedHashMap<>(flags));
        migrations = Collections.unmodifiableMap(new LinkedHashMap<>(migrations));
        new References(cohorts, flags).check();
        for (MigrationState migration : migrations.values()) {
            String pointer = EntryKey.migration(migration.name()).pointer();
            References.checkNames(
                    "cohort", cohorts, migration.position().cohorts().keySet(), () -> pointer + "/position/cohorts");
            References.checkNames(
                    "cohort", cohorts, migration.goal().cohorts().keySet(), () -> pointer + "/goal/cohorts");
            cohortsOf(migration).map(cohorts::get).forEach(cohort -> {
                if (!cohort.conditions().isEmpty()) {
                    throw new DocumentException(
                            pointer,
                            "cohort '" + cohort.name()
                                    + "' has conditions on attributes, but a migration routes by data key: a cohort of"
                                    + " keys lists its members");
                }
            });
            checkDisjoint(cohorts, cohortsOf(migration).distinct().toList(), pointer);
        }
    }

    /** A key in two cohorts would jump to where the second one is as soon as the first one is no longer apart. */
    private static void checkDisjoint(Map<String, Cohort> cohorts, List<String> names, String pointer) {
        Map<String, String> cohortOf = new HashMap<>();
        for (String name : names) {
            for (String member : Objects.requireNonNull(cohorts.get(name)).members()) {
                String other = cohortOf.put(member, name);
                if (other != null) {
                    throw new DocumentException(
                            pointer,
                            "key '" + member + "' is in cohort '" + other + "' and in cohort '" + name
                                    + "', but the cohorts of a migration must not overlap: a key is in one place");
                }
            }
        }
    }

    private static Stream<String> cohortsOf(MigrationState migration) {
        return Stream.concat(
                migration.position().cohorts().keySet().stream(), migration.goal().cohorts().keySet().stream());
    }

    /** The entry of that key. */
    public Optional<Entry> entry(EntryKey key) {
        return switch (key.kind()) {
            case COHORT -> Optional.ofNullable(cohorts.get(key.name())).map(Entry.OfCohort::new);
            case FLAG -> Optional.ofNullable(flags.get(key.name())).map(Entry.OfFlag::new);
            case MIGRATION -> Optional.ofNullable(migrations.get(key.name())).map(Entry.OfMigration::new);
        };
    }

    /** The entries of one kind, in the order of the document. */
    public Stream<Entry> entries(EntryKey.Kind kind) {
        return switch (kind) {
            case COHORT -> cohorts.values().stream().map(Entry.OfCohort::new);
            case FLAG -> flags.values().stream().map(Entry.OfFlag::new);
            case MIGRATION -> migrations.values().stream().map(Entry.OfMigration::new);
        };
    }

    /** The keys of all entries. */
    public Stream<EntryKey> keys() {
        return Stream.of(EntryKey.Kind.values()).flatMap(this::entries).map(Entry::key);
    }

    /**
     * The same document with these entries put, or removed where the value is {@code null}.
     *
     * @throws DocumentException if the result would not be whole, or is forbidden as this document's successor
     */
    public FlagDocument with(Map<EntryKey, ? extends @Nullable Entry> edits) {
        return with(edits, Set.of());
    }

    /**
     * The same.
     *
     * @param restored migrations whose position may be any that comes later, as a store has lost what was between
     */
    public FlagDocument with(Map<EntryKey, ? extends @Nullable Entry> edits, Set<EntryKey> restored) {
        Map<String, Cohort> newCohorts = new LinkedHashMap<>(cohorts);
        Map<String, Flag> newFlags = new LinkedHashMap<>(flags);
        Map<String, MigrationState> newMigrations = new LinkedHashMap<>(migrations);
        edits.forEach((key, entry) -> {
            if (entry instanceof Entry.OfCohort of) {
                newCohorts.put(key.name(), of.cohort());
            } else if (entry instanceof Entry.OfFlag of) {
                newFlags.put(key.name(), of.flag());
            } else if (entry instanceof Entry.OfMigration of) {
                newMigrations.put(key.name(), of.state());
            } else { // removed
                var unused = switch (key.kind()) {
                    case COHORT -> newCohorts.remove(key.name());
                    case FLAG -> newFlags.remove(key.name());
                    case MIGRATION -> newMigrations.remove(key.name());
                };
            }
        });
        FlagDocument next = new FlagDocument(newCohorts, newFlags, newMigrations);
        checkSuccessor(next, restored);
        return next;
    }

    /**
     * Checks that this document may be followed by {@code next}: migrations move by their law, and are removed only when all of their keys
     * are in {@code OFF}, or all in {@code COMPLETE}; and the keys of a cohort that is part of a
     * migration's position stay the same.
     *
     * @throws DocumentException if not
     */
    public void checkSuccessor(FlagDocument next) {
        checkSuccessor(next, Set.of());
    }

    private void checkSuccessor(FlagDocument next, Set<EntryKey> restored) {
        for (MigrationState now : migrations.values()) {
            MigrationState then = next.migrations.get(now.name());
            EntryKey key = EntryKey.migration(now.name());
            String pointer = key.pointer();
            if (then == null) {
                now.blockerOfRemoval().ifPresent(blocker -> {
                    throw new DocumentException(pointer, blocker.message());
                });
                continue; // nodes that still route it keep the position they have
            }
            List<Blocker> blockers = restored.contains(key) ? now.blockersOfRestoring(then) : now.blockersOfNext(then);
            if (!blockers.isEmpty()) {
                throw new DocumentException(pointer, Blocker.messages(blockers));
            }
            for (String name : now.position().cohorts().keySet()) {
                Cohort before = cohorts.get(name);
                Cohort after = next.cohorts.get(name);
                if (before != null && after != null && !after.members().equals(before.members())) {
                    throw new DocumentException(
                            EntryKey.cohort(name).pointer(),
                            "migration '" + now.name()
                                    + "' has set this cohort's keys apart, so its members cannot change: a key that joins"
                                    + " or leaves would jump between the paths. Bring the cohort to the stage of the rest first");
                }
            }
        }
    }
}

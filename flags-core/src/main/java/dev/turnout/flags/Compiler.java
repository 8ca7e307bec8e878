package dev.turnout.flags;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.rule.Cohort;
import dev.turnout.flags.rule.Condition;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.Matcher;
import dev.turnout.flags.store.LastChange;
import dev.turnout.flags.store.Snapshot;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** Makes the entries of a snapshot ready to decide, and takes over from the one before what has not changed. Used once. */
final class Compiler {
    private final Snapshot snapshot;
    private final Environment environment;
    private final Map<String, CompiledCohort> cohortsBefore;
    private final FlagTable flagsBefore;
    private final Map<String, CompiledCohort> cohorts = new HashMap<>();
    private final Map<String, CompiledFlag> flags = new HashMap<>();

    private Compiler(Snapshot snapshot, Environment environment, @Nullable FlagsSnapshot before) {
        this.snapshot = snapshot;
        this.environment = environment;
        cohortsBefore = before == null ? Map.of() : before.cohorts();
        flagsBefore = before == null ? FlagTable.EMPTY : before.flags();
    }

    static FlagsSnapshot compile(Snapshot snapshot, Environment environment, @Nullable FlagsSnapshot before) {
        Compiler compiler = new Compiler(snapshot, environment, before);
        snapshot.document().cohorts().keySet().forEach(compiler::cohort);
        snapshot.document().flags().keySet().forEach(compiler::flag);
        return new FlagsSnapshot(snapshot, environment, compiler.cohorts, FlagTable.of(compiler.flags.values()));
    }

    // Documents are free of cycles, and their references go twenty deep at most.
    private CompiledCohort cohort(String name) {
        CompiledCohort known = cohorts.get(name);
        if (known != null) {
            return known;
        }
        Cohort cohort = Objects.requireNonNull(snapshot.document().cohorts().get(name), name);
        Map<String, CompiledCohort> parts = each(Condition.cohorts(cohort.conditions()), this::cohort);
        List<CompiledCohort> list = List.copyOf(parts.values());
        long revision = latest(EntryKey.cohort(name), parts.values(), CompiledCohort::revision);
        CompiledCohort before = cohortsBefore.get(name);
        CompiledCohort compiled = before != null && before.isOf(cohort, list, revision)
                ? before
                : new CompiledCohort(cohort, cohort.matcher(matchers(parts)), list, revision);
        cohorts.put(name, compiled);
        return compiled;
    }

    private static Function<String, Matcher> matchers(Map<String, CompiledCohort> parts) {
        return name -> Objects.requireNonNull(parts.get(name), name).matcher();
    }

    private CompiledFlag flag(String key) {
        CompiledFlag known = flags.get(key);
        if (known != null) {
            return known;
        }
        Flag flag = Objects.requireNonNull(snapshot.document().flags().get(key), key);
        CompiledFlag before = flagsBefore.get(key);
        if (before != null && before.isExactly(flag) && before.revision() == ownRevision(EntryKey.flag(key))) {
            flags.put(key, before); // as nearly all of them are at each change
            return before;
        }
        Set<String> names = new LinkedHashSet<>();
        flag.rules().forEach(rule -> {
            names.addAll(rule.cohorts());
            names.addAll(Condition.cohorts(rule.conditions()));
        });
        Map<String, CompiledCohort> partCohorts = each(names, this::cohort);
        Map<String, CompiledFlag> partFlags = each(flag.prerequisites().keySet(), this::flag);
        long revision = Math.max(
                latest(EntryKey.flag(key), partCohorts.values(), CompiledCohort::revision),
                latest(EntryKey.flag(key), partFlags.values(), CompiledFlag::revision));
        CompiledFlag.Parts parts = partCohorts.isEmpty() && partFlags.isEmpty()
                ? CompiledFlag.Parts.NONE
                : new CompiledFlag.Parts(partCohorts, partFlags);
        CompiledFlag compiled = before != null && before.isOf(flag, parts, revision)
                ? before
                : environment.compile(flag, parts, revision, before);
        flags.put(key, compiled);
        return compiled;
    }

    private static <T> Map<String, T> each(Collection<String> names, Function<String, T> compile) {
        Map<String, T> all = names.isEmpty() ? Map.of() : new LinkedHashMap<>();
        names.forEach(name -> all.put(name, compile.apply(name)));
        return all;
    }

    private long ownRevision(EntryKey key) {
        LastChange change = snapshot.changes().get(key);
        return change == null ? snapshot.revision() : change.revision();
    }

    /** The last change of an entry or of one of its parts. */
    private <T> long latest(EntryKey key, Collection<T> parts, ToLongFunction<T> revisionOf) {
        return Math.max(
                ownRevision(key), parts.stream().mapToLong(revisionOf).max().orElse(0));
    }
}

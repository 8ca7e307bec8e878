package dev.turnout.flags;

import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.store.TimeSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all snapshots of one {@link Flags} have in common.
 *
 * @param decidingTime the same clock, which throws nothing
 * @param hooks all of them; they throw nothing
 */
record Environment(
        TimeSource time, TimeSource decidingTime, List<GuardedHook> hooks, Counts counts, Freshness freshness) {
    Environment(TimeSource time, List<GuardedHook> hooks, Counts counts, Freshness freshness) {
        this(time, GuardedTime.of(time), hooks, counts, freshness);
    }

    CompiledFlag compile(Flag flag, CompiledFlag.Parts parts, long revision, @Nullable CompiledFlag before) {
        return new CompiledFlag(flag, parts, revision, hooksOf(flag.key()), decidingTime, before);
    }

    Hook[] hooksOf(String flagKey) {
        return hooks.stream().filter(hook -> hook.wants(flagKey)).toArray(Hook[]::new);
    }
}

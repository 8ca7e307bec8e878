package dev.turnout.flags;

import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.store.TimeSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What all snapshots of one {@link Flags} have in common.
 *
 * @param hooks all of them; they throw nothing
 */
record Environment(TimeSource time, List<GuardedHook> hooks, Counts counts, Freshness freshness) {
    CompiledFlag compile(Flag flag, CompiledFlag.Parts parts, long revision, @Nullable CompiledFlag before) {
        return new CompiledFlag(flag, parts, revision, hooksOf(flag.key()), time, before);
    }

    Hook[] hooksOf(String flagKey) {
        return hooks.stream().filter(hook -> hook.wants(flagKey)).toArray(Hook[]::new);
    }
}

package dev.turnout.flags;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.rule.Flag;
import dev.turnout.flags.rule.Rule;
import dev.turnout.flags.store.Snapshot;
import java.time.Instant;
import java.time.LocalDate;
import java.time.Period;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A stale flag: one that has done its work, and makes the code longer for nothing. See {@link Flags#obsolete}.
 *
 * @param flagKey which flag
 * @param owner whom to ask; may be empty
 * @param cause why it could go
 * @param since when it became so
 */
public record ObsoleteFlag(String flagKey, String owner, Cause cause, LocalDate since) {
    private static final Period SETTLED_FOR = Period.ofDays(30);

    /** Why a flag could go. */
    public enum Cause {
        /** The day on which it expires is over. */
        EXPIRED,
        /** For at least 30 days it has been giving everyone the same, and it has no day on which it expires. */
        SETTLED
    }

    static List<ObsoleteFlag> of(Snapshot snapshot, Instant now) {
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        List<ObsoleteFlag> obsolete = new ArrayList<>();
        for (Flag flag : snapshot.document().flags().values()) {
            LocalDate expires = flag.about().expires();
            Optional<LocalDate> settled = snapshot.lastChange(EntryKey.flag(flag.key()))
                    .map(change -> LocalDate.ofInstant(change.at(), ZoneOffset.UTC))
                    .filter(day -> isSame(flag) && day.plus(SETTLED_FOR).isBefore(today));
            if (expires != null && expires.isBefore(today)) {
                obsolete.add(new ObsoleteFlag(flag.key(), flag.about().owner(), Cause.EXPIRED, expires));
            } else if (expires == null && settled.isPresent()) {
                obsolete.add(new ObsoleteFlag(flag.key(), flag.about().owner(), Cause.SETTLED, settled.get()));
            }
        }
        return obsolete;
    }

    /** Whether everyone gets the same, whatever the context and the time. */
    private static boolean isSame(Flag flag) {
        boolean always = flag.schedule().from() == null && flag.schedule().until() == null;
        if (!flag.enabled() || flag.rules().isEmpty()) {
            return true;
        }
        Rule first = flag.rules().get(0);
        boolean takesAll = first.cohorts().isEmpty() && first.conditions().isEmpty() && !first.isSplit();
        return always && flag.prerequisites().isEmpty() && takesAll;
    }
}

package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.rows.Progress;
import dev.turnout.flags.jdbc.sql.Home;
import dev.turnout.flags.jdbc.sql.Replication;
import dev.turnout.flags.jdbc.sql.SqlFailure;
import dev.turnout.flags.jdbc.sql.Transactions;
import dev.turnout.flags.store.TimeSource;
import java.sql.SQLException;
import java.util.function.Consumer;
import javax.sql.DataSource;

/**
 * What all backfills have, whatever they copy.
 *
 * @param name under which the progress is kept
 * @param home of its own tables, in the target
 * @param listener notified of the progress
 */
record BackfillContext(
        String name,
        DataSource source,
        DataSource target,
        Home home,
        Throttle throttle,
        BackfillControl control,
        Runnable pacing,
        TimeSource time,
        Consumer<? super Progress> listener) {
    static final String SOURCE_IS_REPLICA =
            "The source is a replica: what was written just before may not have come there yet, and would never be copied. Give the database that takes the writes. If it is that one all the same, say fromReplica().";

    /** The same with one more listener. */
    BackfillContext alsoReporting(Consumer<? super Progress> more) {
        Consumer<Progress> both = progress -> {
            progress.tell(listener);
            more.accept(progress);
        };
        return new BackfillContext(name, source, target, home, throttle, control, pacing, time, both);
    }

    /** For one run. */
    Pacer pacer() {
        return new Pacer(throttle, control, pacing, time);
    }

    void refuseReplica() {
        try {
            if (Transactions.patiently(() -> Replication.lagSeconds(source)).isPresent()) {
                throw new BackfillException("Backfill '" + name + "' was not begun. " + SOURCE_IS_REPLICA);
            }
        } catch (SQLException e) {
            throw new BackfillException("Backfill '" + name + "' cannot begin: " + SqlFailure.describe(e), e);
        }
    }
}

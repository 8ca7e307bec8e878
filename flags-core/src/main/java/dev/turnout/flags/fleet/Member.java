package dev.turnout.flags.fleet;

import dev.turnout.flags.stage.Stage;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What a node last said of a migration that it routes.
 *
 * @param id identifies the member among all that there have ever been
 * @param node its name
 * @param lease how long it may work after each report; zero if it is not counted out by time
 * @param beat grows with each report, so that whoever looks twice sees whether it lives
 * @param revision of the flag store's state that it uses
 * @param using the version of the migration by which it begins operations
 * @param acknowledged the newest version for which all operations begun under older ones are over; 0 before its first report
 * @param override the stage by which people make it route, whatever the flag store says; {@code null} if they don't
 * @param journal identifies the journal it records keys in, so that it is known whether nodes share one
 * @param keyText how it writes keys as text, so that it is known whether nodes do it alike; empty if it does not say
 */
public record Member(
        String id,
        String node,
        Duration lease,
        long beat,
        long revision,
        long using,
        long acknowledged,
        @Nullable Stage override,
        String journal,
        String keyText) {}

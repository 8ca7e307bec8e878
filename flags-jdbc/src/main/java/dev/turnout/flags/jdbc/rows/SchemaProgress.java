package dev.turnout.flags.jdbc.rows;

import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far a pass over all tables of a schema has come.
 *
 * @param table the one that is visited now, as its mapping's {@code toString} has it
 * @param number which one it is, from 1
 * @param tables how many there are
 * @param ofTable how far that one has come
 * @param inSum how far all have come, at the speed of that one
 */
public record SchemaProgress(String table, int number, int tables, Progress ofTable, Progress inSum) {
    private static final Logger log = LoggerFactory.getLogger(SchemaProgress.class);

    /** Notifies a listener. What it throws is logged: a display that is broken must not end a long run. */
    public void tell(Consumer<? super SchemaProgress> listener) {
        try {
            listener.accept(this);
        } catch (Throwable e) { // also an Error, of a display's classes for instance
            log.error("A listener failed at {}; the run continues.", this, e);
        }
    }
}

package dev.turnout.benchmarks.stages;

import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.MigrationBuilder;
import java.time.Duration;

/** Which promises the paths of a migration can keep. */
enum Kind {
    VERSIONED("with versions", Duration.ofSeconds(1)) {
        @Override
        MigrationBuilder<Long, String> between(String name, Rows oldRows, Rows newRows) {
            return Migration.named(name, oldRows.versioned(), newRows.versioned());
        }
    },
    /** Writes wait while their keys cross. */
    PLAIN("without versions", Duration.ofSeconds(1)) {
        @Override
        MigrationBuilder<Long, String> between(String name, Rows oldRows, Rows newRows) {
            return plain(name, oldRows, newRows);
        }
    },
    /** The same; no node hears of a move much later than another. */
    PLAIN_POLLED("without versions, flags polled every 20 ms", Duration.ofMillis(20)) {
        @Override
        MigrationBuilder<Long, String> between(String name, Rows oldRows, Rows newRows) {
            return plain(name, oldRows, newRows);
        }
    };

    private final String title;
    private final Duration pollInterval;

    Kind(String title, Duration pollInterval) {
        this.title = title;
        this.pollInterval = pollInterval;
    }

    /** How often a node looks for changes of its flag store. */
    Duration pollInterval() {
        return pollInterval;
    }

    private static MigrationBuilder<Long, String> plain(String name, Rows oldRows, Rows newRows) {
        return Migration.named(name, oldRows.plain(), newRows.plain());
    }

    String title() {
        return title;
    }

    abstract MigrationBuilder<Long, String> between(String name, Rows oldRows, Rows newRows);
}

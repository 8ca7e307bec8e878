package dev.turnout.benchmarks.stages;

import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.MigrationBuilder;

/** Which promises the paths of a migration can keep. */
enum Kind {
    VERSIONED("with versions") {
        @Override
        MigrationBuilder<Long, String> between(String name, Rows oldRows, Rows newRows) {
            return Migration.named(name, oldRows.versioned(), newRows.versioned());
        }
    },
    /** Writes wait while their keys switch sides. */
    PLAIN("without versions") {
        @Override
        MigrationBuilder<Long, String> between(String name, Rows oldRows, Rows newRows) {
            return Migration.named(name, oldRows.plain(), newRows.plain());
        }
    };

    private final String title;

    Kind(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    abstract MigrationBuilder<Long, String> between(String name, Rows oldRows, Rows newRows);
}

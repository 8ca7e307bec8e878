/** Feature flags, and the shifting of live traffic between two data paths. */
module dev.turnout.flags {
    requires com.fasterxml.jackson.core;
    requires com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.yaml;
    requires com.github.benmanes.caffeine;
    requires transitive io.opentelemetry.api;
    requires org.slf4j;
    requires org.yaml.snakeyaml;
    requires re2j; // it has no module name of its own yet, so this one comes from the name of its file
    requires static transitive org.jspecify;

    uses dev.turnout.flags.migration.TransactionProbe;

    exports dev.turnout.flags;
    exports dev.turnout.flags.document;
    exports dev.turnout.flags.spi;
    exports dev.turnout.flags.migration;
    exports dev.turnout.flags.rule;
    exports dev.turnout.flags.stage;
    exports dev.turnout.flags.store;
    exports dev.turnout.flags.telemetry;
}

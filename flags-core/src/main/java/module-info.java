/** Feature flags, and the shifting of live traffic between two data paths. */
module dev.turnout.flags {
    requires com.fasterxml.jackson.databind;
    requires com.fasterxml.jackson.dataformat.yaml;
    requires org.slf4j;
    requires org.yaml.snakeyaml;
    requires static transitive org.jspecify;

    exports dev.turnout.flags;
    exports dev.turnout.flags.document;
    exports dev.turnout.flags.fleet;
    exports dev.turnout.flags.migration;
    exports dev.turnout.flags.repair;
    exports dev.turnout.flags.rule;
    exports dev.turnout.flags.stage;
    exports dev.turnout.flags.store;
}

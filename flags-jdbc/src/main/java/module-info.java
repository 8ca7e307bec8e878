/** Flags in a SQL database, and the copying and verifying of data between two databases. */
module dev.turnout.flags.jdbc {
    requires transitive dev.turnout.flags;
    requires transitive java.sql;
    requires org.slf4j;
    requires static org.checkerframework.checker.qual; // of the next but one
    requires static org.jspecify;
    requires static org.postgresql.jdbc; // for COPY

    exports dev.turnout.flags.jdbc;
    exports dev.turnout.flags.jdbc.backfill;
    exports dev.turnout.flags.jdbc.path;
    exports dev.turnout.flags.jdbc.rows;
    exports dev.turnout.flags.jdbc.table;
    exports dev.turnout.flags.jdbc.verify;
}

/** Flags, fleet and journal in a SQL database, and the copying and verifying of data between two databases. */
module dev.turnout.flags.jdbc {
    requires transitive dev.turnout.flags;
    requires transitive java.sql;
    requires org.slf4j;
    requires static org.jspecify;
}

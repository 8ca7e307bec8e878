/** Flags in a SQL database. Begin with {@link dev.turnout.flags.jdbc.JdbcFlagStore}. */
@NullMarked
package dev.turnout.flags.jdbc;

import org.jspecify.annotations.NullMarked;

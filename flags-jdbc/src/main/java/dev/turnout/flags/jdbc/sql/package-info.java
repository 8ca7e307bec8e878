/** Transactions, and tables that create themselves: what the packages of this module share. Not exported. */
@NullMarked
package dev.turnout.flags.jdbc.sql;

import org.jspecify.annotations.NullMarked;

/** Transactions, tables that create themselves, and what databases say differently: what the packages of this module share. Not exported. */
@NullMarked
package dev.turnout.flags.jdbc.sql;

import org.jspecify.annotations.NullMarked;

/** Flags in SQL. */
@NullMarked
package dev.turnout.flags.jdbc;

import org.jspecify.annotations.NullMarked;

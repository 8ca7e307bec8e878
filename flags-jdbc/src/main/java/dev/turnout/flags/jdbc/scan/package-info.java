/** Reads the tables of {@link dev.turnout.flags.jdbc.rows.RowSource}s, and reports how far that has come. Not exported. */
@NullMarked
package dev.turnout.flags.jdbc.scan;

import org.jspecify.annotations.NullMarked;

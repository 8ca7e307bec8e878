/**
 * Tables that are read and written by code of yours, where no mapping can describe them: begin with {@link dev.turnout.flags.jdbc.rows.RowSource}. Also how keys
 * are ordered and written as text, and how far a pass over a table has come.
 */
@NullMarked
package dev.turnout.flags.jdbc.rows;

import org.jspecify.annotations.NullMarked;

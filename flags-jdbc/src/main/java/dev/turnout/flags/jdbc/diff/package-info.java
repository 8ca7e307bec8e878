/** Compares two tables row by row while both are written to. Begin with {@link dev.turnout.flags.jdbc.diff.Verify}. */
@NullMarked
package dev.turnout.flags.jdbc.diff;

import org.jspecify.annotations.NullMarked;

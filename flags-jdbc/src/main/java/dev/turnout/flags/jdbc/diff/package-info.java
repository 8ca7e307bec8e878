/** Compares two tables while both are written to, and mends what differs. Begin with {@link dev.turnout.flags.jdbc.diff.Verify}. */
@NullMarked
package dev.turnout.flags.jdbc.diff;

import org.jspecify.annotations.NullMarked;

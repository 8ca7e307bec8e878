/** Compares two tables while both are written to, and repairs what differs. Begin with {@link dev.turnout.flags.jdbc.verify.Verify}. */
@NullMarked
package dev.turnout.flags.jdbc.verify;

import org.jspecify.annotations.NullMarked;

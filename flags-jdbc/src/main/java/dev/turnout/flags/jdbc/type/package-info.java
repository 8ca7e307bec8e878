/** What types columns have, and as what their values are compared: of what has no such kind, nothing is copied unless somebody has said yes to that. */
@NullMarked
package dev.turnout.flags.jdbc.type;

import org.jspecify.annotations.NullMarked;

/** What types columns have, and as what their values are compared: of what has no such kind, nothing is copied unless it is declared unverified. */
@NullMarked
package dev.turnout.flags.jdbc.type;

import org.jspecify.annotations.NullMarked;

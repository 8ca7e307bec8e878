/** Data paths that are tables. */
@NullMarked
package dev.turnout.flags.jdbc.path;

import org.jspecify.annotations.NullMarked;

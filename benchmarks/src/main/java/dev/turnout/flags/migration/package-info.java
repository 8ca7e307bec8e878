/** Benchmarks of what this package of the library hides. */
@NullMarked
package dev.turnout.flags.migration;

import org.jspecify.annotations.NullMarked;

/** How fast Turnout is, measured. Begin with {@link dev.turnout.benchmarks.Benchmarks}. */
@NullMarked
package dev.turnout.benchmarks;

import org.jspecify.annotations.NullMarked;

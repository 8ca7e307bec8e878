/**
 * What becomes of records while they are moved: Turnout beside LaunchDarkly's migration flags, a router in the manner of Scientist, and
 * hand-written dual writes, over stores with the same faults, judged by the same code. Begin with
 * {@link dev.turnout.benchmarks.comparison.Comparison}.
 */
@NullMarked
package dev.turnout.benchmarks.comparison;

import org.jspecify.annotations.NullMarked;

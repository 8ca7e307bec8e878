/**
 * What a fleet notices of a stage change: the gap between two acknowledged writes, how long a move takes with a dead node and with a hundred
 * nodes, the rollback while something is down, and what fences cost. Begin with
 * {@link dev.turnout.benchmarks.stages.Stages}.
 */
@NullMarked
package dev.turnout.benchmarks.stages;

import org.jspecify.annotations.NullMarked;

/**
 * How long one decision takes: the same questions for several engines, beside the floors that no engine can be faster than. Begin with
 * {@link dev.turnout.benchmarks.evaluation.Evaluation}.
 */
@NullMarked
package dev.turnout.benchmarks.evaluation;

import org.jspecify.annotations.NullMarked;

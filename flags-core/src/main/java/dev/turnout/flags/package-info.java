/**
 * The way in: {@link dev.turnout.flags.Flags} decides for an {@link dev.turnout.flags.EvaluationContext}.
 */
@NullMarked
package dev.turnout.flags;

import org.jspecify.annotations.NullMarked;

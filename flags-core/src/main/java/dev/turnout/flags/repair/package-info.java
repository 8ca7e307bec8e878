/**
 * The keys on which two data paths may differ, and the worker that makes them agree again. Begin with
 * {@link dev.turnout.flags.repair.Journal}.
 */
@NullMarked
package dev.turnout.flags.repair;

import org.jspecify.annotations.NullMarked;

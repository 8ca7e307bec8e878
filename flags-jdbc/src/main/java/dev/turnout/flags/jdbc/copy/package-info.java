/**
 * Copies a table into another database while both are written to, in chunks, from where it was interrupted. Begin with
 * {@link dev.turnout.flags.jdbc.copy.Backfill}; {@link dev.turnout.flags.jdbc.copy.RowSource} and
 * {@link dev.turnout.flags.jdbc.copy.RowTarget} are what you write for your tables.
 */
@NullMarked
package dev.turnout.flags.jdbc.copy;

import org.jspecify.annotations.NullMarked;

/**
 * Copies a table into another database while both are written to, in chunks, from where it was interrupted. Begin with
 * {@link dev.turnout.flags.jdbc.copy.Backfill}, and before that with {@link dev.turnout.flags.jdbc.copy.Plan}, which reads both schemas. A
 * {@link dev.turnout.flags.jdbc.table.TableMapping} describes your tables; {@link dev.turnout.flags.jdbc.copy.RowSource} and
 * {@link dev.turnout.flags.jdbc.copy.RowTarget} are what you write for those that can't be described.
 */
@NullMarked
package dev.turnout.flags.jdbc.copy;

import org.jspecify.annotations.NullMarked;

/**
 * Copies a table into another database while both are written to, in chunks, from where it was interrupted. Begin with
 * {@link dev.turnout.flags.jdbc.backfill.Backfill}, and before that with {@link dev.turnout.flags.jdbc.backfill.Plan}, which reads both schemas. A
 * {@link dev.turnout.flags.jdbc.table.TableMapping} describes your tables; {@link dev.turnout.flags.jdbc.rows.RowSource} and
 * {@link dev.turnout.flags.jdbc.rows.RowTarget} are what you write for tables that it cannot describe.
 */
@NullMarked
package dev.turnout.flags.jdbc.backfill;

import org.jspecify.annotations.NullMarked;

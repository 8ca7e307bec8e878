/**
 * How fast a table goes from one PostgreSQL database to another: by a backfill, beside {@code COPY} alone and beside a loop of inserts. Begin
 * with {@link dev.turnout.benchmarks.backfill.Backfilling}.
 */
@NullMarked
package dev.turnout.benchmarks.backfill;

import org.jspecify.annotations.NullMarked;

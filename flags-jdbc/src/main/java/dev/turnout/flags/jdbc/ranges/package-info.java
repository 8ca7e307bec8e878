/**
 * Ranges of a sweep that processes lease from each other: who has which range and until when, by the clock of the database. Shared by backfill and verification.
 * Not exported.
 */
@NullMarked
package dev.turnout.flags.jdbc.ranges;

import org.jspecify.annotations.NullMarked;

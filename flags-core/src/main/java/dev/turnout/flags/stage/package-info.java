/**
 * The law of the track, as data without I/O: the stages of a migration, its position, and which moves are legal. Begin
 * with {@link dev.turnout.flags.stage.Stage} and {@link dev.turnout.flags.stage.MigrationState}.
 */
@NullMarked
package dev.turnout.flags.stage;

import org.jspecify.annotations.NullMarked;

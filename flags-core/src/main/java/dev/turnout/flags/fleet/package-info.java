/**
 * Which nodes route a migration, and which version of it each has acknowledged. Begin with
 * {@link dev.turnout.flags.fleet.FleetStore}.
 */
@NullMarked
package dev.turnout.flags.fleet;

import org.jspecify.annotations.NullMarked;

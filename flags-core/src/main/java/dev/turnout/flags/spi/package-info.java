/**
 * What implementers of stores and fences need: who routes a migration, and which keys its paths may differ on. Begin with
 * {@link dev.turnout.flags.spi.FleetStore} and {@link dev.turnout.flags.spi.Journal}.
 */
@NullMarked
package dev.turnout.flags.spi;

import org.jspecify.annotations.NullMarked;

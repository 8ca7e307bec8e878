/**
 * Where a read or a write goes: the router of a migration between two data paths, and the controller that moves its
 * stages. Begin with {@link dev.turnout.flags.migration.Migration}.
 */
@NullMarked
package dev.turnout.flags.migration;

import org.jspecify.annotations.NullMarked;

/**
 * A service moves its places from an old database to a new one while it goes on serving, and somebody who does not trust it keeps count.
 * Begin with {@link dev.turnout.examples.places.PlacesRun}, the order of events, and {@link dev.turnout.examples.places.Cluster}, what a
 * service has to do for it.
 */
@NullMarked
package dev.turnout.examples.places;

import org.jspecify.annotations.NullMarked;

/**
 * A service moves its places from an old database to a new one while it continues to serve, and an independent record
 * checks it. Begin with {@link dev.turnout.examples.places.PlacesRun}, the order of events, and
 * {@link dev.turnout.examples.places.Cluster}, what a service has to do for it.
 */
@NullMarked
package dev.turnout.examples.places;

import org.jspecify.annotations.NullMarked;

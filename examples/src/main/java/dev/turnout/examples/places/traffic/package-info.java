/**
 * People who read and write places all the time, and a record of what they were told: kept by the traffic itself, so that it owes nothing
 * to what it checks. Begin with {@link dev.turnout.examples.places.traffic.Traffic} and
 * {@link dev.turnout.examples.places.traffic.WriteRecord}.
 */
@NullMarked
package dev.turnout.examples.places.traffic;

import org.jspecify.annotations.NullMarked;

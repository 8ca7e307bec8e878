/**
 * Users that read and write places all the time, and a record of the answers that they got. The traffic itself keeps
 * it, so it owes nothing to what it checks. Begin with {@link dev.turnout.examples.places.traffic.Traffic} and
 * {@link dev.turnout.examples.places.traffic.WriteRecord}.
 */
@NullMarked
package dev.turnout.examples.places.traffic;

import org.jspecify.annotations.NullMarked;

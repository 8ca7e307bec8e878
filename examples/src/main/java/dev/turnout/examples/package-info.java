/** Programs to start from. Begin with {@link dev.turnout.examples.places}. */
@NullMarked
package dev.turnout.examples;

import org.jspecify.annotations.NullMarked;

/** The snippets of the README, so that they compile. */
@NullMarked
package dev.turnout.examples.readme;

import org.jspecify.annotations.NullMarked;

/**
 * For the tests of those who use flags: {@link dev.turnout.flags.testing.TestFlags}, and {@link dev.turnout.flags.testing.WithFlag} for JUnit 5.
 */
@NullMarked
package dev.turnout.flags.testing;

import org.jspecify.annotations.NullMarked;

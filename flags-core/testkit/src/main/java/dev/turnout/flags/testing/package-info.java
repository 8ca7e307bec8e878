/**
 * For the tests of those who use flags: {@link dev.turnout.flags.testing.TestFlags}, {@link dev.turnout.flags.testing.WithFlag} for JUnit 5,
 * and {@link dev.turnout.flags.testing.SettableTime}.
 */
@NullMarked
package dev.turnout.flags.testing;

import org.jspecify.annotations.NullMarked;

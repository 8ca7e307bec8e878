/**
 * What a flag consists of: flags, rules, conditions, cohorts and the bucketing that gives each key its place. Begin
 * with {@link dev.turnout.flags.rule.Flag}. Immutable data, checked once when it is built; knows nothing of the other
 * packages.
 */
@NullMarked
package dev.turnout.flags.rule;

import org.jspecify.annotations.NullMarked;

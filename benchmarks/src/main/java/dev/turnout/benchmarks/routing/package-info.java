/**
 * What routing adds to a call of a path: nanoseconds where one path is called, nothing that callers notice where another one follows, and
 * nothing but the second call where both are needed. Begin with {@link dev.turnout.benchmarks.routing.Routing}.
 */
@NullMarked
package dev.turnout.benchmarks.routing;

import org.jspecify.annotations.NullMarked;

/** Flags over HTTP. */
@NullMarked
package dev.turnout.flags.http;

import org.jspecify.annotations.NullMarked;

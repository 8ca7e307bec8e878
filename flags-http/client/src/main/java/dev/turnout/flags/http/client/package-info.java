/** A flag store that reads from a flag server over HTTP: {@link dev.turnout.flags.http.client.HttpFlagStore}. */
@NullMarked
package dev.turnout.flags.http.client;

import org.jspecify.annotations.NullMarked;

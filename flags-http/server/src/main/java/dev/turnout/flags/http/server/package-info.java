/**
 * Flags over HTTP: a server with a REST interface and a console, and a flag store that reads from such a server. Begin with
 * {@link dev.turnout.flags.http.FlagServer} and {@link dev.turnout.flags.http.HttpFlagStore}.
 */
@NullMarked
package dev.turnout.flags.http;

import org.jspecify.annotations.NullMarked;

/**
 * A flag server with a REST interface and a console. Begin with {@link dev.turnout.flags.http.server.FlagServer}.
 */
@NullMarked
package dev.turnout.flags.http.server;

import org.jspecify.annotations.NullMarked;

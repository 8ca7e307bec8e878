/**
 * The proof on real processes: several nodes, each a JVM of its own, move a table between two PostgreSQL databases forth and back while
 * they are killed, stopped, and cut from their databases. What they were answered is recorded in files as it happens, and checked afterwards
 * by code that knows nothing of the library. Begin with {@code Soak}, which runs it, and {@code KeyHistory}, which judges.
 */
@NullMarked
package dev.turnout.flags.jdbc.soak;

import org.jspecify.annotations.NullMarked;

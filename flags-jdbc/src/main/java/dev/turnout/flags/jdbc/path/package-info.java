/** Data paths that are tables, made of a mapping and a record. Begin with {@link dev.turnout.flags.jdbc.path.JdbcPath}. */
@NullMarked
package dev.turnout.flags.jdbc.path;

import org.jspecify.annotations.NullMarked;

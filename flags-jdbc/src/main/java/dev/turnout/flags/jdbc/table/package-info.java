/**
 * Describes which table becomes which. Begin with {@link dev.turnout.flags.jdbc.table.TableMapping}, or for all tables of a schema with
 * {@link dev.turnout.flags.jdbc.table.SchemaMapping}.
 */
@NullMarked
package dev.turnout.flags.jdbc.table;

import org.jspecify.annotations.NullMarked;

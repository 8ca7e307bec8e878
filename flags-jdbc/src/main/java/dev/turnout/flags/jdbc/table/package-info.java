/** Says which table becomes which. Begin with {@link dev.turnout.flags.jdbc.table.TableMapping}. */
@NullMarked
package dev.turnout.flags.jdbc.table;

import org.jspecify.annotations.NullMarked;

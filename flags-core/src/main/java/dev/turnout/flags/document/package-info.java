/**
 * Flags, cohorts and migrations as one YAML or JSON document: strict reading with line and pointer, canonical writing.
 * Begin with {@link dev.turnout.flags.document.FlagDocument}.
 */
@NullMarked
package dev.turnout.flags.document;

import org.jspecify.annotations.NullMarked;

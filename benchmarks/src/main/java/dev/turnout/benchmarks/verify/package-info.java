/** How fast two large tables are compared, beside what their databases need for the same hashes. */
@NullMarked
package dev.turnout.benchmarks.verify;

import org.jspecify.annotations.NullMarked;

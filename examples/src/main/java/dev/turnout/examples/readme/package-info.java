/**
 * The snippets of the README and of the pages in docs, to make sure that they compile; tests run what runs without a
 * service around it.
 */
@NullMarked
package dev.turnout.examples.readme;

import org.jspecify.annotations.NullMarked;

/** A backfill and a verification that a Spark cluster's executors share. */
@NullMarked
package dev.turnout.examples.spark;

import org.jspecify.annotations.NullMarked;

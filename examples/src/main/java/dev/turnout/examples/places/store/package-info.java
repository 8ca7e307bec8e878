/**
 * Places in two databases: a wide table as it was once imported, and a schema that was designed. Begin with
 * {@link dev.turnout.examples.places.store.LegacyPlaces} and {@link dev.turnout.examples.places.store.NewPlaces}, the two paths of
 * the migration.
 */
@NullMarked
package dev.turnout.examples.places.store;

import org.jspecify.annotations.NullMarked;

/**
 * Where flags live and how they change: snapshots in revision order, changes by compare-and-set, watchers. Begin with
 * {@link dev.turnout.flags.store.FlagStore}; a store of your own implements it or {@link dev.turnout.flags.store.EditableFlagStore}.
 */
@NullMarked
package dev.turnout.flags.store;

import org.jspecify.annotations.NullMarked;

package dev.turnout.flags.fleet;

/**
 * What a node last said of a migration that it routes.
 *
 * @param node its name
 * @param revision of the flag store's state that it uses
 * @param using the version of the migration by which it begins operations
 * @param acknowledged the newest version for which all operations begun under older ones are over; 0 before its first report
 * @param journal identifies the journal it records keys in, so that it is known whether nodes share one
 */
public record Member(String node, long revision, long using, long acknowledged, String journal) {}

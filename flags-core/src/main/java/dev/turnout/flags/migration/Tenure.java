package dev.turnout.flags.migration;

/**
 * What operations of a node work under.
 *
 * @param owner the membership that their entries in the journal belong to: who is in the fleet ends them by itself
 * @param lease until when the fleet, or an operator who overrides the node, vouches for it
 */
record Tenure(String owner, Lease lease) {}

package dev.turnout.flags.store;

import java.time.Instant;

/**
 * Who last changed an entry, and why.
 *
 * @param revision of the store
 * @param at when
 * @param by a person or a program
 * @param reason what they gave
 */
public record LastChange(long revision, Instant at, String by, String reason) {}

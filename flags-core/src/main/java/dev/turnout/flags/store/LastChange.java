package dev.turnout.flags.store;

import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Who last changed an entry, and why.
 *
 * @param id what the change is called
 * @param at when
 * @param by a person or a program
 * @param reason what they gave
 * @param step what a controller did by itself for that reason; empty if it was they who made the change
 */
public record LastChange(ChangeId id, Instant at, String by, String reason, String step) {
    /** One that was made by the person or program that {@code by} names. */
    public LastChange(ChangeId id, Instant at, String by, String reason) {
        this(id, at, by, reason, "");
    }

    /**
     * The same, with a name of its own where an older build kept no nonce: what it made of an entry distinguishes it
     * from another change of its revision.
     *
     * @param made the entry as it was stored
     */
    public LastChange named(String made) {
        if (!id.nonce().isEmpty()) {
            return this;
        }
        String all = String.join("\n", at.toString(), by, reason, made);
        String nonce = LastKnownGood.checksum(all.getBytes(StandardCharsets.UTF_8));
        return new LastChange(new ChangeId(revision(), nonce.substring(0, 32)), at, by, reason, step);
    }

    /** That the change made. */
    public long revision() {
        return id.revision();
    }
}

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
 */
public record LastChange(ChangeId id, Instant at, String by, String reason) {
    /**
     * One of which no nonce was kept, as by an older build: what it made of an entry tells it from another one of its revision.
     *
     * @param made the entry as it was stored
     */
    public static LastChange withoutNonce(long revision, Instant at, String by, String reason, String made) {
        String all = String.join("\n", at.toString(), by, reason, made);
        String nonce = LastKnownGood.checksum(all.getBytes(StandardCharsets.UTF_8));
        return new LastChange(new ChangeId(revision, nonce.substring(0, 32)), at, by, reason);
    }

    /** That the change made. */
    public long revision() {
        return id.revision();
    }
}

package dev.turnout.flags.jdbc.sql;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The numbers that locks of PostgreSQL go by which are not those of rows or tables. */
public final class AdvisoryLocks {
    private AdvisoryLocks() {}

    /** That of a text, which begins with what the lock is for. Others of the application have other ones, most likely. */
    public static long key(String text) {
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)))
                    .getLong();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }
}

package dev.turnout.flags.http.server;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.rule.Keys;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Admits callers that know a secret, as a name with a role. Keeps the secret's SHA-256 only. Immutable.
 *
 * <p>The secret is to be random, such as 32 characters from {@code openssl rand -base64 24}: a fast hash does not
 * protect a secret that a person thought up.
 */
public final class Token {
    private static final int SHORTEST_SECRET = 16;

    private final String name;
    private final Role role;
    private final byte[] hash;

    private Token(String name, Role role, byte[] hash) {
        this.name = name;
        this.role = role;
        this.hash = hash;
    }

    /**
     * A token.
     *
     * @param name who uses it; changes made with it are recorded under this name
     * @param secret at least 16 characters, sent as {@code Authorization: Bearer ...}
     * @param role what it allows
     * @throws IllegalArgumentException if the secret is too short, or has characters that do not fit into a header
     */
    public static Token of(String name, String secret, Role role) {
        Keys.check("token", name);
        if (secret.length() < SHORTEST_SECRET || !secret.chars().allMatch(c -> c > ' ' && c < 127)) {
            throw new IllegalArgumentException(
                    "The secret of token '" + name + "' must have at least " + SHORTEST_SECRET
                            + " characters, all visible ASCII, but has " + secret.length()
                            + ". Make one at random, for instance with: openssl rand -base64 24");
        }
        return new Token(name, requireNonNull(role, "role"), sha256(secret));
    }

    static byte[] sha256(String secret) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every Java has SHA-256.", e);
        }
    }

    String name() {
        return name;
    }

    Role role() {
        return role;
    }

    /** Takes the same time wherever the first difference is. */
    boolean hasHash(byte[] other) {
        return MessageDigest.isEqual(hash, other);
    }

    @Override
    public String toString() {
        return "token '" + name + "' (" + role + ")";
    }
}

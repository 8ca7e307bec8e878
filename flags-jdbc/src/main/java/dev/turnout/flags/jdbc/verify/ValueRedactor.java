package dev.turnout.flags.jdbc.verify;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Shows whether values are equal without showing them, except those of the fields that are allowed. The key of one dies with it. */
final class ValueRedactor {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int BYTES_SHOWN = 8;

    private final Set<String> shown;
    private final SecretKeySpec key;

    ValueRedactor(Set<String> shown) {
        this.shown = Set.copyOf(shown);
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        key = new SecretKeySpec(secret, ALGORITHM);
    }

    /** The value in canonical form, or a hash of it. */
    String of(String field, String canonical) {
        if (shown.contains(field)) {
            return canonical;
        }
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            byte[] hash = mac.doFinal((field + "\0" + canonical).getBytes(StandardCharsets.UTF_8));
            return "#" + HexFormat.of().formatHex(hash, 0, BYTES_SHOWN);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}

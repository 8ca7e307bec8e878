package dev.turnout.flags.migration;

import static java.util.Objects.requireNonNull;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How the keys of a migration become text, and what a node tells the others of it: functions can't be compared, but what they make of some keys
 * can. Thread-safe.
 */
final class KeyText<K> {
    private static final String PLAIN = "String.valueOf";
    // The JDK says for ever what their text is, and it is the same for a number in whichever of these classes.
    private static final Set<Class<?>> PLAIN_KEYS =
            Set.of(String.class, Byte.class, Short.class, Integer.class, Long.class, BigInteger.class, UUID.class);
    private static final int MOST_TOLD = 250;
    private static final int BEGINNING = 200;

    private final Function<K, String> text;
    private final String told;
    private final boolean plain;
    private @Nullable Class<?> known; // of the last key that was looked at: a race between two classes does no harm

    private KeyText(Function<K, String> text, String told, boolean plain) {
        this.text = text;
        this.told = told;
        this.plain = plain;
    }

    /** That of keys whose own text is good for ever. */
    static <K> KeyText<K> plain() {
        return new KeyText<>(String::valueOf, PLAIN, true);
    }

    /** @throws IllegalArgumentException if these samples show that keys have no text of their own by it */
    static <K> KeyText<K> of(Function<K, String> text, List<K> samples) {
        requireNonNull(text, "text");
        List<String> texts = new ArrayList<>();
        for (K sample : samples) {
            String once = text.apply(sample);
            if (once == null || once.isBlank()) {
                throw new IllegalArgumentException(
                        "The text of a key must not be blank, but that of sample " + sample + " is.");
            }
            String identity = "@" + Integer.toHexString(System.identityHashCode(sample));
            if (!once.equals(text.apply(sample)) || once.contains(identity)) {
                throw new IllegalArgumentException(
                        "Equal keys must have the same text, always and everywhere, but that of sample '" + once
                                + "' is another one each time. Write down what the key consists of.");
            }
            texts.add(once);
        }
        for (int i = 0; i < texts.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (texts.get(i).equals(texts.get(j)) != samples.get(i).equals(samples.get(j))) {
                    throw new IllegalArgumentException(
                            "Equal keys must have the same text, and others another one, but of two samples the"
                                    + " texts are '" + texts.get(j) + "' and '" + texts.get(i) + "', and the keys are "
                                    + (samples.get(i).equals(samples.get(j)) ? "" : "not ") + "equal.");
                }
            }
        }
        return new KeyText<>(text, told(texts), false);
    }

    /** In ASCII, so that it comes back from every store as it was. */
    private static String told(List<String> texts) {
        String all = texts.stream().map(KeyText::quoted).collect(Collectors.joining(", "));
        return all.length() <= MOST_TOLD ? all : all.substring(0, BEGINNING) + "... (SHA-256 " + hash(all) + ")";
    }

    private static String quoted(String text) {
        return text.chars()
                .mapToObj(c -> c >= ' ' && c <= '~' && c != '\\' && c != '\''
                        ? Character.toString(c)
                        : String.format("\\%04x", c))
                .collect(Collectors.joining("", "'", "'"));
    }

    private static String hash(String text) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("Every Java has SHA-256.", e);
        }
    }

    /** What nodes tell each other; the same where keys are written alike. */
    String told() {
        return told;
    }

    String of(K key) {
        return text.apply(key);
    }

    /** @throws IllegalArgumentException if keys of this class have no text that is good for ever, and nobody has said which to take */
    void check(K key) {
        if (plain && key.getClass() != known) {
            look(key.getClass());
        }
    }

    private void look(Class<?> kind) {
        if (!PLAIN_KEYS.contains(kind)) {
            throw new IllegalArgumentException(
                    "Keys of " + kind.getTypeName()
                            + " have no text of which it is known that it is the same on every node, and stays so: say with"
                            + " MigrationBuilder.keyText how they are written. Text, integers and UUIDs need no such function.");
        }
        known = kind;
    }
}

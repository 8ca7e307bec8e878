package dev.turnout.flags.rule;

import java.util.regex.Pattern;

/** The names that flags, cohorts and migrations may have. */
public final class Keys {
    // Simple enough for a URL, a metric's label and a file name; a closed alphabet also keeps markup out
    // of the console.
    private static final Pattern KEY = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}");

    private Keys() {}

    /**
     * Checks a name.
     *
     * @return {@code key}
     * @throws IllegalArgumentException if it is not 1 to 100 letters, digits, dots, dashes or underscores, beginning with a letter or digit
     */
    public static String check(String kind, String key) {
        if (!KEY.matcher(key).matches()) {
            throw new IllegalArgumentException(
                    "The name of a " + kind + " must be 1 to 100 letters, digits, '.', '-' or '_', beginning with"
                            + " a letter or digit, but was '" + printable(key) + "'.");
        }
        return key;
    }

    /** Whether {@link #check} accepts it. */
    public static boolean isValid(String key) {
        return KEY.matcher(key).matches();
    }

    /** Refuses half a pair of surrogates, which JSON cannot have in a name. */
    static String checkWhole(String what, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (!Character.isSupplementaryCodePoint(text.codePointAt(i))) {
                    throw new IllegalArgumentException(what + " must be whole characters, but there is half a pair of"
                            + " surrogates at " + i + " in '" + printable(text) + "'.");
                }
                i++;
            }
        }
        return text;
    }

    private static String printable(String key) {
        String start = key.length() > 100 ? key.substring(0, 100) + "..." : key;
        return start.replaceAll("\\p{Cntrl}", "?");
    }
}

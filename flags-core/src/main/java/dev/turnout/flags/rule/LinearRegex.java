package dev.turnout.flags.rule;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/**
 * Compiles regular expressions that cannot hang a service: the engine runs in time linear in the text, times the size
 * of the program it makes of the pattern. That size is what counted repetition blows up, {@code ((a{999}){999}){999}},
 * so it is bounded here before the engine sees it.
 */
final class LinearRegex {
    private static final int LONGEST = 1_000;
    private static final long LARGEST = 10_000;

    private LinearRegex() {}

    static Pattern compile(String pattern) {
        if (pattern.length() > LONGEST) {
            throw new IllegalArgumentException("A regular expression may have " + LONGEST + " characters, but had "
                    + pattern.length() + ". Use 'in', or a cohort with members.");
        }
        long size = size(pattern);
        if (size > LARGEST) {
            throw new IllegalArgumentException("The repetitions of regular expression '" + pattern + "' multiply to "
                    + (size == Long.MAX_VALUE ? "more than can be counted" : size) + "; at most " + LARGEST
                    + " are allowed. Use '*' or '+' instead of counting.");
        }
        try {
            return Pattern.compile(pattern);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException("'" + pattern + "' is not a regular expression that can be used here: "
                    + e.getMessage() + ". Back references and looking around are not supported.");
        }
    }

    /**
     * An upper bound, but for a small factor, of the instructions that the engine makes of the pattern: its characters, with counted
     * repetitions written out. What the engine would refuse anyway may be counted wrongly.
     */
    static long size(String pattern) {
        return new Size(pattern).ofAlternatives();
    }

    /** Reads a pattern once from the left, as the engine does. */
    private static final class Size {
        private static final int DEEPEST = 100;
        private static final int OF_GROUP = 2; // one instruction where it begins, and one where it ends
        private static final java.util.regex.Pattern FLAGS = java.util.regex.Pattern.compile("\\(\\?[a-zA-Z-]*\\)");
        private static final java.util.regex.Pattern COUNTED =
                java.util.regex.Pattern.compile("\\{(0|[1-9]\\d*)(?:,(0|[1-9]\\d*)?)?\\}");

        private final String pattern;
        private int at;
        private int depth;

        Size(String pattern) {
            this.pattern = pattern;
        }

        /** Up to the end, or the parenthesis that closes. */
        long ofAlternatives() {
            if (++depth > DEEPEST) {
                throw new IllegalArgumentException(
                        "The groups of a regular expression may be nested " + DEEPEST + " deep at most.");
            }
            long sum = 0;
            while (at < pattern.length() && pattern.charAt(at) != ')') {
                long atom = ofAtom();
                long all = 1;
                for (long times = repetition(); times > 0; times = repetition()) {
                    all = product(all, times);
                }
                // What repeats nothing, as in a(?s){9}, repeats what stands before: here all of it, to be safe.
                sum = atom == 0 ? product(sum, all) : sum(sum, product(atom, all));
            }
            depth--;
            return sum;
        }

        /** 0 for what the engine makes nothing of. */
        private long ofAtom() {
            java.util.regex.Matcher flags = FLAGS.matcher(pattern).region(at, pattern.length());
            char c = pattern.charAt(at++);
            if (c == '\\') {
                return ofEscape();
            } else if (c == '[') {
                skipClass();
            } else if (c == '(' && flags.lookingAt()) {
                at = flags.end();
                return 0;
            } else if (c == '(') {
                long group = ofAlternatives();
                at++;
                return sum(group, OF_GROUP);
            }
            return 1;
        }

        private long ofEscape() {
            if (pattern.startsWith("Q", at)) {
                int end = pattern.indexOf("\\E", at);
                int quoted = (end < 0 ? pattern.length() : end) - (at + 1);
                at = after("\\E");
                return quoted;
            }
            boolean named = at + 1 < pattern.length() && "xpP".indexOf(pattern.charAt(at)) >= 0;
            at = named && pattern.charAt(at + 1) == '{' ? after("}") : at + 1; // as in \x{1F600} and \p{Greek}
            return 1;
        }

        private int after(String end) {
            int found = pattern.indexOf(end, at);
            return found < 0 ? pattern.length() : found + end.length();
        }

        private void skipClass() {
            at += pattern.startsWith("^", at) ? 1 : 0;
            int first = at;
            while (at < pattern.length() && (pattern.charAt(at) != ']' || at == first)) {
                boolean named = pattern.startsWith("[:", at) && pattern.indexOf(":]", at + 2) >= 0;
                at = named ? pattern.indexOf(":]", at + 2) + 2 : pattern.charAt(at) == '\\' ? at + 2 : at + 1;
            }
            at++;
        }

        /** How many times what stands before is written out; 0 if it is not repeated, as braces may also stand for themselves. */
        private long repetition() {
            if (at >= pattern.length()) {
                return 0;
            }
            if ("*+?".indexOf(pattern.charAt(at)) >= 0) {
                at++;
                return 1;
            }
            java.util.regex.Matcher counted = COUNTED.matcher(pattern).region(at, pattern.length());
            if (pattern.charAt(at) != '{' || !counted.lookingAt()) {
                return 0;
            }
            at = counted.end();
            return Math.max(1, Math.max(number(counted.group(1)), number(counted.group(2))));
        }

        private static long number(@Nullable String digits) {
            return digits == null ? 0 : digits.length() > 9 ? LARGEST * LARGEST : Long.parseLong(digits);
        }

        private static long sum(long a, long b) {
            return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
        }

        private static long product(long a, long b) {
            return a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
        }
    }
}

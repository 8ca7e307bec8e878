package dev.turnout.flags.rule;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;

/**
 * Compiles regular expressions that can't hang a service: the engine runs in time linear in the text, times the size of the program it makes
 * of the pattern. That size is what counted repetition blows up, {@code ((a{999}){999}){999}}, so it is bounded here before the engine sees it.
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
        long size = new Size(pattern).ofAlternatives();
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

    /** An upper bound of how many times the pattern's characters stand in it when counted repetitions are written out. */
    private static final class Size {
        private static final int DEEPEST = 100;

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
                while (at < pattern.length() && isRepetition(pattern.charAt(at))) {
                    atom = saturated(atom, count());
                }
                sum = sum > Long.MAX_VALUE - atom ? Long.MAX_VALUE : sum + atom;
            }
            depth--;
            return sum;
        }

        private long ofAtom() {
            char c = pattern.charAt(at++);
            if (c == '\\' && pattern.startsWith("Q", at)) {
                int end = pattern.indexOf("\\E", at);
                int start = at;
                at = end < 0 ? pattern.length() : end + 2;
                return (long) at - start;
            } else if (c == '\\' && at < pattern.length()) {
                at++;
            } else if (c == '[') {
                skipClass();
            } else if (c == '(') {
                long group = ofAlternatives();
                at++;
                return Math.max(1, group);
            }
            return 1;
        }

        private void skipClass() {
            int start = at;
            while (at < pattern.length()
                    && (pattern.charAt(at) != ']'
                            || at == start
                            || (at == start + 1 && pattern.charAt(start) == '^'))) {
                at += pattern.charAt(at) == '\\' ? 2 : 1;
            }
            at++;
        }

        private static boolean isRepetition(char c) {
            return c == '{' || c == '*' || c == '+' || c == '?';
        }

        /** The larger number in braces; one for the other ways to repeat, and for braces that are not a repetition. */
        private long count() {
            if (pattern.charAt(at++) != '{') {
                return 1;
            }
            long largest = 1;
            long number = 0;
            while (at < pattern.length() && "0123456789,".indexOf(pattern.charAt(at)) >= 0) {
                char c = pattern.charAt(at++);
                number = c == ',' ? 0 : Math.min(LARGEST * LARGEST, number * 10 + c - '0');
                largest = Math.max(largest, number);
            }
            if (at < pattern.length() && pattern.charAt(at) == '}') {
                at++;
            }
            return largest;
        }

        private static long saturated(long a, long b) {
            return a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
        }
    }
}

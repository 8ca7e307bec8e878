package dev.turnout.flags.rule;

/**
 * The order of semantic versions, by semver.org 2.0.0, item 11: compared where they stand, without making objects. Numbers may have any
 * length. Missing minor and patch numbers count as zero, as many applications write {@code 2.1}.
 */
final class Semver {
    private static final int NUMBERS = 3;

    private Semver() {}

    static boolean isValid(String version) {
        int core = endOfCore(version);
        int at = 0;
        for (int numbers = 1; ; numbers++) {
            int end = endOfPart(version, at, core);
            if (numbers > NUMBERS || !isNumber(version, at, end)) {
                return false;
            }
            if (end == core) {
                break;
            }
            at = end + 1;
        }
        int build = startOfBuild(version);
        return (core == build || areIdentifiers(version, core + 1, build, true))
                && (build == version.length() || areIdentifiers(version, build + 1, version.length(), false));
    }

    /** Both must be valid. What follows a plus does not count. */
    static int compare(String a, String b) {
        int endA = endOfCore(a);
        int endB = endOfCore(b);
        int order = compareCores(a, endA, b, endB);
        if (order != 0) {
            return order;
        }
        int buildA = startOfBuild(a);
        int buildB = startOfBuild(b);
        if (endA == buildA || endB == buildB) { // one without a pre-release is the later
            return Boolean.compare(endA == buildA, endB == buildB);
        }
        return compareIdentifiers(a, endA + 1, buildA, b, endB + 1, buildB);
    }

    private static int compareCores(String a, int endA, String b, int endB) {
        int atA = 0;
        int atB = 0;
        for (int number = 0; number < NUMBERS; number++) {
            int partA = endOfPart(a, Math.min(atA, endA), endA);
            int partB = endOfPart(b, Math.min(atB, endB), endB);
            int order = compareNumbers(a, Math.min(atA, endA), partA, b, Math.min(atB, endB), partB);
            if (order != 0) {
                return order;
            }
            atA = partA + 1;
            atB = partB + 1;
        }
        return 0;
    }

    private static int compareIdentifiers(String a, int fromA, int endA, String b, int fromB, int endB) {
        int atA = fromA;
        int atB = fromB;
        while (atA < endA && atB < endB) {
            int partA = endOfPart(a, atA, endA);
            int partB = endOfPart(b, atB, endB);
            boolean numberA = areDigits(a, atA, partA);
            boolean numberB = areDigits(b, atB, partB);
            int order = numberA && numberB
                    ? compareNumbers(a, atA, partA, b, atB, partB)
                    : numberA != numberB ? (numberA ? -1 : 1) : compareTexts(a, atA, partA, b, atB, partB);
            if (order != 0) {
                return order;
            }
            atA = partA + 1;
            atB = partB + 1;
        }
        return Boolean.compare(atA < endA, atB < endB); // more identifiers are the later
    }

    /** By length, then by digits: none has a leading zero. An empty one is zero. */
    private static int compareNumbers(String a, int fromA, int endA, String b, int fromB, int endB) {
        boolean zeroA = isZero(a, fromA, endA);
        boolean zeroB = isZero(b, fromB, endB);
        if (zeroA || zeroB) {
            return Boolean.compare(zeroB, zeroA);
        }
        int order = Integer.compare(endA - fromA, endB - fromB);
        return order != 0 ? order : compareTexts(a, fromA, endA, b, fromB, endB);
    }

    private static boolean isZero(String text, int from, int end) {
        return from == end || (end == from + 1 && text.charAt(from) == '0');
    }

    private static int compareTexts(String a, int fromA, int endA, String b, int fromB, int endB) {
        int shorter = Math.min(endA - fromA, endB - fromB);
        for (int i = 0; i < shorter; i++) {
            int order = Character.compare(a.charAt(fromA + i), b.charAt(fromB + i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(endA - fromA, endB - fromB);
    }

    private static int endOfCore(String version) {
        int end = startOfBuild(version);
        int dash = version.indexOf('-');
        return dash >= 0 && dash < end ? dash : end;
    }

    private static int startOfBuild(String version) {
        int plus = version.indexOf('+');
        return plus < 0 ? version.length() : plus;
    }

    private static int endOfPart(String text, int from, int end) {
        int dot = text.indexOf('.', from);
        return dot < 0 || dot > end ? end : dot;
    }

    private static boolean isNumber(String text, int from, int end) {
        return areDigits(text, from, end) && (text.charAt(from) != '0' || end == from + 1);
    }

    private static boolean areDigits(String text, int from, int end) {
        for (int i = from; i < end; i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return from < end;
    }

    private static boolean areIdentifiers(String text, int from, int end, boolean strictNumbers) {
        int at = from;
        while (true) {
            int part = endOfPart(text, at, end);
            boolean fine = at < part
                    && isAlphanumeric(text, at, part)
                    && (!strictNumbers || !areDigits(text, at, part) || isNumber(text, at, part));
            if (!fine) {
                return false;
            }
            if (part == end) {
                return true;
            }
            at = part + 1;
        }
    }

    private static boolean isAlphanumeric(String text, int from, int end) {
        for (int i = from; i < end; i++) {
            char c = text.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!letter && c != '-' && (c < '0' || c > '9')) {
                return false;
            }
        }
        return true;
    }
}

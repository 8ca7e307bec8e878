package dev.turnout.flags.rule;

import org.jspecify.annotations.Nullable;

/**
 * A network in CIDR notation. IPv4 is treated as the part of IPv6 that stands for it ({@code ::ffff:0:0/96}), so one
 * address is one address. Never asks a name server.
 *
 * @param high the upper half of the network's first address
 * @param low its lower half
 * @param bits how many bits an address of the network shares with it, of 128
 */
record IpNetwork(long high, long low, int bits) {
    private static final int V4_PREFIX = 96;
    private static final long V4_MARK = 0xffff_0000_0000L;
    private static final int GROUPS = 8;

    /**
     * Reads a network or a single address.
     *
     * @throws IllegalArgumentException if it is neither, or has bits set beyond its prefix
     */
    static IpNetwork parse(String text) {
        int slash = text.indexOf('/');
        IpNetwork address = address(slash < 0 ? text : text.substring(0, slash));
        if (address == null) {
            throw new IllegalArgumentException(
                    "A network must be written as 10.0.0.0/8 or 2001:db8::/32, but was '" + text + "'.");
        }
        if (slash < 0) {
            return address;
        }
        boolean v4 = text.indexOf(':') < 0;
        int longest = v4 ? 32 : 128;
        String prefix = text.substring(slash + 1);
        if (!prefix.matches("0|[1-9]\\d{0,2}") || Integer.parseInt(prefix) > longest) {
            throw new IllegalArgumentException(
                    "The prefix of network '" + text + "' must be a number from 0 to " + longest + ".");
        }
        IpNetwork network = new IpNetwork(address.high, address.low, Integer.parseInt(prefix) + (v4 ? V4_PREFIX : 0));
        if ((address.high & ~network.highMask()) != 0 || (address.low & ~network.lowMask()) != 0) {
            throw new IllegalArgumentException("Network '" + text + "' has bits set beyond its prefix of " + prefix
                    + ". Write its first address, or the address alone.");
        }
        return network;
    }

    /** A single address, as a network of its own; {@code null} if the text is none. */
    static @Nullable IpNetwork address(String text) {
        return text.indexOf(':') < 0 ? v4(text) : v6(text);
    }

    boolean contains(IpNetwork address) {
        return (address.high & highMask()) == high && (address.low & lowMask()) == low;
    }

    private long highMask() {
        return bits >= 64 ? -1 : bits == 0 ? 0 : -1L << (64 - bits);
    }

    private long lowMask() {
        return bits <= 64 ? 0 : -1L << (128 - bits);
    }

    private static @Nullable IpNetwork v4(String text) {
        long value = v4Value(text, 0);
        return value < 0 ? null : new IpNetwork(0, V4_MARK | value, 128);
    }

    /** Four numbers in decimal without leading zeros, which some would read as octal; -1 if it is something else. */
    private static long v4Value(String text, int from) {
        long value = 0;
        int at = from;
        for (int part = 0; part < 4; part++) {
            int start = at;
            int number = 0;
            while (at < text.length() && at - start < 4 && isDigit(text.charAt(at))) {
                number = number * 10 + text.charAt(at++) - '0';
            }
            boolean leadingZero = at - start > 1 && text.charAt(start) == '0';
            if (at == start || leadingZero || number > 255) {
                return -1;
            }
            value = value << 8 | number;
            boolean last = part == 3;
            if (last ? at != text.length() : at == text.length() || text.charAt(at++) != '.') {
                return -1;
            }
        }
        return value;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static @Nullable IpNetwork v6(String text) {
        int[] groups = new int[GROUPS];
        int count = 0;
        int gap = -1;
        int at = 0;
        if (text.startsWith("::")) {
            gap = 0;
            at = 2;
        }
        while (at < text.length()) {
            int end = text.indexOf(':', at) < 0 ? text.length() : text.indexOf(':', at);
            if (end == text.length() && text.indexOf('.', at) >= 0) { // the last 32 bits as IPv4
                long value = v4Value(text, at);
                if (value < 0 || count > GROUPS - 2) {
                    return null;
                }
                groups[count++] = (int) (value >>> 16);
                groups[count++] = (int) (value & 0xffff);
                break;
            }
            int group = group(text, at, end);
            if (group < 0 || count == GROUPS) {
                return null;
            }
            groups[count++] = group;
            at = end + 1;
            if (end < text.length() && at == text.length()) {
                return null; // ends with a single colon
            }
            if (at < text.length() && text.charAt(at) == ':') {
                if (gap >= 0) {
                    return null; // a second gap
                }
                gap = count;
                at++;
            }
        }
        if (gap < 0 ? count != GROUPS : count == GROUPS) {
            return null;
        }
        int zeros = GROUPS - count;
        long high = 0;
        long low = 0;
        for (int i = 0; i < GROUPS; i++) {
            int group = gap < 0 || i < gap ? groups[i] : i < gap + zeros ? 0 : groups[i - zeros];
            high = high << 16 | low >>> 48;
            low = low << 16 | group;
        }
        return new IpNetwork(high, low, 128);
    }

    /** Up to four hexadecimal digits; -1 if it is something else. */
    private static int group(String text, int from, int end) {
        if (from == end || end - from > 4) {
            return -1;
        }
        int value = 0;
        for (int i = from; i < end; i++) {
            char c = text.charAt(i);
            int digit = c < 0x80 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }
}

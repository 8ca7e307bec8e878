package dev.turnout.flags.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.parallel.ExecutionMode.CONCURRENT;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpNetworkTest {
    private static final Pattern V4 =
            Pattern.compile("((25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)\\.){3}(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)");
    // Leading zeros and long groups, which the JDK takes.
    private static final Pattern LENIENT = Pattern.compile(".*(\\b0\\d+\\.|\\.0\\d|[0-9a-fA-F]{5}).*");

    private final Random random = new Random(7);

    @Test
    @Execution(CONCURRENT)
    void an_ipv6_address_is_what_the_jdk_takes_for_one_but_for_its_leniency() throws UnknownHostException {
        int valid = 0;
        for (int i = 0; i < 200_000; i++) {
            String text = mangled(v6());
            if (text.indexOf(':') < 0 || text.isEmpty() || "0123456789abcdefABCDEF:".indexOf(text.charAt(0)) < 0) {
                continue; // the JDK would ask a name server
            }
            IpNetwork address = IpNetwork.address(text);
            InetAddress expected = LENIENT.matcher(text).matches() ? null : jdk(text);
            assertThat(address == null).as(text).isEqualTo(expected == null);
            if (expected != null && address != null) {
                assertThat(number(address)).as(text).isEqualTo(number(expected));
                valid++;
            }
        }
        assertThat(valid).isGreaterThan(20_000);
    }

    @Test
    @Execution(CONCURRENT)
    void an_ipv4_address_is_four_numbers_without_leading_zeros() throws UnknownHostException {
        int valid = 0;
        for (int i = 0; i < 200_000; i++) {
            String text = mangled(random.nextInt(256) + "." + random.nextInt(300) + "." + random.nextInt(12) + "."
                    + random.nextInt(256));
            if (text.indexOf(':') >= 0) {
                continue;
            }
            IpNetwork address = IpNetwork.address(text);
            assertThat(address != null).as(text).isEqualTo(V4.matcher(text).matches());
            if (address != null) {
                assertThat(number(address)).as(text).isEqualTo(number(jdk(text)));
                valid++;
            }
        }
        assertThat(valid).isGreaterThan(20_000);
    }

    private String v6() {
        StringBuilder text = new StringBuilder();
        int groups = random.nextInt(10) == 0 ? random.nextInt(10) : 8;
        int gap = random.nextInt(3) == 0 ? random.nextInt(8) : -1;
        boolean endsInV4 = random.nextInt(4) == 0;
        for (int i = 0; i < groups - (endsInV4 ? 2 : 0) - (gap >= 0 ? 1 + random.nextInt(3) : 0); i++) {
            text.append(i == gap ? ":" : "");
            text.append(Integer.toHexString(random.nextInt(random.nextBoolean() ? 2 : 0x10000)));
            text.append(':');
        }
        if (endsInV4) {
            return text + v4(random);
        }
        return text.isEmpty() ? "::" : text.substring(0, text.length() - random.nextInt(2));
    }

    private static String v4(Random random) {
        return random.nextInt(256) + "." + random.nextInt(256) + "." + random.nextInt(256) + "." + random.nextInt(256);
    }

    private String mangled(String text) {
        StringBuilder mangled = new StringBuilder(text);
        for (int i = random.nextInt(4) == 0 ? 1 + random.nextInt(2) : 0; i > 0 && mangled.length() > 1; i--) {
            int at = random.nextInt(mangled.length());
            switch (random.nextInt(3)) {
                case 0 -> mangled.deleteCharAt(at);
                case 1 -> mangled.insert(at, "0:.af9gF ".charAt(random.nextInt(9)));
                default -> mangled.setCharAt(at, "0:.af9gF ".charAt(random.nextInt(9)));
            }
        }
        return mangled.toString();
    }

    private static InetAddress jdk(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            return null;
        }
    }

    private static BigInteger number(InetAddress address) {
        BigInteger bytes = new BigInteger(1, address.getAddress());
        return address.getAddress().length == 4 ? bytes.add(BigInteger.valueOf(0xffffL << 32)) : bytes;
    }

    private static BigInteger number(IpNetwork address) {
        return unsigned(address.high()).shiftLeft(64).add(unsigned(address.low()));
    }

    private static BigInteger unsigned(long bits) {
        return new BigInteger(Long.toUnsignedString(bits));
    }

    @Test
    @Execution(CONCURRENT)
    void a_network_contains_the_addresses_that_share_its_prefix() {
        for (int i = 0; i < 100_000; i++) {
            int bits = random.nextInt(129);
            BigInteger one = new BigInteger(128, random);
            BigInteger first = one.shiftRight(128 - bits).shiftLeft(128 - bits);
            // Near the network's ends, where it is decided.
            BigInteger size = BigInteger.ONE.shiftLeft(128 - bits);
            BigInteger other = switch (random.nextInt(4)) {
                case 0 -> first.add(new BigInteger(128 - bits, random));
                case 1 -> first.subtract(BigInteger.ONE);
                case 2 -> first.add(size);
                default -> first.add(size).subtract(BigInteger.ONE);
            };
            if (other.signum() < 0 || other.bitLength() > 128) {
                continue;
            }
            IpNetwork network = IpNetwork.parse(text(first) + "/" + bits);
            IpNetwork address = IpNetwork.address(text(other));
            boolean inside = other.compareTo(first) >= 0 && other.compareTo(first.add(size)) < 0;
            assertThat(network.contains(address))
                    .as("%s %s", network, other.toString(16))
                    .isEqualTo(inside);
        }
    }

    private static String text(BigInteger address) {
        StringBuilder text = new StringBuilder();
        for (int shift = 112; shift >= 0; shift -= 16) {
            text.append(text.isEmpty() ? "" : ":")
                    .append(Integer.toHexString(address.shiftRight(shift).intValue() & 0xffff));
        }
        return text.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8,        10.255.255.255,     true",
        "10.0.0.0/8,        11.0.0.0,           false",
        "0.0.0.0/0,         255.255.255.255,    true",
        "0.0.0.0/0,         2001:db8::1,        false",
        "0.0.0.0/0,         ::ffff:1.2.3.4,     true",
        "::/0,              1.2.3.4,            true",
        "::ffff:0:0/96,     1.2.3.4,            true",
        "::ffff:10.0.0.0/104, 10.1.2.3,         true",
        "::/96,             1.2.3.4,            false",
        "1.2.3.4,           ::ffff:102:304,     true",
        "1.2.3.4/32,        1.2.3.5,            false",
        "2001:db8::/32,     2001:DB8:FFFF::1,   true",
        "2001:db8::/64,     2001:db8:0:1::,     false",
        "fe80::/10,         febf::1,            true",
    })
    void one_address_is_one_address_however_it_is_written(String network, String address, boolean inside) {
        assertThat(IpNetwork.parse(network).contains(IpNetwork.address(address)))
                .isEqualTo(inside);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/",
                "10.0.0.0/",
                "/8",
                "10.0.0.0/33",
                "10.0.0.0/08",
                "10.0.0.0/-1",
                "10.0.0.0/8/8",
                "10.0.0.1/8",
                "::1/127",
                "2001:db8::/129",
                "10.0.0/8",
                "localhost",
                "example.org/8",
                "10.0.0.0/99999999999",
                "fe80::1%eth0",
                "[::1]"
            })
    void what_is_no_network_is_refused(String text) {
        assertThatThrownBy(() -> IpNetwork.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + text + "'");
    }
}

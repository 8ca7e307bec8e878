package dev.turnout.examples.places;

import dev.turnout.examples.places.store.Cities;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * What can be chosen for a run.
 *
 * @param db where the new path is
 * @param sabotage what is broken on purpose
 * @param keep whether console and traffic stay up at the end
 * @param seed that the traffic is drawn from
 * @param rows how many places there are at the beginning
 * @param dwell how long each stage lasts
 * @param operationsPerSecond of all users together
 * @param port of the console; 0 for any that is free
 */
record Settings(
        Db db,
        Sabotage sabotage,
        boolean keep,
        long seed,
        int rows,
        Duration dwell,
        int operationsPerSecond,
        int port) {
    /** Databases for the new path; the old one is always in H2. */
    enum Db {
        H2,
        POSTGRES
    }

    /** As they are written on the command line: {@code -Ddemo.db=postgres}; what is absent or blank has its default. */
    static Settings from(Properties properties) {
        return new Settings(
                oneOf(Db.values(), properties, "demo.db", "h2"),
                oneOf(Sabotage.values(), properties, "demo.sabotage", "none"),
                oneOf(List.of("true", "false"), properties, "demo.keep", "false")
                        .equals("true"),
                number(properties, "demo.seed", 42, Long.MIN_VALUE, Long.MAX_VALUE),
                (int) number(properties, "demo.rows", Cities.COUNT, 1_000, Cities.COUNT),
                Duration.ofMillis((long) (1000 * real(properties, "demo.seconds", 4))),
                (int) number(properties, "demo.rate", 3_000, 100, 1_000_000),
                (int) number(properties, "demo.port", 8080, 0, 65_535));
    }

    /** The name of a constant on the command line: {@code DROP_MIRROR} is {@code drop-mirror}. */
    static String nameOf(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static <E extends Enum<E>> E oneOf(E[] all, Properties properties, String name, String byDefault) {
        List<String> names = Arrays.stream(all).map(Settings::nameOf).toList();
        return all[names.indexOf(oneOf(names, properties, name, byDefault))];
    }

    private static String oneOf(List<String> all, Properties properties, String name, String byDefault) {
        String given = text(properties, name, byDefault);
        if (!all.contains(given)) {
            throw new IllegalArgumentException("-D" + name + "=" + given + " is unknown. There are: "
                    + all.stream().collect(Collectors.joining(", ")) + ".");
        }
        return given;
    }

    private static long number(Properties properties, String name, long byDefault, long least, long most) {
        String given = text(properties, name, Long.toString(byDefault));
        try {
            long number = Long.parseLong(given);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // reported below
        }
        throw new IllegalArgumentException(
                "-D" + name + "=" + given + " must be a whole number from " + least + " to " + most + ".");
    }

    private static double real(Properties properties, String name, double byDefault) {
        String given = text(properties, name, Double.toString(byDefault));
        try {
            double number = Double.parseDouble(given);
            if (number > 0 && number <= 3_600) {
                return number;
            }
        } catch (NumberFormatException e) {
            // reported below
        }
        throw new IllegalArgumentException("-D" + name + "=" + given + " must be a number of seconds, up to 3600.");
    }

    private static String text(Properties properties, String name, String byDefault) {
        String given = properties.getProperty(name, "").strip();
        return given.isEmpty() ? byDefault : given;
    }
}

package dev.turnout.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What a run ran on, for readers of its figures. */
public final class Machine {
    private static final Path CPUS = Path.of("/proc/cpuinfo");

    private Machine() {}

    /** The processor, as far as it reports its name, and how many of it; the operating system. */
    public static String hardware() {
        return processor() + ", " + Runtime.getRuntime().availableProcessors() + " cores; "
                + System.getProperty("os.name") + " " + System.getProperty("os.version");
    }

    /** The Java that runs this, and the benchmarks that are forked from it. */
    public static String java() {
        return System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version");
    }

    private static String processor() {
        if (Files.isReadable(CPUS)) {
            try (Stream<String> lines = Files.lines(CPUS)) {
                return lines.filter(line -> line.startsWith("model name"))
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .findFirst()
                        .orElse(System.getProperty("os.arch"));
            } catch (IOException e) {
                return System.getProperty("os.arch"); // not worth a failed run
            }
        }
        return System.getProperty("os.arch");
    }
}

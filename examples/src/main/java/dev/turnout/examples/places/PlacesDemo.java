package dev.turnout.examples.places;

import java.io.PrintStream;
import java.util.Properties;

/** Runs the whole of it from the command line. */
public final class PlacesDemo {
    private PlacesDemo() {}

    /**
     * Runs it. Blocks.
     *
     * @param properties see {@link Settings}
     * @return what a process ends with: 0 only if nothing was lost, stale or different, and nothing else went wrong
     */
    public static int run(Properties properties, PrintStream out, boolean isTerminal) throws Exception {
        Settings settings;
        try {
            settings = Settings.from(properties);
        } catch (IllegalArgumentException e) {
            out.println(e.getMessage());
            return 2;
        }
        try (PlacesRun run = new PlacesRun(settings, new Screen(out, isTerminal))) {
            return run.run() ? 0 : 1;
        }
    }
}

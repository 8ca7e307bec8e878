package dev.turnout.examples.places;

import java.io.PrintStream;
import java.util.Locale;

/** What the viewer sees. A bar is drawn over and over on a terminal; anywhere else it leaves a line now and then. */
final class Screen {
    private static final int BAR = 30;
    private static final long BETWEEN_DRAWINGS_NANOS = 100_000_000;
    private static final int PERCENT_BETWEEN_LINES = 20;

    private final PrintStream out;
    private final boolean isTerminal;

    Screen(PrintStream out, boolean isTerminal) {
        this.out = out;
        this.isTerminal = isTerminal;
    }

    void line(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
        out.flush();
    }

    /** How far one thing has come. Used by one thread. */
    final class Bar {
        private final String what;
        private final long beganNanos = System.nanoTime();
        private long drawnNanos;
        private long nextPercent = PERCENT_BETWEEN_LINES;

        private Bar(String what) {
            this.what = what;
        }

        /** So many of so many. */
        void at(long done, long total) {
            long percent = Math.min(99, 100 * done / Math.max(1, total));
            long now = System.nanoTime();
            if (isTerminal && now - drawnNanos > BETWEEN_DRAWINGS_NANOS) {
                drawnNanos = now;
                draw(percent, progress(done, total));
            } else if (!isTerminal && percent >= nextPercent) {
                nextPercent = percent - percent % PERCENT_BETWEEN_LINES + PERCENT_BETWEEN_LINES;
                line("%s", bar(percent, progress(done, total)));
            }
        }

        /** That was all. */
        void done(long done, String result) {
            double seconds = (System.nanoTime() - beganNanos) / 1e9;
            String text = String.format(Locale.ROOT, "%,d in %.1f s%s", done, seconds, result);
            if (isTerminal) {
                draw(100, text);
                out.println();
            } else {
                line("%s", bar(100, text));
            }
        }

        private String progress(long done, long total) {
            double seconds = (System.nanoTime() - beganNanos) / 1e9;
            double rate = done / Math.max(0.001, seconds);
            return String.format(
                    Locale.ROOT,
                    "%,d of %,d, %,.0f/s, %.0f s to go",
                    done,
                    total,
                    rate,
                    Math.max(0, total - done) / Math.max(1, rate));
        }

        private void draw(long percent, String text) {
            out.print(String.format(Locale.ROOT, "\r%-110s", bar(percent, text)));
            out.flush();
        }

        private String bar(long percent, String text) {
            int full = (int) (percent * BAR / 100);
            String bar = "#".repeat(full) + ".".repeat(BAR - full);
            return String.format(Locale.ROOT, "  %-9s [%s] %3d %%  %s", what, bar, percent, text);
        }
    }

    /** Begins a bar. */
    Bar bar(String what) {
        return new Bar(what);
    }
}

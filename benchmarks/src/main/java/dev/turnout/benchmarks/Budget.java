package dev.turnout.benchmarks;

import java.util.Locale;

/**
 * What a benchmark was to reach, and what it has reached.
 *
 * @param name the benchmark and what of it, such as {@code evaluation/allocation}
 * @param measured in {@code unit}; not a number if it could not be measured in this run
 * @param bound which {@code measured} must keep
 * @param atLeast whether the bound is the least, not the most
 * @param unit may be empty
 * @param note where the figure comes from; may be empty
 */
public record Budget(String name, double measured, double bound, boolean atLeast, String unit, String note) {
    /** A budget that is held by what is not more. */
    public static Budget atMost(String name, double measured, double bound, String unit, String note) {
        return new Budget(name, measured, bound, false, unit, note);
    }

    /** A budget that is held by what is not less. */
    public static Budget atLeast(String name, double measured, double bound, String unit, String note) {
        return new Budget(name, measured, bound, true, unit, note);
    }

    /** The line that a run ends with. */
    public String line() {
        return "budget " + name + ": measured " + (Double.isNaN(measured) ? "nothing" : number(measured))
                + (note.isEmpty() ? "" : " (" + note + ")") + ", " + (atLeast ? "at least " : "at most ")
                + number(bound) + ": " + (isHeld() ? "held" : "missed");
    }

    private boolean isHeld() {
        return atLeast ? measured >= bound : measured <= bound; // neither, if it is not a number
    }

    private String number(double value) {
        // As many digits as distinguish it from the bound.
        int decimals = Math.abs(value - bound) < 0.005 && value != bound ? 6 : 2;
        String digits = String.format(Locale.ROOT, "%." + decimals + "f", value).replaceFirst("\\.?0+$", "");
        return unit.isEmpty() ? digits : digits + " " + unit;
    }
}

package dev.turnout.examples;

import dev.turnout.examples.places.PlacesDemo;

/** Runs the example that its first argument names. */
public final class Examples {
    private Examples() {}

    /** Ends the process with the example's own exit code. */
    public static void main(String... arguments) throws Exception {
        String name = arguments.length == 0 ? "places" : arguments[0];
        int exitCode = switch (name) {
            case "places" -> PlacesDemo.run(System.getProperties(), System.out, System.console() != null);
            default -> {
                System.err.println("There is no example '" + name + "'. There is: places.");
                yield 2;
            }
        };
        System.out.flush();
        System.exit(exitCode);
    }
}

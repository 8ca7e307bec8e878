package dev.turnout.examples;

import dev.turnout.examples.places.PlacesDemo;
import java.io.Console;

/** Runs the example that its first argument names. */
public final class Examples {
    private Examples() {}

    /** Ends the process with the example's own exit code. */
    public static void main(String... arguments) throws Exception {
        String name = arguments.length == 0 ? "places" : arguments[0];
        int exitCode = switch (name) {
            case "places" -> PlacesDemo.run(System.getProperties(), System.out, isTerminal());
            default -> {
                System.err.println("There is no example '" + name + "'. There is: places.");
                yield 2;
            }
        };
        System.out.flush();
        System.exit(exitCode);
    }

    /**
     * Since JDK 22 there is a console also where the output goes into a file; the console itself reports which it is.
     */
    @SuppressWarnings("SystemConsoleNull")
    private static boolean isTerminal() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true; // before JDK 22
        }
    }
}

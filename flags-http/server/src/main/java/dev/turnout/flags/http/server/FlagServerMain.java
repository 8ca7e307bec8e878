package dev.turnout.flags.http.server;

import dev.turnout.flags.Flags;
import dev.turnout.flags.store.FileFlagStore;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/**
 * Serves the flags of a file, without a program around it:
 *
 * <pre>{@code
 * java -cp ... dev.turnout.flags.http.server.FlagServerMain --store flags.yaml --port 8080
 * }</pre>
 *
 * <p>Tokens come from the environment, where other users of the machine do not see them: {@code TURNOUT_READ_TOKEN},
 * {@code TURNOUT_OPERATE_TOKEN} and {@code TURNOUT_EDIT_TOKEN}. Without any, {@code --host} must be of this machine.
 */
public final class FlagServerMain {
    private static final String USAGE = "Usage: FlagServerMain --store FILE [--port NUMBER] [--host ADDRESS]";

    private FlagServerMain() {}

    /** Runs until the process is ended; exits with 2 if it was called wrongly. */
    public static void main(String[] args) throws InterruptedException {
        FlagServer server;
        try {
            server = start(args, System.getenv());
        } catch (IllegalArgumentException | IllegalStateException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(server::close, "turnout-shutdown"));
        new CountDownLatch(1).await();
    }

    static FlagServer start(String[] args, Map<String, String> environment) {
        Map<String, String> options = options(args);
        String store = options.get("--store");
        if (store == null) {
            throw new IllegalArgumentException("--store is missing. " + USAGE);
        }
        FlagServer.Builder builder = FlagServer.builder(Flags.from(FileFlagStore.watching(Path.of(store))))
                .port(port(options.getOrDefault("--port", "8080")))
                .host(options.getOrDefault("--host", "127.0.0.1"));
        for (Role role : Role.values()) {
            String secret = environment.get("TURNOUT_" + role + "_TOKEN");
            if (secret != null) {
                builder.token(role.name().toLowerCase(java.util.Locale.ROOT), secret, role);
            }
        }
        return builder.build().start();
    }

    private static Map<String, String> options(String[] args) {
        Map<String, String> options = new HashMap<>();
        for (int i = 0; i < args.length; i += 2) {
            boolean known = args[i].equals("--store") || args[i].equals("--port") || args[i].equals("--host");
            if (!known || i + 1 == args.length || options.put(args[i], args[i + 1]) != null) {
                throw new IllegalArgumentException(
                        "'" + args[i] + "' is not an option, has no value, or stands there twice. " + USAGE);
            }
        }
        return options;
    }

    private static int port(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("A port must be a number, but was '" + text + "'. " + USAGE, e);
        }
    }
}

package dev.turnout.flags.jdbc.soak;

import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.stage.Stage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A node: a process of its own, with users. It obeys commands on its standard input, a command in a line, and answers with lines that begin with
 * {@code @}; all else that it prints is its log. When its starter has gone, it goes too.
 */
final class SoakNode {
    /** Reported twice a second: how many there have been. */
    static final String OPERATIONS = "operations";

    /** How the answer to an order begins that was carried out. */
    static final String DONE = "done";

    /** How one begins if nothing was done. */
    static final String REFUSED = "refused: ";

    private final NodeParts parts;
    private final Traffic traffic;
    private final ShiftedClock clock;
    private final ExecutorService hands = Executors.newSingleThreadExecutor(SoakNode::daemon);
    private final ExecutorService work = Executors.newSingleThreadExecutor(SoakNode::daemon);
    private final ScheduledExecutorService telling = Executors.newSingleThreadScheduledExecutor(SoakNode::daemon);

    private SoakNode(NodeSettings settings) {
        clock = new ShiftedClock(settings.clockMillis());
        parts = new NodeParts(settings, clock);
        traffic = new Traffic(parts.router(), settings);
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "soak");
        thread.setDaemon(true);
        return thread;
    }

    public static void main(String[] arguments) throws IOException {
        SoakNode node = new SoakNode(NodeSettings.from(arguments));
        node.traffic.start();
        say("ready", "");
        node.tellOperations();
        try (BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                node.obey(line.split(" "));
            }
        }
        Runtime.getRuntime().halt(1);
    }

    private void tellOperations() {
        var unused = telling.scheduleAtFixedRate(
                () -> say(OPERATIONS, traffic.operations()), 500, 500, TimeUnit.MILLISECONDS);
    }

    private void obey(String[] command) {
        switch (command[0]) {
            case "clock" -> say("clock", System.nanoTime());
            case "shift" -> clock.shift(Long.parseLong(command[1]));
            case "backfill" -> work.execute(this::backfill);
            case "depth" -> work.execute(this::depth);
            case "where" -> say("where", traffic.answered() + " " + parts.where());
            case "blockers" -> hands.execute(this::blockers);
            case "override" -> hands.execute(() -> order("override", () -> parts.override(Stage.valueOf(command[1]))));
            case "adopt" -> hands.execute(() -> order("adopt", parts::adoptOverride));
            case "evict" -> hands.execute(() -> order("evict", () -> parts.evict(command[1])));
            case "end" -> hands.execute(() -> order("end", parts::endOverride));
            case "stop" -> {
                traffic.stop();
                say(OPERATIONS, traffic.operations());
                say("stop", "");
            }
            case "exit" -> {
                parts.close();
                say("exit", "");
                System.exit(0);
            }
            default -> throw new IllegalArgumentException(String.join(" ", command));
        }
    }

    private void blockers() {
        try {
            say("blockers", parts.blockers());
        } catch (RuntimeException e) {
            say("blockers", ""); // a store that is out of reach does not report what the migration waits for
        }
    }

    private static void order(String what, Runnable order) {
        try {
            order.run();
            say(what, DONE);
        } catch (RuntimeException e) {
            System.out.println(what + " refused: " + e.getMessage());
            say(what, REFUSED + e.getMessage());
        }
    }

    private void backfill() {
        FullSweep sweep;
        try {
            sweep = parts.beginSweep();
        } catch (RuntimeException e) {
            System.out.println("no backfill: " + e.getMessage());
            say("backfill", REFUSED + e.getMessage());
            return;
        }
        try {
            say("backfill", DONE + " " + parts.backfill(sweep));
        } catch (RuntimeException e) {
            System.out.println("backfill failed: " + e);
            say("backfill", "failed: " + e.getMessage());
        }
    }

    private void depth() {
        try {
            say("depth", parts.depth());
        } catch (RuntimeException e) {
            say("depth", "-1 " + e.getMessage());
        }
    }

    private static void say(String what, Object value) {
        System.out.println("@" + what + " " + String.valueOf(value).replace('\n', ' '));
        System.out.flush();
    }
}

package dev.turnout.flags.jdbc.backfill;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/** A process that shares a backfill with others, and runs it again when it fails, as a service would that is configured to. */
final class SharedBackfillProcess {
    static final Duration LEASE = Duration.ofSeconds(2);

    // Then none is done with everything before it is its turn.
    private static final double SLOW = 0.05;

    private SharedBackfillProcess() {}

    /** From where, where to. Prints what it does, a line each; each line that it reads is the share of the time to work for. */
    public static void main(String... arguments) {
        AtomicLong chunks = new AtomicLong();
        BackfillControl control = new BackfillControl();
        control.share(SLOW);
        Thread commands = new Thread(() -> new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                .lines()
                .forEach(line -> control.share(Double.parseDouble(line))));
        commands.setDaemon(true);
        commands.start();
        Backfill<?, ?> backfill = Backfill.from(database(arguments[0]), Parcels.versioned())
                .into(database(arguments[1]))
                .named("parcels")
                .chunkSize(500)
                .control(control)
                .onProgress(progress -> System.out.println("chunk " + chunks.incrementAndGet()))
                .shared(LEASE)
                .build();
        for (boolean finished = false; !finished; ) {
            try {
                System.out.println("finished " + backfill.run("1"));
                finished = true;
            } catch (BackfillException e) {
                System.out.println(
                        "failed " + e.getMessage().lines().findFirst().orElse(""));
            }
        }
    }

    private static DataSource database(String url) {
        return (DataSource) Proxy.newProxyInstance(
                SharedBackfillProcess.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> DriverManager.getConnection(url));
    }
}

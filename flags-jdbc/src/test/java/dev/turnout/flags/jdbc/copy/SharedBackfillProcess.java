package dev.turnout.flags.jdbc.copy;

import java.lang.reflect.Proxy;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/** A process that shares a backfill with others, and runs it again when it fails, as a service would that is told to. */
final class SharedBackfillProcess {
    static final Duration LEASE = Duration.ofSeconds(2);

    private SharedBackfillProcess() {}

    /** From where, where to, and the share of the time to work for. Says what it does, a line each. */
    public static void main(String... arguments) {
        AtomicLong chunks = new AtomicLong();
        Control control = new Control();
        control.share(Double.parseDouble(arguments[2]));
        Backfill<?, ?> backfill = Backfill.from(database(arguments[0]), Parcels.versioned())
                .into(database(arguments[1]))
                .named("parcels")
                .chunkSize(500)
                .controlledBy(control)
                .onProgress(progress -> System.out.println("chunk " + chunks.incrementAndGet()))
                .shared(LEASE)
                .build();
        for (boolean finished = false; !finished; ) {
            try {
                System.out.println("finished " + backfill.run("1"));
                finished = true;
            } catch (CopyException e) {
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

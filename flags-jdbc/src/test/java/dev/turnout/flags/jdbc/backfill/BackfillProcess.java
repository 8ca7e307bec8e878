package dev.turnout.flags.jdbc.backfill;

import java.lang.reflect.Proxy;
import java.sql.DriverManager;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/** A backfill in a process of its own, which can be killed. */
final class BackfillProcess {
    private BackfillProcess() {}

    /** From where, where to. */
    public static void main(String... arguments) {
        AtomicLong chunks = new AtomicLong();
        Backfill.from(database(arguments[0]), Parcels.versioned())
                .into(database(arguments[1]))
                .named("parcels")
                .chunkSize(50)
                .onProgress(progress -> System.out.println("chunk " + chunks.incrementAndGet()))
                .build()
                .run("1");
        System.out.println("finished");
    }

    private static DataSource database(String url) {
        return (DataSource) Proxy.newProxyInstance(
                BackfillProcess.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> DriverManager.getConnection(url));
    }
}

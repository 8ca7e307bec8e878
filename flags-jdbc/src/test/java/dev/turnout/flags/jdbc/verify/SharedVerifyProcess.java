package dev.turnout.flags.jdbc.verify;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/** A process that shares a verification with others, and runs it again when it fails, as a service would that is configured to. */
final class SharedVerifyProcess {
    static final Duration LEASE = Duration.ofSeconds(2);
    static final int CHUNK = 500;

    // Then none is done with everything before it is its turn.
    private static final int RANGES_AT_FIRST = 5;

    private SharedVerifyProcess() {}

    /** From where, where to. Prints what it does, a line each; with some ranges done, waits for a line before it continues. */
    public static void main(String... arguments) {
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        DataSource target = database(arguments[1]);
        AtomicLong ranges = new AtomicLong();
        Verify<RowKey, ?> verify = Verify.tables(Towns.MAPPING, database(arguments[0]), target)
                .chunkSize(CHUNK)
                .remember(VerifiedRanges.in(target, "towns", () -> 1).lease(LEASE))
                .pacing(() -> {
                    if (ranges.get() == RANGES_AT_FIRST) {
                        awaitLine(commands);
                        ranges.incrementAndGet();
                    }
                })
                .onProgress(progress -> System.out.println("range " + ranges.incrementAndGet()))
                .onDifference(difference -> System.out.println("found " + difference.key()))
                .build();
        for (boolean finished = false; !finished; ) {
            try {
                VerifyResult<RowKey> result = verify.run();
                System.out.println("finished " + result.keysCompared() + " " + result.counts());
                finished = true;
            } catch (VerifyException e) {
                System.out.println(
                        "failed " + e.getMessage().lines().findFirst().orElse(""));
            }
        }
    }

    private static void awaitLine(BufferedReader commands) {
        try {
            commands.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static DataSource database(String url) {
        return (DataSource) Proxy.newProxyInstance(
                SharedVerifyProcess.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> DriverManager.getConnection(url));
    }
}

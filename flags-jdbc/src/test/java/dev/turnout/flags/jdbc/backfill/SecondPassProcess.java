package dev.turnout.flags.jdbc.backfill;

import dev.turnout.flags.jdbc.sql.Statements;
import dev.turnout.flags.stage.Side;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import javax.sql.DataSource;

/** A process that runs the second pass of what is copied already, alone or with others, and notes each key that it was to reconcile. */
final class SecondPassProcess {
    static final Duration LEASE = Duration.ofSeconds(2);
    static final int CHUNK = 10;

    // Then none is done with everything before it is its turn.
    private static final double SLOW = 0.1;

    private SecondPassProcess() {}

    /**
     * From where, where to, and whether with others. Prints what it does, a line each; each line that it reads is the
     * share of the time to work for.
     */
    public static void main(String... arguments) throws SQLException {
        DataSource target = database(arguments[1]);
        Connection notes = target.getConnection(); // one for all, as they are slow to open
        AtomicLong chunks = new AtomicLong();
        BackfillControl control = new BackfillControl();
        control.share(SLOW);
        Thread commands = new Thread(() -> new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                .lines()
                .forEach(line -> control.share(Double.parseDouble(line))));
        commands.setDaemon(true);
        commands.start();
        BackfillBuilder<List<String>, Void> backfill = Backfill.from(database(arguments[0]), Parcels.plain())
                .into(target)
                .named("parcels")
                .chunkSize(CHUNK)
                .control(control)
                .reconciling(Function.identity(), (key, side) -> note(notes, key), Side.OLD)
                .onProgress(progress -> System.out.println("chunk " + chunks.incrementAndGet()));
        if (Boolean.parseBoolean(arguments[2])) {
            backfill.shared(LEASE);
        }
        System.out.println("finished " + backfill.build().run("1"));
    }

    private static synchronized void note(Connection target, List<String> key) {
        try {
            Statements.update(
                    target, "INSERT INTO seen (region, id) VALUES (?, ?)", key.get(0), Long.parseLong(key.get(1)));
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static DataSource database(String url) {
        return (DataSource) Proxy.newProxyInstance(
                SecondPassProcess.class.getClassLoader(),
                new Class<?>[] {DataSource.class},
                (proxy, method, arguments) -> DriverManager.getConnection(url));
    }
}

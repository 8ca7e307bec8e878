package dev.turnout.benchmarks.routing;

import dev.turnout.flags.migration.DataPath;
import java.util.Optional;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One call, of a path itself or through a migration. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls open() first
public class Calls {
    /** Which kind of paths. */
    @Param("PLAIN")
    public String pathsName;

    /** How they are reached. */
    @Param("DIRECT")
    public String wayName;

    private Long[] keys;
    private String[] values;
    private Track track;
    private DataPath<Long, String> measured;

    /** Opens the way, and checks what comes through it. */
    @Setup(Level.Trial)
    public void open() {
        keys = new Long[Track.KEYS];
        values = new String[Track.KEYS];
        for (int i = 0; i < Track.KEYS; i++) {
            keys[i] = (long) i;
            values[i] = Track.value(i);
        }
        track = new Track(Paths.valueOf(pathsName), Way.valueOf(wayName));
        track.check();
        measured = track.measured();
    }

    /** Which record comes next; each thread begins at another one. */
    @State(Scope.Thread)
    public static class Cursor {
        private int next = (int) (Thread.currentThread().getId() * 509);

        int next() {
            return next++ & (Track.KEYS - 1);
        }
    }

    /** A read. */
    @Benchmark
    public Optional<String> get(Cursor cursor) {
        return measured.get(keys[cursor.next()]);
    }

    /** A write. */
    @Benchmark
    public void put(Cursor cursor) {
        int i = cursor.next();
        measured.put(keys[i], values[i]);
    }

    /** Ends what the way consists of. */
    @TearDown(Level.Trial)
    public void close() {
        track.close();
    }
}

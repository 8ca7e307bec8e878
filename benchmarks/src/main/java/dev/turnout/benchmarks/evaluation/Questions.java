package dev.turnout.benchmarks.evaluation;

import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One engine, one scenario: a question. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls open() first
public class Questions {
    /** Which engine; the benchmark is run for those that can. */
    @Param("TURNOUT")
    public String engineName;

    /** What is asked. */
    @Param("ON_OFF")
    public String scenarioName;

    private Engine engine;
    private int[] flags;

    /** Opens the engine, and checks its answers. */
    @Setup(Level.Trial)
    public void open() {
        EngineKind kind = EngineKind.valueOf(engineName);
        Scenario scenario = Scenario.valueOf(scenarioName);
        List<User> users = scenario.users();
        flags = scenario.flags();
        engine = kind.open(scenario, users);
        AnswerCheck.check(kind.title(), engine, scenario, users, flags);
    }

    /** A question. */
    @Benchmark
    public boolean ask(Cursor cursor) {
        int i = cursor.next();
        return engine.isOn(flags[i], i);
    }

    /** Closes the engine. */
    @TearDown(Level.Trial)
    public void close() {
        engine.close();
    }
}

package dev.turnout.benchmarks.evaluation;

import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.ThreadParams;

/** Which question comes next; each thread goes its own round through all of them, and begins at another place. */
@State(Scope.Thread)
public class Cursor {
    private int next;

    /** Goes to the thread's own share of the questions. */
    @Setup
    public void begin(ThreadParams thread) {
        next = Scenario.USERS / thread.getThreadCount() * thread.getThreadIndex();
    }

    int next() {
        int i = next;
        next = i + 1 == Scenario.USERS ? 0 : i + 1;
        return i;
    }
}

package dev.turnout.flags.migration;

/**
 * A fence inside the store of one path: writes that began by an older version of the migration can't commit there any more once it is
 * closed, whatever their node believes of its lease. Leases depend on clocks that run at nearly the same rate, which a virtual machine that was
 * suspended does not keep; a fence depends on none. It is closed where keys cross, and not where a node is evicted: paths that keep versions refuse a late
 * write of such a node by its version, but without versions it may undo what repair has done, and so clocks matter still.
 *
 * <p>Each write of the path looks at it in its own transaction, under a lock that its closing waits for, and throws a
 * {@link FencedException} if {@link CurrentWrite#version} is below what was closed. Implemented by {@code JdbcFence} of flags-jdbc.
 */
public interface PathFence {
    /**
     * Refuses writes that began by a version below this one, and returns when none of them can commit any more. Never opens what was closed
     * further. Blocks.
     *
     * @throws RuntimeException if it could not be closed; keys do not cross then
     */
    void close(long below);
}

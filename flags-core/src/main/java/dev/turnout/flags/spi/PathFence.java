package dev.turnout.flags.spi;

/**
 * A fence inside the store of one path: what it is set to refuse cannot commit there any more, whatever a node believes
 * of its lease. Leases depend on clocks that run at nearly the same rate, which a virtual machine that was suspended
 * does not keep; a fence depends on none.
 *
 * <p>Where keys switch sides, it is closed against writes that began by an older version of the migration. Where paths
 * keep no versions, it is also set to refuse the writes of each member that is evicted from the fleet, whatever version
 * they began by, before the member is out and what it left is repaired: a late write could undo the repair. Paths with
 * versions refuse such a write by its version, and their members are evicted also while a path is down.
 *
 * <p>Each write of the path looks at it in its own transaction, under a lock that {@link #close} and {@link #refuse} wait for, and throws a
 * {@code FencedException} if {@code CurrentWrite.version()} is below what was closed, or {@code CurrentWrite.member()} is refused. Reads are not
 * fenced. Thread-safe; implemented by {@code JdbcFence} of flags-jdbc.
 */
public interface PathFence {
    /**
     * Makes ready what writes look at, such as a row. Called when a migration is built, as a write may hold what that
     * needs. Does not fail: what cannot be made ready now is reported by the writes. Blocks. Does nothing by default.
     */
    default void prepare() {}

    /**
     * Refuses writes that began by a version below this one, and returns when none of them can commit any more. Never opens what was closed
     * further. Blocks.
     *
     * @throws RuntimeException if it could not be closed; keys do not switch sides then
     */
    void close(long below);

    /**
     * Refuses all writes of a member, for ever, and returns when none of them can commit any more. Idempotent. Blocks.
     *
     * @param member identifies the member among all that there have ever been; a node that joins again is another one
     * @throws RuntimeException if it could not be done; the member stays in the fleet then, and the migration waits for it
     */
    void refuse(String member);
}

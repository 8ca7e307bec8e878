package dev.turnout.flags.migration;

/**
 * Knows whether the calling thread is inside a transaction that its caller has begun and may still roll back. Writes through a {@link Migration} are
 * refused there, see {@link MigrationBuilder#allowedInTransactions}. Spring's transactions are found by themselves, and so are those of a Jakarta EE
 * server that gives its {@code TransactionSynchronizationRegistry} or {@code TransactionManager} by name; for others an implementation is registered
 * for {@link java.util.ServiceLoader}. With Narayana outside of a server, for instance:
 *
 * <pre>{@code
 * public final class NarayanaProbe implements TransactionProbe {
 *     public boolean isInTransaction() {
 *         return com.arjuna.ats.jta.TransactionManager.transactionManager().getStatus() != Status.STATUS_NO_TRANSACTION;
 *     }
 * }
 * }</pre>
 *
 * <p>Implementations are thread-safe and have a public constructor without parameters.
 */
public interface TransactionProbe {
    /**
     * Whether the calling thread is in a transaction. Called at every write, so it neither blocks nor does I/O.
     *
     * @throws RuntimeException if that cannot be determined; the write is refused then
     */
    boolean isInTransaction();

    /**
     * Whether the calling thread is in a transaction that is known to any probe which this library's class loader, or that of the thread which first
     * asked, can find; for stores and journals. Does not block.
     *
     * @throws UnavailableException if that cannot be determined
     */
    static boolean isAnyActive() {
        return CallerTransactions.Known.TRANSACTIONS.areActive();
    }
}

package dev.turnout.flags.migration;

/**
 * A write that was refused because its caller is inside a transaction which it may still roll back. Nothing was recorded, no path was called: to try
 * again there is in vain. See {@link MigrationBuilder#allowedInTransactions}.
 */
public final class WriteInTransactionException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    WriteInTransactionException(String migration) {
        super(
                "Migration '" + migration
                        + "' writes nothing inside a transaction of its caller, and one is active on thread '"
                        + Thread.currentThread().getName()
                        + "'. Nothing was applied. A path that joins the transaction would be rolled back with it, while the other path keeps the write;"
                        + " a path that does not join would wait for what the transaction has locked. Write before the transaction begins or after"
                        + " it was committed, or suspend it around the write (with Spring, propagation NOT_SUPPORTED). If both paths commit before"
                        + " they return, also inside a caller's transaction, build the migration with allowedInTransactions().");
    }
}

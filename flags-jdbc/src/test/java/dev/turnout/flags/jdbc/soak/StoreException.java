package dev.turnout.flags.jdbc.soak;

import java.sql.SQLException;

/** A database that did not do what it was asked to, or did not say so. */
final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    StoreException(SQLException cause) {
        super(cause.getMessage(), cause);
    }
}

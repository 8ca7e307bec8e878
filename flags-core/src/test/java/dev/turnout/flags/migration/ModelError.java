package dev.turnout.flags.migration;

/** An Error of a path or of a caller's function, such as one of a class that is not found. */
final class ModelError extends Error {
    private static final long serialVersionUID = 1;

    ModelError() {
        super("an Error", null, false, false);
    }
}

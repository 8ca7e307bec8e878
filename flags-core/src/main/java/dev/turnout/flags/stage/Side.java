package dev.turnout.flags.stage;

/** Which path a stage trusts: what its reads answer from, and what holds every acknowledged write. */
public enum Side {
    /** The old path alone. */
    OLD,
    /** Both, and they must agree. */
    BOTH,
    /** The new path alone. */
    NEW;

    /** The other end of the bridge. */
    public Side opposite() {
        return switch (this) {
            case OLD -> NEW;
            case NEW -> OLD;
            case BOTH -> throw new IllegalStateException("The bridge has no opposite: it belongs to both sides.");
        };
    }
}

package dev.turnout.flags.stage;

/**
 * How far a key has moved from its old data path to its new one. Nodes may be on any mixture of the stages of one side and
 * {@link #SYNC}, as one path then answers every read and holds every acknowledged write; a mixture of both sides is never safe, so the
 * only way across is through {@code SYNC}.
 */
public enum Stage {
    /** Reads and writes go to the old path; the new one is not touched. */
    OFF(Side.OLD),
    /** Reads go to the old path, writes to both; the old one's success is the caller's success. */
    DUAL_WRITE(Side.OLD),
    /** As {@link #DUAL_WRITE}, and reads are compared with the new path afterwards. */
    SHADOW(Side.OLD),
    /** Reads and writes need both paths, and both must agree. Lasts as long as a crossing; the controller passes it on its own. */
    SYNC(Side.BOTH),
    /**
     * Reads go to the new path and are compared with the old one; the old path is kept complete, so the rollback needs
     * nothing of the new.
     */
    LIVE(Side.NEW),
    /** Reads go to the new path, writes to both; the new one's success is the caller's success. */
    RAMP_DOWN(Side.NEW),
    /** Reads and writes go to the new path; the old one is not touched. */
    COMPLETE(Side.NEW);

    private final Side side;

    Stage(Side side) {
        this.side = side;
    }

    /** The path it trusts. */
    public Side side() {
        return side;
    }

    /** Whether writes go to both paths: then a mirror write can fail and needs the journal. */
    public boolean isDual() {
        return this != OFF && this != COMPLETE;
    }

    /** Whether its reads are compared with the path that does not answer them. */
    public boolean isCompared() {
        return this == SHADOW || this == LIVE;
    }

    /** The stage before it that operators see: what the other keys stay at while a share is moved to this one. */
    public Stage before() {
        return switch (this) {
            case OFF, DUAL_WRITE -> OFF;
            case SHADOW -> DUAL_WRITE;
            case SYNC, LIVE -> SHADOW;
            case RAMP_DOWN -> LIVE;
            case COMPLETE -> RAMP_DOWN;
        };
    }
}

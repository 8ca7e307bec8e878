package dev.turnout.flags;

import org.jspecify.annotations.Nullable;

/** One of the answers that a flag can give, made when it is compiled, so that deciding allocates nothing. */
record Outcome(
        @Nullable String variant,
        @Nullable Object value,
        Reason reason,
        int rule,
        @Nullable ErrorCode error) {
    static final int NO_RULE = -1;
    static final Outcome NOT_FOUND = new Outcome(null, null, Reason.ERROR, NO_RULE, ErrorCode.FLAG_NOT_FOUND);
    static final Outcome WRONG_TYPE = new Outcome(null, null, Reason.ERROR, NO_RULE, ErrorCode.TYPE_MISMATCH);
    static final Outcome DISABLED = new Outcome(null, null, Reason.DISABLED, NO_RULE, null);
}

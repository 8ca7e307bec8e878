package dev.turnout.flags.migration;

/** What the protocol rests on: without any one of these, something goes wrong, and a test sees it. */
enum Rule {
    /** Keys change sides through SYNC alone. */
    BRIDGE("a version moves keys from SHADOW to LIVE at once"),
    /** Keys leave SYNC for the other side when every node has acknowledged it. */
    CROSS_ACK("the fleet reports that every node has acknowledged everything"),
    /** A node acknowledges a version when its operations begun under older ones are over. */
    DRAIN("a node acknowledges a version as soon as it uses it"),
    /** A node that joins reads the state after it has registered. */
    JOIN("a node that joins again continues by the state that it knows, whatever other nodes route by"),
    /** A node never goes back to an older version. */
    MONOTONE("a node goes back to the version before"),
    /** Without a valid lease a node rejects operations. */
    LEASE("a node does not look at its lease"),
    /** An operation that its lease has not outlived is reported as unknown, and makes no further call. */
    LEASE_AT_END("an operation looks at its lease when it begins, and never again"),
    /** A read in SYNC asks both paths. */
    SYNC_READ_BOTH("a read in SYNC asks the old path alone"),
    /** A read in SYNC brings the path that lags behind up to the other. */
    SYNC_READ_PUSH("a read in SYNC answers with the newer record, and leaves the other path behind"),
    /** Writes in SYNC need both paths. */
    SYNC_NEEDS_BOTH("a write in SYNC is acknowledged that the new path did not take"),
    /** Writes in LIVE need both paths. */
    LIVE_NEEDS_BOTH("a write in LIVE is acknowledged that the old path did not take"),
    /** Writes in SYNC go to the old path first. */
    SYNC_OLD_FIRST("a write in SYNC goes to the new path first"),
    /** Writes in LIVE go to the old path first. */
    LIVE_OLD_FIRST("a write in LIVE goes to the new path first"),
    /** A new version is above those of all paths that must have it. */
    CONSULT_BOTH("a write takes no account of the new path's version"),
    /** A write applies only if it is newer. */
    GUARD_WRITE("a write goes over a newer record"),
    /** A repair, or a read that brings a path up to date, applies only if it is newer. */
    GUARD_PUSH("repair and reads go over a newer record"),
    /** An update applies only if there was no other write since it read. */
    GUARD_UPDATE("an update goes over what was written since it read"),
    /** Deletes leave a tombstone. */
    TOMBSTONE("a deleted record is forgotten with its version"),
    /** The sweep before a crossing visits all recorded keys. */
    GATE_NEW("keys switch sides without a sweep"),
    /** The sweep visits keys of operations in flight. */
    SWEEP_IN_FLIGHT("the sweep leaves out keys of operations in flight"),
    /** The sweep begins when every node has acknowledged SYNC. */
    SWEEP_AFTER_ACK("the sweep begins as soon as SYNC is published"),
    /** The sweep begins while keys are in SYNC. */
    SWEEP_IN_SYNC("a sweep counts that was made in LIVE"),
    /** What counts is a sweep that began in this crossing. */
    SWEEP_ID("a sweep counts for the crossing in which it ends, whenever it began"),
    /** A sweep of all keys counts only if it began after every node wrote to both paths. */
    FULL_SWEEP("a sweep counts as done that was never made"),
    /** The rollback from where the old path may lack something needs a sweep towards it. */
    GATE_OLD("the old path counts as lacking nothing in RAMP_DOWN"),
    /** A write is recorded before it touches a path. */
    INTENT("a write is recorded when it has failed"),
    /** An entry is cleared by its operation, or by repair when that is over. */
    OWNER("repair clears entries of operations in flight"),
    /** Repair clears only what it saw before it read the paths. */
    SNAPSHOT("repair clears what was recorded while it read"),
    /** Without versions, writes wait in SYNC. */
    HOLD("writes do not wait in SYNC"),
    /** Without versions, a write looks again whether another one has passed it. */
    SETTLE("a write is not looked at again"),
    /** Without versions, repair looks again whether what it copied is still there. */
    RECHECK("repair does not look again"),
    /** Without versions, an entry states from which path to copy. */
    SOURCE("repair always copies from the old path"),
    /** Without versions, a sweep copies only keys with an entry that states from where. */
    SWEEP_SOURCE("a sweep copies every recorded key from the path that its node believes to be the older one"),
    /** Without versions, what a dead node left is swept with the rest. */
    SWEEP_ORPHANS("a sweep takes no notice of what an evicted node left"),
    /** Without versions, one repair of a key at a time. */
    ONE_REPAIR("a key is repaired by two at once"),
    /** Without versions, a repair makes no call later than its claim allows. */
    CLAIM_TIME("a repair does not look at how long ago its key was claimed"),
    /** Without versions, and with fences, the paths refuse what an evicted node writes. */
    REFUSE("a node is evicted without a word to the fences");

    /** What a removal means. */
    final String without;

    Rule(String without) {
        this.without = without;
    }
}

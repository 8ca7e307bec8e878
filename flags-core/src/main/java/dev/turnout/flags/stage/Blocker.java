package dev.turnout.flags.stage;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Why keys of a migration cannot move now, or why an edit of its entry is refused. Each kind is a record with the facts of the case; more kinds
 * may be added. Immutable, and equal to another one of the same kind with the same facts.
 */
public sealed interface Blocker {
    /** Names the kind: the record's name in small letters and hyphens, such as {@code nodes-behind}. It stays the same, for programs. */
    default String code() {
        return getClass().getSimpleName().replaceAll("(?<=.)(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }

    /** For operators: part of a sentence in English, without a full stop. It may change; programs use {@link #code} and the record's facts. */
    String message();

    /** The messages of several in their order, separated by semicolons; empty if there are none. */
    static String messages(Collection<? extends Blocker> blockers) {
        return blockers.stream().map(Blocker::message).collect(Collectors.joining("; "));
    }

    private static <T> String each(List<T> some, Function<T, String> words) {
        return some.stream().map(words).collect(Collectors.joining(", "));
    }

    private static String quoted(List<String> names) {
        return each(names, name -> "'" + name + "'");
    }

    /** What others have written, as a part of a sentence. */
    private static String open(String text) {
        return text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
    }

    /** No node routes the migration, so none has acknowledged anything. */
    record NoNodes() implements Blocker {
        @Override
        public String message() {
            return "no node routes it now";
        }
    }

    /**
     * Nodes lag: they have not acknowledged a version.
     *
     * @param version which all nodes have to acknowledge
     * @param nodes that have not
     */
    record NodesBehind(long version, List<Lagging> nodes) implements Blocker {
        /** A node, and the newest version that it has acknowledged. */
        public record Lagging(String node, long acknowledged) {}

        /** Copies. */
        public NodesBehind {
            nodes = List.copyOf(nodes);
        }

        @Override
        public String message() {
            return "every node has to acknowledge version " + version + ", but "
                    + each(nodes, one -> "node '" + one.node() + "' has acknowledged version " + one.acknowledged());
        }
    }

    /** Nodes are in the fleet and do not know the migration, such as those with an old build. */
    record NodesUnaware(List<String> nodes) implements Blocker {
        /** Copies. */
        public NodesUnaware {
            nodes = List.copyOf(nodes);
        }

        @Override
        public String message() {
            return "nodes that do not route it: " + quoted(nodes) + "; deploy a build that does, or stop them";
        }
    }

    /**
     * Nodes have not read the last change of the migration yet. Without versions, keys do not enter {@link Stage#SYNC} before they have.
     *
     * @param revision of the flag store, with that change
     * @param nodes that use an older one
     */
    record RevisionUnread(long revision, List<String> nodes) implements Blocker {
        /** Copies. */
        public RevisionUnread {
            nodes = List.copyOf(nodes);
        }

        @Override
        public String message() {
            return "nodes that have not read revision " + revision + " of the flag store yet: " + quoted(nodes);
        }
    }

    /**
     * Nodes route by states that the flag store's state does not follow: the store was set back, or the entry was removed or created again.
     *
     * @param stored what the flag store has; {@link StateId#NONE} if it has no entry
     * @param nodes that route by another one
     */
    record PositionLost(StateId stored, List<Routing> nodes) implements Blocker {
        /** A node, and the state by which it routes. */
        public record Routing(String node, StateId using) {}

        /** Copies. */
        public PositionLost {
            requireNonNull(stored, "stored");
            nodes = List.copyOf(nodes);
        }

        @Override
        public String message() {
            return each(nodes, one -> "node '" + one.node() + "' routes by " + one.using())
                    + (stored.equals(StateId.NONE)
                            ? ", but the flag store has no entry of it"
                            : ", which the flag store's " + stored + " does not follow")
                    + ": the flag store was set back, or its entry was removed or created again. Restore the flag store, or start a"
                    + " controller on a node that routes by the newest version, which stores it again; evict these nodes only if what was"
                    + " written through them since may be lost";
        }
    }

    /**
     * An operator has overridden a node's stage.
     *
     * @param lostContact whether the node has not reported for longer than its lease; it may work by the override all the same
     */
    record NodeOverridden(String node, Stage stage, boolean lostContact) implements Blocker {
        @Override
        public String message() {
            return "node '" + node + "' is overridden manually with " + stage
                    + (lostContact
                            ? " and has lost contact, so it may work on by the override: end the override there, or stop that"
                                    + " node and evict it"
                            : "");
        }
    }

    /**
     * A node has lost contact, and is not evicted, as a path's fence cannot be set to refuse its late writes.
     *
     * @param problem what the fence failed with
     */
    record NodeNotFenced(String node, String problem) implements Blocker {
        @Override
        public String message() {
            return "node '" + node
                    + "' has lost contact, but cannot be evicted before the fences of both paths"
                    + " refuse its late writes: " + open(problem);
        }
    }

    /** Nodes write the same keys as different texts, and so disagree on where a key is. Only all keys together may switch sides. */
    record KeyTextsDiffer(List<Nodes> texts) implements Blocker {
        /** How some nodes write their samples of keys. */
        public record Nodes(String keyText, List<String> nodes) {
            /** Copies. */
            public Nodes {
                nodes = List.copyOf(nodes);
            }
        }

        /** Copies. */
        public KeyTextsDiffer {
            texts = List.copyOf(texts);
        }

        @Override
        public String message() {
            return texts.stream()
                            .map(one -> "node " + quoted(one.nodes()) + " writes keys as " + one.keyText())
                            .collect(Collectors.joining("; "))
                    + ": build all with the same keyText and samples, or stop those that are wrong";
        }
    }

    /** Nodes do not record keys in one journal, so none of them knows all keys on which the paths may differ. */
    record JournalsDiffer(List<Recording> nodes) implements Blocker {
        /** A node, and what identifies its journal. */
        public record Recording(String node, String journal) {}

        /** Copies. */
        public JournalsDiffer {
            nodes = List.copyOf(nodes);
        }

        @Override
        public String message() {
            return "the nodes record keys in different journals, so no node knows all keys on which the paths may differ: build each"
                    + " node's migration with the same journal";
        }
    }

    /** A sweep that has to finish first. */
    record SweepMissing(SweepScope scope) implements Blocker {
        @Override
        public String message() {
            return scope == SweepScope.RECORDED
                    ? "the sweep of the recorded keys, begun in SYNC, has not finished"
                    : "no sweep of all keys is known to have finished, since they are written to both paths, with the journal that the nodes use"
                            + " now: run a backfill";
        }
    }

    /**
     * How far the sweep of the recorded keys is.
     *
     * @param keys how many there are; 0 until they are counted
     */
    record SweepRunning(long reconciled, long keys) implements Blocker {
        @Override
        public String message() {
            return keys == 0
                    ? "a sweep of the recorded keys begins"
                    : "a sweep has reconciled " + reconciled + " of " + keys + " recorded keys";
        }
    }

    /** Repair cannot repair a key. */
    record KeyQuarantined(String key, String problem) implements Blocker {
        @Override
        public String message() {
            return "key '" + key + "' is quarantined: " + open(problem);
        }
    }

    /**
     * So many keys wait for repair that a sweep of them would take too long.
     *
     * @param keys how many wait
     * @param orMore whether there may be more, as no more were counted
     * @param most with how many a crossing begins
     */
    record KeysToRepair(long keys, boolean orMore, long most) implements Blocker {
        @Override
        public String message() {
            return (orMore ? "at least " : "") + keys + " keys wait for repair; a crossing begins when at most " + most
                    + " do";
        }
    }

    /**
     * Keys wait for repair and do not become fewer.
     *
     * @param before how many waited some seconds ago; -1 if that is not known yet
     * @param most how many may wait, fewer or not
     */
    record RepairTooSlow(long keys, long before, long most) implements Blocker {
        @Override
        public String message() {
            return keys + " keys wait for repair, "
                    + (before < 0
                            ? "and whether they become fewer is not known yet"
                            : "and there were " + before + " before")
                    + "; keys enter SYNC when they become fewer, or at most " + most + " wait";
        }
    }

    /** Calls of a path fail, hang or are slow. */
    record PathsUnhealthy(List<Report> nodes) implements Blocker {
        /** A node, and what it reports of its calls, in words and figures. */
        public record Report(String node, String problem) {}

        /** Copies. */
        public PathsUnhealthy {
            nodes = List.copyOf(nodes);
        }

        @Override
        public String message() {
            return "keys enter SYNC, where each operation needs both paths, when calls of both work and are as fast as usual, but "
                    + nodes.stream()
                            .map(one -> "on node '" + one.node() + "' " + one.problem())
                            .collect(Collectors.joining("; "));
        }
    }

    /**
     * Keys were in {@link Stage#SYNC} for too long, and went back.
     *
     * @param timeout how long they may be there
     * @param pause after which they enter it again
     */
    record CrossingTimedOut(Duration timeout, Duration pause) implements Blocker {
        @Override
        public String message() {
            return "keys were in SYNC for longer than " + timeout
                    + " and went back to SHADOW; they enter it again after "
                    + pause;
        }
    }

    /** No verification of all keys is known that found them equal. */
    record NotVerified() implements Blocker {
        @Override
        public String message() {
            return "no verification is known that found all keys equal: run a verification of all keys, and repair what it finds";
        }
    }

    /**
     * Keys were verified before they entered their stage.
     *
     * @param verified the version in which they were
     * @param since the version in which they entered it
     */
    record VerifiedBeforeStage(long verified, Stage stage, long since) implements Blocker {
        @Override
        public String message() {
            return "some keys were last verified at version " + verified + ", but are in " + stage + " since version "
                    + since + ": run a verification of all keys, and repair what it finds";
        }
    }

    /** Keys were verified too long ago. */
    record VerificationTooOld(Duration age, Duration most) implements Blocker {
        @Override
        public String message() {
            return "some keys were last verified " + age.toSeconds() + " s ago, longer than " + most.toSeconds()
                    + " s: run a verification of all keys, and repair what it finds";
        }
    }

    /** An operator has paused the migration. */
    record Paused() implements Blocker {
        @Override
        public String message() {
            return "it is paused";
        }
    }

    /** A check of the application's own, in its words. */
    record Custom(String reason) implements Blocker {
        @Override
        public String message() {
            return open(reason);
        }
    }

    /** A check of the application's own, or of its verification, has failed. */
    record CheckFailed(String problem) implements Blocker {
        @Override
        public String message() {
            return "a check of the application failed, so it is not known whether something blocks the keys: "
                    + open(problem);
        }
    }

    /** The controller's last step has failed; it tries again. */
    record StepFailed(String problem) implements Blocker {
        @Override
        public String message() {
            return "the last step of the controller failed, and it tries again: " + open(problem);
        }
    }

    /** A move to the other side that leaves out {@link Stage#SYNC}. */
    record SyncSkipped(Stage from, Stage to) implements Blocker {
        @Override
        public String message() {
            return "from " + from + " to " + to
                    + " would have nodes on both sides at once, and a write acknowledged by one"
                    + " would be invisible to another; the way across is SYNC";
        }
    }

    /** It has not reached its goal yet, so it is not advanced to another one. */
    record StillMoving(Goal goal) implements Blocker {
        @Override
        public String message() {
            return "it is still moving to " + goal;
        }
    }

    /** It is in {@link Stage#COMPLETE}. */
    record LastStage() implements Blocker {
        @Override
        public String message() {
            return "that is the last stage";
        }
    }

    /** Another change was stored after the caller has read the migration. */
    record ChangedMeanwhile() implements Blocker {
        @Override
        public String message() {
            return "it was changed meanwhile; look again";
        }
    }

    /** An edit would let keys leave {@link Stage#SYNC} on the side that they did not come from. */
    record ControllerNeeded() implements Blocker {
        @Override
        public String message() {
            return "keys would leave SYNC on the side that they did not come from; only a controller on a node that routes them"
                    + " can know that they are ready";
        }
    }

    /**
     * An edit of the entry that no move makes.
     *
     * @param version that the flag store has
     * @param edited the version in the edit
     */
    record IllegalEdit(Rule rule, long version, long edited) implements Blocker {
        /** What the edit violates. */
        public enum Rule {
            /** The incarnation of an entry stays the same. */
            SAME_INCARNATION,
            /** How keys are put into buckets stays the same. */
            SAME_BUCKETING,
            /** A new position has the next version. */
            NEXT_VERSION,
            /** The same position has the same version. */
            SAME_VERSION,
            /** What was lost came later. */
            LATER_VERSION
        }

        @Override
        public String message() {
            return switch (rule) {
                case SAME_INCARNATION ->
                    "the incarnation of an entry cannot change: nodes see by it that they route by this entry, and not by one"
                            + " that was created instead of it";
                case SAME_BUCKETING ->
                    "the salt of a running migration cannot change: keys would jump between the paths";
                case NEXT_VERSION ->
                    "version " + (version + 1) + " follows version " + version + ", but was " + edited
                            + "; operators set the goal, and the controller moves the position";
                case SAME_VERSION -> "the version grows with the position alone, and that is the same";
                case LATER_VERSION ->
                    "version " + edited + " does not come after version " + version + ", so it was not lost";
            };
        }
    }

    /**
     * The entry cannot be removed: its keys are not all in {@link Stage#OFF}, or all in {@link Stage#COMPLETE}.
     *
     * @param position where they are, in words
     */
    record NotRemovable(String migration, String position) implements Blocker {
        @Override
        public String message() {
            return "migration '" + migration + "' is at " + position
                    + " and cannot be removed: a node that starts without the entry uses the old path alone. Bring all keys to"
                    + " OFF, or to COMPLETE and remove the migration from the code of all nodes, then remove the entry";
        }
    }
}

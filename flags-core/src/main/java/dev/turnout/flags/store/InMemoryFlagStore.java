package dev.turnout.flags.store;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.document.FlagDocument;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** A store in this process's memory: for tests, for programs of one process, and to begin with. Thread-safe. */
public final class InMemoryFlagStore implements EditableFlagStore {
    private static final int MOST_REMEMBERED = 1_000;

    private final TimeSource time;
    private final Watchers watchers = new Watchers();
    private final Deque<AuditEntry> history = new ArrayDeque<>(); // guarded by this, newest first
    private volatile Snapshot current;

    /** Without any flag. */
    public InMemoryFlagStore() {
        this(FlagDocument.EMPTY);
    }

    /** With these flags, as revision 1. */
    public InMemoryFlagStore(FlagDocument document) {
        this(document, TimeSource.SYSTEM);
    }

    /** With these flags, as revision 1, and a clock of its own. */
    public InMemoryFlagStore(FlagDocument document, TimeSource time) {
        this.time = requireNonNull(time, "time");
        current = first(document, time);
    }

    private static Snapshot first(FlagDocument document, TimeSource time) {
        SnapshotId id = SnapshotId.first(document.keys().findAny().isEmpty() ? 0 : 1);
        LastChange change =
                new LastChange(new ChangeId(1, id.incarnation()), time.now(), "program", "started with these");
        Map<dev.turnout.flags.document.EntryKey, LastChange> changes = new HashMap<>();
        document.keys().forEach(key -> changes.put(key, change));
        return new Snapshot(id, document, changes);
    }

    @Override
    public Snapshot read() {
        return current;
    }

    @Override
    public Snapshot apply(Change change) {
        Snapshot next = applied(change);
        watchers.tell(() -> current); // not under the lock: a watcher may read
        return next;
    }

    private synchronized Snapshot applied(Change change) {
        Snapshot.Applied applied = current.apply(change, time.now());
        if (history.size() == MOST_REMEMBERED) {
            history.removeLast();
        }
        history.addFirst(applied.audit());
        current = applied.snapshot();
        return applied.snapshot();
    }

    @Override
    public synchronized List<AuditEntry> history(int limit) {
        return history.stream().limit(limit).toList();
    }

    @Override
    public Subscription watch(Consumer<Snapshot> watcher) {
        return watchers.add(requireNonNull(watcher, "watcher"));
    }

    @Override
    public void close() {
        // nothing to end
    }
}

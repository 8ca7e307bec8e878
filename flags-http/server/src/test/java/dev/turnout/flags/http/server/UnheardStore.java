package dev.turnout.flags.http.server;

import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.Snapshot;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A server's store whose changes the server learns of only when it reads: as between two polls of a database.
 *
 * @param origin where changes are made
 * @param isDown whether it cannot be read
 */
record UnheardStore(EditableFlagStore origin, AtomicBoolean isDown) implements EditableFlagStore {
    UnheardStore(EditableFlagStore origin) {
        this(origin, new AtomicBoolean());
    }

    @Override
    public Snapshot read() {
        if (isDown.get()) {
            throw new FlagStoreException("the database is away");
        }
        return origin.read();
    }

    @Override
    public Subscription watch(Consumer<Snapshot> watcher) {
        return () -> {};
    }

    @Override
    public Snapshot apply(Change change) {
        return origin.apply(change);
    }

    @Override
    public List<AuditEntry> history(int limit) {
        return origin.history(limit);
    }

    @Override
    public void close() {
        // the origin is another server's
    }
}

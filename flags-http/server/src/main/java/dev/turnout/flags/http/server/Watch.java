package dev.turnout.flags.http.server;

import dev.turnout.flags.Flags;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.Snapshot;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Notifies readers of the newest revision, which they fetch themselves; and of how long the flag store has not
 * answered, if it should have. Thread-safe.
 */
final class Watch implements Streams.Topic, AutoCloseable {
    /** Two to three times as long as any store is left alone. */
    private static final long SILENT_SECONDS = 15;

    private final Flags flags;
    private long told; // how long it was silent at the last event; only used by the thread that looks
    private final Set<Mailbox> readers = ConcurrentHashMap.newKeySet();
    private final FlagStore.Subscription subscription;

    Watch(Flags flags) {
        this.flags = flags;
        subscription = flags.onSnapshot(this::tell);
    }

    private void tell(Snapshot snapshot) {
        String frame = frame(snapshot);
        readers.forEach(reader -> reader.put(frame));
    }

    /** The revision that is used now. */
    String now() {
        return frame(flags.state());
    }

    /** Looks whether the store still answers, and reports when that changes, and each five seconds while it does not. Never throws. */
    void tellSilence() {
        long silent = silentSeconds();
        if (silent == 0 ? told > 0 : silent >= told + 5 || told == 0) {
            told = silent;
            String frame = Sse.event("store", Json.write(Json.object().put("silentSeconds", silent)));
            readers.forEach(reader -> reader.put(frame));
        }
    }

    /** 0 while it answers. */
    private long silentSeconds() {
        try {
            long age = flags.age().toSeconds();
            return age < SILENT_SECONDS ? 0 : age;
        } catch (Throwable e) { // also an Error of a store: watchers need the rest all the same
            return 0; // unknown; answers are not marked either
        }
    }

    private String frame(Snapshot snapshot) {
        String data = Json.write(Json.object()
                .put("id", snapshot.id().toString())
                .put("revision", snapshot.revision())
                .put("silentSeconds", silentSeconds()));
        return Sse.event(snapshot.id().toString(), "change", data);
    }

    @Override
    public void subscribe(Mailbox mailbox) {
        readers.add(mailbox);
    }

    @Override
    public void unsubscribe(Mailbox mailbox) {
        readers.remove(mailbox);
    }

    @Override
    public void close() {
        subscription.close();
    }
}

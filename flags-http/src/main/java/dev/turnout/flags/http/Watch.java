package dev.turnout.flags.http;

import dev.turnout.flags.Flags;
import dev.turnout.flags.store.FlagStore;
import dev.turnout.flags.store.Snapshot;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Tells readers the newest revision, and leaves it to them to fetch it. Thread-safe. */
final class Watch implements Streams.Topic, AutoCloseable {
    private final Flags flags;
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

    private static String frame(Snapshot snapshot) {
        String data = Json.write(Json.object().put("revision", snapshot.revision()));
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

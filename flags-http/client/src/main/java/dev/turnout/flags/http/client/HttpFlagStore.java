package dev.turnout.flags.http;

import static java.util.Objects.requireNonNull;

import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.store.AuditEntry;
import dev.turnout.flags.store.Change;
import dev.turnout.flags.store.EditableFlagStore;
import dev.turnout.flags.store.FlagStoreException;
import dev.turnout.flags.store.Snapshot;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The flags of a {@link FlagServer}, over HTTP. Thread-safe.
 *
 * <pre>{@code
 * Flags flags = Flags.from(HttpFlagStore.at(URI.create("http://flags.internal:8080"), token));
 * }</pre>
 *
 * <p>Watchers are told by a stream of events, and whatever a stream misses, within a poll interval of 5 s. While the server can't be reached,
 * they are told nothing and keep what they have; an outage is logged once. A state that does not follow the one before is passed on only if the server's own
 * store has it: not what a server remembers that is behind.
 */
public final class HttpFlagStore implements EditableFlagStore {
    static final Duration POLL_INTERVAL = Duration.ofSeconds(5);

    private final ServerCalls calls;
    private final ServerWatch watch;

    private HttpFlagStore(ServerCalls calls, Duration pollInterval, RandomGenerator random) {
        this.calls = calls;
        watch = new ServerWatch(calls, pollInterval, random);
    }

    /** The store behind a server that asks for no token. Does not connect yet. */
    public static HttpFlagStore at(URI server) {
        return at(server, null, POLL_INTERVAL, RandomGenerator.getDefault());
    }

    /** The store behind a server, with a token's secret. Does not connect yet. */
    public static HttpFlagStore at(URI server, String bearerToken) {
        return at(server, requireNonNull(bearerToken, "bearerToken"), POLL_INTERVAL, RandomGenerator.getDefault());
    }

    static HttpFlagStore at(URI server, @Nullable String token, Duration pollInterval, RandomGenerator random) {
        String scheme = String.valueOf(server.getScheme());
        if (!(scheme.equals("http") || scheme.equals("https")) || server.getHost() == null) {
            throw new IllegalArgumentException(
                    "The address of a flag server must be like http://localhost:8080, but was '" + server + "'.");
        }
        return new HttpFlagStore(new ServerCalls(server, token), pollInterval, random);
    }

    /**
     * {@inheritDoc}
     *
     * <p>The server reads its own store for it: a state that the server remembers while it cannot is not good enough for a node that joins a
     * migration.
     */
    @Override
    public Snapshot read() {
        return watch.seen(calls.snapshot());
    }

    /** What the server remembers, also while its own store cannot be read. */
    @Override
    public Snapshot readRemembered() {
        return watch.seen(calls.rememberedSnapshot());
    }

    /**
     * {@inheritDoc}
     *
     * <p>A migration's keys can't be moved out of {@code SYNC} this way: only a controller beside the paths can know that they are ready.
     * Nor can a position that the server's store has lost be restored.
     *
     * @throws FlagStoreException also if the server refuses the change for another reason, such as a token that does not allow it
     */
    @Override
    public Snapshot apply(Change change) {
        change.edits().forEach((key, edit) -> {
            if (edit.isRestored()) {
                throw new FlagStoreException(
                        "The flag store of the server has lost the position of " + key
                                + ", and takes none back over HTTP, as the server cannot know where keys are. Run a controller on a node"
                                + " that routes this migration and has the server's flag store itself, such as a JdbcFlagStore.");
            }
        });
        Snapshot applied = calls.apply(change);
        watch.tell(applied);
        return applied;
    }

    @Override
    public List<AuditEntry> history(int limit) {
        return calls.history(limit);
    }

    @Override
    public List<AuditEntry> history(EntryKey key, int limit) {
        return calls.history(key, limit);
    }

    @Override
    public Subscription watch(Consumer<Snapshot> watcher) {
        return watch.add(requireNonNull(watcher, "watcher"));
    }

    @Override
    public Duration age() {
        return watch.age();
    }

    @Override
    public void close() {
        watch.close();
        calls.close();
    }
}

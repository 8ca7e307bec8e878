package dev.turnout.flags.http.client;

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
 * The flags of a flag server, over HTTP. Thread-safe.
 *
 * <pre>{@code
 * Flags flags = Flags.from(HttpFlagStore.at(URI.create("http://flags.internal:8080"), token));
 * }</pre>
 *
 * <p>Watchers are notified by a stream of events, and of what a stream misses within a poll interval, of 5 s by
 * default. While the server cannot be reached, they are not notified and keep what they have; an outage is logged once.
 * A state that does not follow the one before is passed on only if the server's own store has it: not what a lagging
 * server remembers.
 */
public final class HttpFlagStore implements EditableFlagStore {
    private final ServerCalls calls;
    private final ServerWatch watch;

    private HttpFlagStore(Builder settings) {
        calls = new ServerCalls(settings.server, settings.bearerToken);
        watch = new ServerWatch(calls, settings.pollInterval, RandomGenerator.getDefault());
    }

    /** The store behind a server that asks for no token. Does not connect yet. */
    public static HttpFlagStore at(URI server) {
        return builder(server).build();
    }

    /** The store behind a server, with a token's secret. Does not connect yet. */
    public static HttpFlagStore at(URI server, String bearerToken) {
        return builder(server).bearerToken(bearerToken).build();
    }

    /**
     * For a store with other settings than those of {@link #at(URI)}.
     *
     * @throws IllegalArgumentException if it is not the address of a server, such as {@code http://localhost:8080}
     */
    public static Builder builder(URI server) {
        return new Builder(server);
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
     * <p>A migration's keys cannot be moved out of {@code SYNC} this way: only a controller beside the paths can know that they are ready.
     * Nor can a position that the server's store has lost be restored.
     *
     * @throws FlagStoreException also if the server refuses the change for another reason, such as a token that does not allow it
     */
    @Override
    public Snapshot apply(Change change) {
        change.edits().forEach((key, edit) -> {
            if (edit instanceof Change.Edit.Restore) {
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

    /** The settings of a store. Not thread-safe. */
    public static final class Builder {
        private final URI server;
        private @Nullable String bearerToken;
        private Duration pollInterval = Duration.ofSeconds(5);

        private Builder(URI server) {
            String scheme = String.valueOf(server.getScheme());
            if (!(scheme.equals("http") || scheme.equals("https")) || server.getHost() == null) {
                throw new IllegalArgumentException(
                        "The address of a flag server must be like http://localhost:8080, but was '" + server + "'.");
            }
            this.server = server;
        }

        /** The secret of a token of the server, sent with each request. Default: none. */
        public Builder bearerToken(String bearerToken) {
            this.bearerToken = requireNonNull(bearerToken, "bearerToken");
            return this;
        }

        /**
         * How often the server is asked for a new state while there are watchers, beside its stream of events. Bounds how long a
         * change stays unseen where no stream gets through.
         *
         * @param pollInterval at least 1 ms; default 5 s
         * @throws IllegalArgumentException if it is shorter
         */
        public Builder pollInterval(Duration pollInterval) {
            if (pollInterval.toMillis() < 1) {
                throw new IllegalArgumentException(
                        "The poll interval must be at least 1 ms, but was " + pollInterval + ".");
            }
            this.pollInterval = pollInterval;
            return this;
        }

        /** The store. Does not connect yet. */
        public HttpFlagStore build() {
            return new HttpFlagStore(this);
        }
    }
}

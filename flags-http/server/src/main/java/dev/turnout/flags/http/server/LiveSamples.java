package dev.turnout.flags.http.server;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.turnout.flags.Flags;
import dev.turnout.flags.document.EntryKey;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.migration.MigrationSample;
import dev.turnout.flags.migration.MigrationSampler;
import dev.turnout.flags.stage.MigrationState;
import dev.turnout.flags.stage.Stage;
import dev.turnout.flags.store.LogThrottle;
import dev.turnout.flags.store.Snapshot;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Samples the migrations of this process each second, sends all readers the same, and remembers some minutes for later ones.
 * Thread-safe.
 */
final class LiveSamples implements AutoCloseable {
    private static final int REMEMBERED = 180;

    private record Sampled(Migration<?, ?> migration, MigrationSampler sampler) {}

    /** One migration's readers, and what was sent to them. */
    private static final class Channel implements Streams.Topic {
        private final Set<Mailbox> readers = ConcurrentHashMap.newKeySet();
        private final Deque<ObjectNode> recent = new ArrayDeque<>(); // guarded by itself

        @Override
        public void subscribe(Mailbox mailbox) {
            readers.add(mailbox);
        }

        @Override
        public void unsubscribe(Mailbox mailbox) {
            readers.remove(mailbox);
        }

        void remember(ObjectNode sample) {
            synchronized (recent) {
                if (recent.size() == REMEMBERED) {
                    recent.removeFirst();
                }
                recent.addLast(sample);
            }
        }

        ArrayNode remembered() {
            ArrayNode all = Json.array();
            synchronized (recent) {
                recent.forEach(all::add);
            }
            return all;
        }
    }

    private final Flags flags;
    private final Runnable alsoEachSecond;
    private final LogThrottle failures;
    private final Map<String, List<Sampled>> sampled = new LinkedHashMap<>();
    private final Map<String, Channel> channels = new ConcurrentHashMap<>();
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "turnout-samples");
        thread.setDaemon(true);
        return thread;
    });

    /** @param alsoEachSecond what else is done each second */
    LiveSamples(Flags flags, List<Migration<?, ?>> migrations, Runnable alsoEachSecond) {
        this.flags = flags;
        this.alsoEachSecond = alsoEachSecond;
        failures = new LogThrottle(LiveSamples.class, flags.time());
        for (Migration<?, ?> migration : migrations) {
            sampled.computeIfAbsent(migration.name(), name -> new ArrayList<>())
                    .add(new Sampled(migration, migration.sampler()));
            channels.computeIfAbsent(migration.name(), name -> new Channel());
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // sample() lets nothing out
    void start() {
        executor.scheduleAtFixedRate(this::sample, 1, 1, TimeUnit.SECONDS);
    }

    /** The migrations that this process routes. */
    Set<String> migrations() {
        return sampled.keySet();
    }

    Streams.Topic topic(String migration) {
        return channels.computeIfAbsent(migration, name -> new Channel());
    }

    /** What there was, for a reader that begins now. */
    String recent(String migration) {
        Channel channel = channels.get(migration);
        return Sse.event("recent", Json.write(channel == null ? Json.array() : channel.remembered()));
    }

    private void sample() {
        try {
            alsoEachSecond.run();
        } catch (Throwable e) { // or nothing would be sampled any more
            failures.warn(
                    e, "What is done each second beside the live samples has failed; it is done again in a second.");
        }
        channels.forEach((name, channel) -> {
            try {
                sample(name, channel);
                failures.worksAgain("Live samples work again.");
            } catch (Throwable e) { // the other migrations have samples, and this one in the next second
                failures.warn(e, "The live samples of migration '{}' are missing for this second.", name);
            }
        });
    }

    private void sample(String name, Channel channel) {
        ObjectNode view = Json.object().put("at", flags.time().now().toEpochMilli());
        List<NodeSample> nodes = new ArrayList<>();
        for (Sampled one : sampled.getOrDefault(name, List.of())) {
            Migration<?, ?> migration = one.migration();
            nodes.add(new NodeSample(
                    migration.node().name(),
                    migration.journal().id(),
                    one.sampler().next()));
        }
        view.setAll(SampleViews.sum(nodes));
        channel.remember(view.deepCopy());
        if (!channel.readers.isEmpty()) {
            addPosition(view, name);
            ArrayNode each = view.putArray("nodes");
            nodes.forEach(node -> each.add(SampleViews.node(node)));
            String frame = Sse.event("sample", Json.write(view));
            channel.readers.forEach(reader -> reader.put(frame));
        }
    }

    private void addPosition(ObjectNode view, String name) {
        Snapshot snapshot = flags.state();
        MigrationState known = snapshot.document().migrations().get(name);
        MigrationState state = known == null ? MigrationState.startingAt(name, Stage.OFF) : known;
        view.put("revision", snapshot.revisionOf(EntryKey.migration(name)))
                .put("version", state.version())
                .set("position", Views.position(state.position()));
        view.set("members", Views.members(flags.fleet().members(name), known));
    }

    /**
     * What one node did in the last second.
     *
     * @param node its name
     * @param journal which journal it uses, as several nodes may share one
     */
    record NodeSample(String node, String journal, MigrationSample sample) {}

    @Override
    public void close() {
        executor.shutdownNow();
    }
}

package dev.turnout.benchmarks.comparison;

import com.launchdarkly.sdk.ContextKind;
import com.launchdarkly.sdk.LDContext;
import com.launchdarkly.sdk.LDValue;
import com.launchdarkly.sdk.server.Components;
import com.launchdarkly.sdk.server.LDClient;
import com.launchdarkly.sdk.server.LDConfig;
import com.launchdarkly.sdk.server.MigrationStage;
import com.launchdarkly.sdk.server.integrations.TestData;
import com.launchdarkly.sdk.server.migrations.Migration;
import com.launchdarkly.sdk.server.migrations.Migration.MigrationResult;
import com.launchdarkly.sdk.server.migrations.Migration.MigrationWriteResult;
import com.launchdarkly.sdk.server.migrations.MigrationBuilder;
import com.launchdarkly.sdk.server.migrations.MigrationMethodResult;
import dev.turnout.benchmarks.comparison.FaultyStore.FailedCallException;
import dev.turnout.flags.stage.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * LaunchDarkly's own migration with its own stages: a client of its SDK for each node, with the data source that the SDK has for tests, as a
 * flag of six stages. Reads run in parallel, each is checked for consistency, and errors and latency are tracked: all as is its default. No
 * events are sent, which costs it nothing.
 */
final class LaunchDarklyRouter implements Router {
    private record Put(int key, @Nullable Long value) {}

    private static final String FLAG = "records-v2";

    private final FaultyStore oldStore;
    private final FaultyStore newStore;
    private final boolean needsBoth;
    private final List<TestData> data = new ArrayList<>();
    private final List<LDClient> clients = new ArrayList<>();
    private final List<Migration<Long, Boolean, Integer, Put>> migrations = new ArrayList<>();
    private final NodeStages flag;

    /**
     * @param needsBoth whether a success is reported to the user only if both stores have the write; if not, the
     *     authoritative one is enough, as the SDK's result suggests
     */
    LaunchDarklyRouter(FaultyStore oldStore, FaultyStore newStore, FlagLag lag, boolean needsBoth) {
        this.oldStore = oldStore;
        this.newStore = newStore;
        this.needsBoth = needsBoth;
        for (int node = 0; node < NODES; node++) {
            data.add(TestData.dataSource());
            tell(node, Stage.OFF);
            LDClient client = new LDClient(
                    "sdk-key",
                    new LDConfig.Builder()
                            .dataSource(data.get(node))
                            .events(Components.noEvents())
                            .diagnosticOptOut(true)
                            .logging(Components.noLogging())
                            .build());
            clients.add(client);
            migrations.add(migration(client));
        }
        flag = new NodeStages(lag, this::tell);
    }

    private Migration<Long, Boolean, Integer, Put> migration(LDClient client) {
        return new MigrationBuilder<Long, Boolean, Integer, Put>(client)
                .read(key -> read(oldStore, key), key -> read(newStore, key), Objects::equals)
                .write(put -> write(oldStore, put), put -> write(newStore, put))
                .build()
                .orElseThrow();
    }

    private static MigrationMethodResult<Long> read(FaultyStore store, int key) {
        try {
            return MigrationMethodResult.Success(store.get(key));
        } catch (FailedCallException e) {
            return MigrationMethodResult.Failure(e);
        }
    }

    private static MigrationMethodResult<Boolean> write(FaultyStore store, Put put) {
        try {
            store.put(put.key, put.value);
            return MigrationMethodResult.Success(true);
        } catch (FailedCallException e) {
            return MigrationMethodResult.Failure(e);
        }
    }

    private void tell(int node, Stage stage) {
        TestData all = data.get(node);
        all.update(all.flag(FLAG)
                .valueForAll(LDValue.of(MigrationStage.valueOf(stage.name()).toString()))
                .migrationCheckRatio(1));
    }

    private static LDContext context(int key) {
        return LDContext.create(ContextKind.of("record"), "record-" + key);
    }

    @Override
    public @Nullable Long read(int node, int key) {
        MigrationResult<Long> result = migrations.get(node).read(FLAG, context(key), MigrationStage.OFF, key);
        if (!result.isSuccess()) {
            throw new FailedCallException("before");
        }
        return result.getResult().orElse(null);
    }

    @Override
    public Outcome write(int node, int key, @Nullable Long value) {
        MigrationWriteResult<Boolean> result =
                migrations.get(node).write(FLAG, context(key), MigrationStage.OFF, new Put(key, value));
        boolean mirrored =
                result.getNonAuthoritative().map(MigrationResult::isSuccess).orElse(true);
        return result.getAuthoritative().isSuccess() && (mirrored || !needsBoth)
                ? Outcome.ACKNOWLEDGED
                : Outcome.UNKNOWN;
    }

    @Override
    public void moveTo(Stage stage) throws InterruptedException {
        flag.moveTo(stage);
    }

    @Override
    public void backfill(int keys) throws Exception {
        Copying.ifAbsent(keys, oldStore, newStore);
    }

    @Override
    public void close() {
        flag.close();
        for (LDClient client : clients) {
            try {
                client.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

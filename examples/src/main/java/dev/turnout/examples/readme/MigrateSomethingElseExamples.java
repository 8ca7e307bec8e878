package dev.turnout.examples.readme;

import dev.turnout.flags.Flags;
import dev.turnout.flags.migration.DataPath;
import dev.turnout.flags.migration.FullSweep;
import dev.turnout.flags.migration.Migration;
import dev.turnout.flags.stage.Side;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** What docs/migrate-something-else.md shows, between its lines of dots; a test runs it with maps in the place of stores. */
final class MigrateSomethingElseExamples {
    private MigrateSomethingElseExamples() {}

    record Document(String text) {}

    /** A client of a store that is no SQL database. */
    interface Client {
        Optional<Document> fetch(String key);

        void store(String key, Document document);

        void remove(String key);

        List<String> titles(String key);

        int count();
    }

    // ...
    record ClientPath(Client client) implements DataPath<String, Document> {
        @Override
        public Optional<Document> get(String key) {
            return client.fetch(key);
        }

        @Override
        public void put(String key, Document document) {
            client.store(key, document); // has taken effect when this returns
        }

        @Override
        public void delete(String key) {
            client.remove(key); // a key without a record is no error
        }
    }
    // ...

    static Migration<String, Document> migration(Flags flags, Client oldClient, Client newClient) {
        // ...
        Migration<String, Document> documents = Migration.named(
                        "documents-v2", new ClientPath(oldClient), new ClientPath(newClient))
                .callTimeout(Duration.ofSeconds(10)) // after this, no call may take effect any more
                .build(flags);
        // ...
        return documents;
    }

    static List<String> functions(
            Migration<String, Document> documents, Client oldClient, Client newClient, String key) {
        // ...
        List<String> titles = documents.read(key, () -> oldClient.titles(key), () -> newClient.titles(key));
        int all = documents.readAll(oldClient::count, newClient::count); // a query over many keys
        // ...
        return all < 0 ? List.of() : titles;
    }

    static void sweep(Migration<String, Document> documents, Supplier<Set<String>> keysOfBothStores) {
        // ...
        FullSweep sweep = documents.beginSweep(); // refused until every node writes to both stores
        for (String key : keysOfBothStores.get()) { // listed after the sweep has begun
            documents.reconciler().reconcile(key, Side.OLD);
        }
        sweep.finished("ana");
        // ...
    }
}
